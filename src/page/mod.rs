//! Gathers what the report page shows: a fold over the graph, the records of its nodes, the logs of
//! builds, verdicts, render inputs and pins. No film is opened, and nothing is kept between two calls
//! but what may be forgotten.
//!
//! ```text
//! graph, records ─ scene ─┬─ renders ── assets
//! logs ── builds ─ standing ─┼─ timeline ── graph
//!                         └─ comparison, choices
//! ```

mod assets;
mod builds;
mod cache;
mod choices;
mod comparison;
mod documents;
mod graph;
pub mod pictures;
mod renders;
mod reviews;
mod scene;
mod standing;
mod timeline;
pub mod written;

use crate::contract::page::ReportPage;
use crate::diagnostic::Diagnostic;
use crate::engine::log;
use crate::engine::project::Project;
use crate::node::catalogue::Catalogue;
use crate::node::declare::project::Project as Declared;
use builds::History;
use scene::Scene;

/// Where everything that belongs to a page lies, relative to the project.
pub const FOLDER: &str = "artefacts/report/";

/// Gathers the page of a project. `root` is what stands before each path; `against` is the beginning
/// of the name of a build to compare the newest one with.
///
/// Pictures that are shown nowhere else, those of before, are placed in [`FOLDER`].
///
/// # Errors
/// Mistakes in the Memefile; `no-build` and `ambiguous-build`.
pub fn gather(
    project: &Project,
    root: &str,
    against: Option<&str>,
) -> Result<ReportPage, Vec<Diagnostic>> {
    let one = |problem: Diagnostic| vec![problem];
    let against = against.map(|begin| log::find(&project.cache, Some(begin)));
    let against = against.transpose().map_err(one)?;
    let opened = project.open()?;
    let history = History::read(project);
    let scene = Scene::new(project, &opened.graph, &opened.loaded.graph.laid);
    let standing = standing::of(&scene, &history);
    let (bars, spans) = timeline::of(&scene, &history);
    let (mut renders, assets) = renders::of(&scene, &standing);
    reviews::add(&scene, &mut renders).map_err(one)?;
    let comparison = comparison::of(&scene, &history, &renders, against.as_deref());
    Ok(ReportPage {
        project: name(project, &opened.loaded.catalogue),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        root: root.to_owned(),
        live: None,
        assets: assets::of(&scene, &assets),
        batches: scene.batches(),
        graph: graph::of(&scene, &standing, &spans),
        timeline: bars,
        builds: history.cards(),
        cache: cache::of(&scene, &opened.loaded.catalogue),
        comparison,
        choices: choices::of(&scene),
        renders,
    })
}

/// What people call the project: as it declares, else its folder.
fn name(project: &Project, catalogue: &Catalogue) -> String {
    let declared = catalogue.only::<Declared>().and_then(|declared| declared.name.clone());
    let folder = || project.root.file_name().map_or("/".into(), |name| name.to_string_lossy());
    declared.unwrap_or_else(|| folder().into_owned())
}
