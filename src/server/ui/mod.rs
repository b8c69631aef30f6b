//! The live page: what a project has and what it builds, as it happens, and what people decide there.
//!
//! ```text
//! a build ──▶ cache/state/now.jsonl ──▶ hub ──▶ ui/events   server-sent events
//! the project's files ────────────────▶ page ──▶ ui/page.json, ui/files/PATH
//! ui/reviews, ui/choices ──▶ reviews.toml, Memefile.lock
//! ```
//!
//! It builds nothing and holds no build up: it reads what builds write. Of the disk it serves only the
//! files that the page's document names, and films and posters that were published since.

mod decide;
mod events;
mod hub;
mod page;
mod shell;

pub use hub::Hub;

use super::Shared;
use super::guard;
use axum::Router;
use axum::routing::{get, post};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

/// What the page is of.
pub struct Ui {
    /// The folder of the Memefile.
    pub(super) root: PathBuf,
    /// The same, opened: what is served lies beneath it.
    pub(super) folder: OwnedFd,
    pub(super) hub: Arc<Hub>,
    pub(super) page: page::Gathered,
    /// Whether renders may be judged and choices answered.
    pub(super) may_decide: bool,
}

impl Ui {
    /// # Errors
    /// The folder cannot be opened.
    pub fn open(root: PathBuf, hub: Arc<Hub>, may_decide: bool) -> std::io::Result<Self> {
        let folder = super::files::open_folder(&root)?;
        Ok(Self { root, folder, hub, page: page::Gathered::default(), may_decide })
    }
}

/// What only those may ask for who may ask for anything.
pub(super) fn guarded(ui: Arc<Ui>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/ui/page.json", get(page::document))
        .route("/ui/events", get(events::stream))
        .route("/ui/files/{*path}", get(page::file))
        .route("/ui/reviews", post(decide::review))
        .route("/ui/choices", post(decide::choose))
        .layer(axum::middleware::from_fn(guard::from_own_page))
        .with_state(ui)
}

/// The page itself, in which nothing of the project is.
pub(super) fn shell() -> Router<Arc<Shared>> {
    Router::new().route("/", get(shell::index)).route("/{file}", get(shell::file))
}
