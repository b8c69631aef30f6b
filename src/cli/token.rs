//! The token of those who may ask a server: named by flags, never given in one.

use crate::diagnostic::Diagnostic;
use clap::Args;
use std::path::PathBuf;

/// Shortest token that counts as one.
const SHORTEST: usize = 16;

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
        let printable = token.bytes().all(|b| b.is_ascii_graphic());
        if token.len() < SHORTEST || !printable {
            let what = format!("{place} holds no token");
            let problem = Diagnostic::usage("no-token", what);
            return Err(Box::new(problem.hint(format!(
                "a token is {SHORTEST} or more printable characters, as `openssl rand -hex 32` makes"
            ))));
        }
        Ok(Some(token.to_owned()))
    }
}
