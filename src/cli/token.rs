//! The token of those who may ask a server: named by flags, never given in one.

use crate::diagnostic::Diagnostic;
use crate::engine::state;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use ring::rand::{SecureRandom, SystemRandom};
use std::path::{Path, PathBuf};

/// Shortest token that counts as one.
const SHORTEST: usize = 16;

/// The token of a project's own page: made up once and kept where only its owner reads it, so that a page
/// finds a server again that was started anew.
///
/// # Errors
/// `io`: there is nothing random to be had, or it cannot be kept.
pub fn of_project(cache: &Path) -> Result<String, Box<Diagnostic>> {
    let path = cache.join("state/token");
    let kept = std::fs::read_to_string(&path).ok().filter(|token| is_token(token.trim()));
    if let Some(token) = kept {
        return Ok(token.trim().to_owned());
    }
    let mut bytes = [0; 24];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        Box::new(Diagnostic::error("io", "the system has nothing random to give".to_owned()))
    })?;
    let token = URL_SAFE_NO_PAD.encode(bytes);
    // Such files are their owner's alone.
    let kept = state::replace(&path, token.as_bytes());
    kept.map_err(|e| {
        let message = format!("cannot keep a token in `{}`: {e}", path.display());
        Box::new(
            Diagnostic::error("io", message).hint("name one by `--token-env` or `--token-file`"),
        )
    })?;
    Ok(token)
}

fn is_token(text: &str) -> bool {
    text.len() >= SHORTEST && text.bytes().all(|b| b.is_ascii_graphic())
}

#[derive(Debug, Args)]
pub struct TokenFlags {
    /// The environment variable that holds the token that askers must have
    #[arg(long, value_name = "NAME", conflicts_with = "token_file")]
    token_env: Option<String>,
    /// The file that holds it
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

impl TokenFlags {
    /// Whether one is named.
    pub fn is_named(&self) -> bool {
        self.token_env.is_some() || self.token_file.is_some()
    }

    /// The token, where one is named.
    ///
    /// # Errors
    /// `no-token`: there is none where it should be.
    pub fn read(&self) -> Result<Option<String>, Box<Diagnostic>> {
        let (place, text) = match (&self.token_env, &self.token_file) {
            (None, None) => return Ok(None),
            (Some(name), _) => {
                let place = format!("the environment's `{}`", name.escape_debug());
                (place, std::env::var(name).unwrap_or_default())
            }
            (None, Some(path)) => {
                let place = format!("`{}`", path.display());
                let text = std::fs::read_to_string(path).map_err(|e| {
                    Box::new(Diagnostic::usage("no-token", format!("cannot read {place}: {e}")))
                })?;
                (place, text)
            }
        };
        let token = text.trim();
        if !is_token(token) {
            let what = format!("{place} holds no token");
            let problem = Diagnostic::usage("no-token", what);
            return Err(Box::new(problem.hint(format!(
                "a token is {SHORTEST} or more printable characters, as `openssl rand -hex 32` makes"
            ))));
        }
        Ok(Some(token.to_owned()))
    }
}
