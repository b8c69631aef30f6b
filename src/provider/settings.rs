//! Which provider answers: one line of the Memefile, and what goes with it.

use super::http::HttpProvider;
use super::manifest::ManifestProvider;
use super::meaning::Meaning;
use super::postgres::PostgresProvider;
use super::sqlite::SqliteProvider;
use super::{Provider, mock};
use crate::diagnostic::Diagnostic;
use std::path::{Path, PathBuf};

/// Where the manifest of a project lies, relative to it.
pub const MANIFEST: &str = "artefacts/seed-assets/manifest.json";

/// Where the index of SQLite lies where nothing else is said, relative to the project.
pub const INDEX: &str = "cache/state/assets.sqlite";

/// What `[provider]` declares. Secrets are named, never held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settings {
    Manifest { path: PathBuf },
    Sqlite { path: PathBuf, manifest: PathBuf },
    Postgres { url: String, secret_env: Option<String>, schema: String },
    Http { url: String, secret_env: Option<String> },
    Mock { seed: u64, assets: usize },
}

impl Default for Settings {
    /// The project's own manifest.
    fn default() -> Self {
        Self::Manifest { path: MANIFEST.into() }
    }
}

impl Settings {
    /// Whether the project's own assets are what is searched, so that they can be searched before
    /// the manifest is written.
    pub fn is_own(&self) -> bool {
        let (Self::Manifest { path } | Self::Sqlite { manifest: path, .. }) = self else {
            return false;
        };
        path == Path::new(MANIFEST)
    }

    /// The file whose change changes the answers; none where only asking tells.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Manifest { path } => Some(path),
            Self::Sqlite { manifest, .. } => Some(manifest),
            Self::Postgres { .. } | Self::Http { .. } | Self::Mock { .. } => None,
        }
    }

    /// Whether the answers may change without any file of the project changing.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Postgres { .. } | Self::Http { .. })
    }

    /// That it would have to be asked where nobody may be.
    pub fn offline(&self) -> Box<Diagnostic> {
        let who = match self {
            Self::Postgres { .. } => "a database answers searches",
            _ => "a server answers searches",
        };
        let problem = Diagnostic::error("offline", format!("{who}, and `--offline` asks nobody"));
        Box::new(problem.hint("let a manifest or SQLite answer: `kind` in `[provider]`"))
    }

    /// Opens the provider of a project. A server has its own means to know what words mean.
    ///
    /// # Errors
    /// `no-manifest`, `contract-break`, `provider`: it cannot be opened; `no-secret`: the variable
    /// that it names is not set.
    pub fn open(
        &self,
        root: &Path,
        meaning: &Meaning,
    ) -> Result<Box<dyn Provider>, Box<Diagnostic>> {
        let meaning = meaning.clone();
        Ok(match self {
            Self::Manifest { path } => {
                Box::new(ManifestProvider::open(&root.join(path))?.with_meaning(meaning))
            }
            Self::Sqlite { path, manifest } => {
                let manifest = root.join(manifest);
                let source = manifest.is_file().then_some(manifest.as_path());
                Box::new(SqliteProvider::open(&root.join(path), source)?.with_meaning(meaning))
            }
            Self::Postgres { url, secret_env, schema } => {
                let password = secret(secret_env.as_deref())?;
                let provider = PostgresProvider::connect(url, password, schema)?;
                Box::new(provider.with_meaning(meaning))
            }
            Self::Http { url, secret_env } => {
                Box::new(HttpProvider::new(url, secret(secret_env.as_deref())?)?)
            }
            Self::Mock { seed, assets } => {
                let name = format!("mock of {assets} assets from seed {seed}");
                let provider = ManifestProvider::new(name, mock::manifest(*seed, *assets));
                Box::new(provider.with_meaning(meaning))
            }
        })
    }
}

/// The value of the environment variable that holds a secret.
///
/// # Errors
/// `no-secret`: there is none.
pub fn secret(variable: Option<&str>) -> Result<Option<String>, Box<Diagnostic>> {
    let Some(variable) = variable else { return Ok(None) };
    match std::env::var(variable) {
        Ok(value) if !value.is_empty() => Ok(Some(value)),
        _ => {
            let what = format!("the environment has no `{}`", variable.escape_debug());
            let problem = Diagnostic::usage("no-secret", what);
            Err(Box::new(problem.hint("`[provider]` says in `secret-env` that a secret is in it")))
        }
    }
}
