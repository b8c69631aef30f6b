//! What the page shows, and the files that it names.

use super::Ui;
use crate::contract;
use crate::contract::page::{Live, RenderCard, ReportPage};
use crate::diagnostic::Diagnostic;
use crate::engine::project::Project;
use crate::node::render::FOLDER;
use crate::page::gather;
use crate::server::beneath;
use crate::server::files::{self, Kind};
use crate::server::routes::{refuse, refused, tagged};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use std::collections::HashSet;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Mutex;

/// What stands before every path of the document.
const FILES: &str = "ui/files/";

/// The document, as it was when it was gathered last.
#[derive(Default)]
pub struct Gathered(Mutex<Option<Page>>);

/// The document, and what it lets people see.
#[derive(Clone)]
struct Page {
    version: u64,
    bytes: Arc<Vec<u8>>,
    /// Paths of the files that it names.
    files: Arc<HashSet<String>>,
}

pub async fn document(State(ui): State<Arc<Ui>>, headers: HeaderMap) -> Response {
    match page(&ui).await {
        Ok(page) => tagged(&headers, page.bytes.as_ref().clone()),
        Err(problems) => refused(&problems),
    }
}

/// A file that the document names, or one that was published since.
pub async fn file(
    State(ui): State<Arc<Ui>>,
    method: Method,
    headers: HeaderMap,
    Path(path): Path<String>,
) -> Response {
    let missing = || refuse(StatusCode::NOT_FOUND, "not-found", "there is no such file");
    // What was published needs no document to be gathered first.
    if !is_published(&path) {
        match page(&ui).await {
            Ok(page) if page.files.contains(&path) => {}
            Ok(_) => return missing(),
            Err(problems) => return refused(&problems),
        }
    }
    let Some((file, len)) = beneath::open(ui.folder.as_fd(), &path) else { return missing() };
    let tag = match file.metadata() {
        Ok(about) => stamp(&about),
        Err(_) => return missing(),
    };
    files::answer(&method, &headers, file, len, &tag, Kind::of(&path)).await
}

/// Whether a path is that of a film or a poster where films are published: a build tells of those before
/// the document does.
fn is_published(path: &str) -> bool {
    let plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    plain && path.starts_with(FOLDER) && matches!(Kind::of(path), Kind::Media(_))
}

/// A file's stamp: it is replaced and never written into.
fn stamp(about: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("\"{:x}-{:x}-{:x}.{:x}\"", about.ino(), about.len(), about.mtime(), about.mtime_nsec())
}

/// Gathered anew if something changed before it was asked for; once, however many ask at that time.
async fn page(ui: &Ui) -> Result<Page, Vec<Diagnostic>> {
    let asked = ui.hub.version();
    let mut last = ui.page.0.lock().await;
    if let Some(page) = last.as_ref().filter(|page| page.version >= asked) {
        return Ok(page.clone());
    }
    let version = ui.hub.version();
    let live = Live { building: ui.hub.running(), may_decide: ui.may_decide };
    let (root, began) = (ui.root.clone(), Instant::now());
    let gathered = tokio::task::spawn_blocking(move || {
        let project = Project::find(&root).map_err(|problem| vec![problem])?.as_it_runs();
        let mut page = gather(&project, FILES, None)?;
        page.live = Some(live);
        Ok((Arc::new(contract::write(&page)), Arc::new(named(&page))))
    });
    let bug = |_| Err(vec![Diagnostic::error("bug", "this is a bug in memebuild")]);
    let (bytes, files) = gathered.await.unwrap_or_else(bug)?;
    ui.hub.gathered(began.elapsed());
    let page = Page { version, bytes, files };
    *last = Some(page.clone());
    Ok(page)
}

/// The files that a page names.
fn named(page: &ReportPage) -> HashSet<String> {
    let renders = page.renders.iter().flat_map(|render| {
        let RenderCard { film, last_good, poster, preview, waveform, .. } = render;
        [film, last_good, poster, preview, waveform].into_iter().flatten()
    });
    let assets = page.assets.iter().filter_map(|asset| asset.file.as_ref());
    let candidates = page.choices.iter().flat_map(|choice| choice.files.values());
    let changes = page.comparison.iter().flat_map(|compared| &compared.changes);
    let posters = changes
        .flat_map(|change| [&change.poster_before, &change.poster_after].into_iter().flatten());
    renders.chain(assets).chain(candidates).chain(posters).cloned().collect()
}
