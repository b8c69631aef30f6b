//! `memebuild search`: finds assets.

use super::shared::{Globals, say, say_json};
use super::thumbnails;
use crate::contract;
use crate::contract::asset::AssetKind;
use crate::contract::search::{
    AssetName, Duplicates, Explanation, Facet, Hit, MOST_HITS, Order, Page, Query, USUAL_HITS,
};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::memefile::{FILE_NAME, Text};
use crate::node::declare::provider::Declared;
use crate::node::registry;
use crate::provider::Provider;
use crate::provider::meaning::Meaning;
use crate::provider::settings::{MANIFEST, Settings};
use crate::report::text::{duration, shown};
use clap::Args;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// A kind (green-screen, background, music or sound-effect), then the query, best in quotes:
    /// "city (rain OR fog) -dark tag:reaction duration:2s..8s quality>=60" (see docs/search.md)
    #[arg(value_name = "[KIND] QUERY")]
    words: Vec<String>,
    /// Hits of a page
    #[arg(long, value_name = "N", default_value_t = USUAL_HITS, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_HITS)))]
    limit: u32,
    /// Go on after the page that printed this
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// In the order that this seed draws: the first so many are a sample
    #[arg(long, value_name = "SEED", conflicts_with = "by_id")]
    sample: Option<u64>,
    /// By kind and id instead of best first
    #[arg(long)]
    by_id: bool,
    /// By words and by meaning at once: what the words mean is found too, also where they are not
    /// there. Needs a model (see docs/search.md)
    #[arg(long, conflicts_with_all = ["sample", "by_id"])]
    hybrid: bool,
    /// The folder of the model for `--hybrid`, in place of the project's
    #[arg(long, value_name = "FOLDER", requires = "hybrid")]
    model: Option<PathBuf>,
    /// Show copies of one thing side by side
    #[arg(long)]
    duplicates: bool,
    /// Leave an asset out, as KIND/ID; may be repeated
    #[arg(long, value_name = "ASSET")]
    exclude: Vec<AssetName>,
    /// Leave out what the Memefile's composites and batches use already
    #[arg(long)]
    unused: bool,
    /// Count tags, creators, licences and more over all that was found
    #[arg(long)]
    facets: bool,
    /// Tell what each part of the query removed; of ASSET, which part removed it
    #[arg(long, value_name = "ASSET", num_args = 0..=1, require_equals = true)]
    explain: Option<Option<AssetName>>,
    /// A manifest of any producer, in place of the project's provider
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Ask nobody over a network
    #[arg(long)]
    offline: bool,
    /// Show no pictures, also where the terminal could
    #[arg(long)]
    no_thumbnails: bool,
}

impl Arguments {
    fn query(&self) -> Query {
        let kind = self.words.first().and_then(|word| word.parse::<AssetKind>().ok());
        let words = &self.words[usize::from(kind.is_some())..];
        let explain = self.explain.is_some();
        let order = match (self.sample, self.by_id, self.hybrid) {
            (Some(seed), _, _) => Order::Sample { seed },
            (None, true, _) => Order::Id,
            (None, false, true) => Order::Hybrid,
            (None, false, false) => Order::Best,
        };
        Query {
            kind,
            order,
            duplicates: self.duplicates.then_some(Duplicates::Keep),
            exclude: self.exclude.clone(),
            limit: self.limit,
            cursor: self.cursor.clone(),
            facets: self.facets,
            explain,
            explain_asset: self.explain.clone().flatten(),
            ..Query::text(words.join(" "))
        }
    }
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    match found(globals, arguments) {
        Ok(()) => Exit::Ok,
        Err(problems) => globals.complain(&problems),
    }
}

fn found(globals: &Globals, arguments: &Arguments) -> Result<(), Vec<Diagnostic>> {
    let one = |problem: Box<Diagnostic>| vec![*problem];
    let mut query = arguments.query();
    let (provider, assets, project) = match &arguments.manifest {
        Some(path) => {
            let settings =
                Settings::Manifest { path: std::path::absolute(path).unwrap_or(path.clone()) };
            let meaning = named(arguments.model.as_deref(), Meaning::default());
            let provider = settings.open(&globals.directory, &meaning).map_err(one)?;
            (provider, folder(&settings, &globals.directory), None)
        }
        None => {
            let project = project(globals)?;
            let (settings, meaning) = settings(&project)?;
            let meaning = named(arguments.model.as_deref(), meaning);
            if arguments.offline && settings.is_remote() {
                return Err(one(settings.offline()));
            }
            if arguments.model.is_some() && matches!(settings, Settings::Http { .. }) {
                let what = "a server orders by its own model, whatever `--model` says";
                let problem = Diagnostic::usage("contradiction", what);
                return Err(vec![problem.hint("leave it out")]);
            }
            let provider = settings.open(&project.root, &meaning).map_err(one)?;
            (provider, folder(&settings, &project.root), Some(project))
        }
    };
    if arguments.unused {
        let Some(project) = &project else {
            let problem = Diagnostic::usage("contradiction", "`--unused` needs a project");
            return Err(vec![problem.hint("leave out `--manifest`")]);
        };
        query.exclude.extend(used(project)?);
    }
    let page = provider.search(&query).map_err(one)?;
    if globals.json() {
        let document: serde_json::Value =
            serde_json::from_slice(&contract::write(&page)).expect("a contract is JSON");
        say_json(&document);
        return Ok(());
    }
    if !arguments.no_thumbnails {
        // Above the table, which is what stays in sight.
        say(&thumbnails::sheet(&page, provider.as_ref(), &assets).unwrap_or_default());
    }
    say(&table(&page));
    if let Some(explain) = &page.explain {
        say(&explained(explain));
    }
    if !page.facets.is_empty() {
        say(&counted(&page.facets));
    }
    Ok(())
}

/// The project that the flags name.
pub fn project(globals: &Globals) -> Result<Project, Vec<Diagnostic>> {
    Project::find(&globals.directory).map_err(|problem| vec![problem])
}

/// The provider that a project declares, with the model that it declares or that a flag names.
pub fn provider(
    project: &Project,
    model: Option<&Path>,
) -> Result<Box<dyn Provider>, Vec<Diagnostic>> {
    let (settings, meaning) = settings(project)?;
    settings.open(&project.root, &named(model, meaning)).map_err(|problem| vec![*problem])
}

/// Where the files of a provider's assets lie: beside its manifest, or in the project's own folder
/// where the provider is elsewhere.
pub fn folder(settings: &Settings, root: &Path) -> PathBuf {
    let manifest = root.join(settings.file().unwrap_or(Path::new(MANIFEST)));
    manifest.parent().map_or_else(|| root.to_owned(), Path::to_owned)
}

/// The model that a flag names, or another one.
pub fn named(folder: Option<&Path>, other: Meaning) -> Meaning {
    match folder {
        Some(folder) => Meaning::in_folder(std::path::absolute(folder).unwrap_or(folder.into())),
        None => other,
    }
}

/// What a project's Memefile says of its provider.
pub fn settings(project: &Project) -> Result<(Settings, Meaning), Vec<Diagnostic>> {
    let path = project.root.join(FILE_NAME);
    let text = std::fs::read_to_string(&path).map_err(|e| {
        vec![Diagnostic::usage("no-memefile", format!("cannot read {FILE_NAME}: {e}"))]
    })?;
    let catalogue = registry::declarations(&Text::new(FILE_NAME, text))?;
    let declared = catalogue.only::<Declared>();
    let meaning = declared.map_or_else(Meaning::default, |own| own.meaning(&project.root));
    Ok((declared.map_or_else(Settings::default, |own| own.settings.clone()), meaning))
}

/// Assets that some composite of the project shows or plays.
fn used(project: &Project) -> Result<BTreeSet<AssetName>, Vec<Diagnostic>> {
    let opened = project.open()?;
    let mut used = BTreeSet::new();
    for index in opened.graph.order() {
        let entry = opened.graph.entry(*index);
        if !entry.name.starts_with("composite:") {
            continue;
        }
        let deps = opened.graph.dependencies(*index);
        let names = deps.filter_map(|dep| opened.graph.entry(dep).name.strip_prefix("asset:"));
        used.extend(names.filter_map(|name| name.parse().ok()));
    }
    Ok(used)
}

/// Columns: id, kind, length, size, quality, licence, tags.
fn table(page: &Page) -> String {
    if page.hits.is_empty() {
        return "nothing found\n".to_owned();
    }
    let head = ["ASSET", "KIND", "LENGTH", "SIZE", "QUALITY", "LICENCE", "TAGS"];
    let mut rows: Vec<[String; 7]> = vec![head.map(str::to_owned)];
    rows.extend(page.hits.iter().map(row));
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..7).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let pad = widths[at].saturating_sub(cell.chars().count());
            // Numbers stand on the right.
            let (before, after) = if matches!(at, 2..=4) { (pad, 0) } else { (0, pad) };
            let _ = write!(line, "{:before$}{cell}{:after$}  ", "", "");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let _ = match (page.hits.len() as u64, page.total) {
        (shown, total) if shown == total => writeln!(out, "\n{total} found"),
        (shown, total) => writeln!(out, "\n{shown} of {total} found"),
    };
    if let Some(next) = &page.next {
        let _ = writeln!(out, "more: --cursor {next}");
    }
    out
}

fn row(hit: &Hit) -> [String; 7] {
    let id = match hit.copies {
        0 => hit.id.to_string(),
        copies => format!("{} (+{copies})", hit.id),
    };
    let size = match (hit.width, hit.height) {
        (0, 0) => String::new(),
        (width, height) => format!("{width}×{height}"),
    };
    let length = if hit.duration_ms == 0 { String::new() } else { duration(hit.duration_ms) };
    [
        id,
        hit.kind.to_string(),
        length,
        size,
        hit.quality.to_string(),
        shown(hit.licence.as_deref().unwrap_or("unknown")),
        shown(&hit.tags.join(", ")),
    ]
}

fn explained(explain: &Explanation) -> String {
    let mut out = format!("\n{:>8} assets\n", explain.assets);
    for step in &explain.steps {
        let _ = writeln!(
            out,
            "{:>8} left by {}, which removed {}",
            step.left,
            shown(&step.part),
            step.removed
        );
    }
    if let Some(fate) = &explain.asset {
        let _ = match (&fate.removed_by, fate.known) {
            (_, false) => writeln!(out, "there is no asset {}", fate.asset),
            (Some(part), true) => writeln!(out, "{} was removed by {}", fate.asset, shown(part)),
            (None, true) => writeln!(out, "{} was found", fate.asset),
        };
    }
    out
}

fn counted(facets: &[Facet]) -> String {
    let mut out = String::new();
    for facet in facets.iter().filter(|facet| !facet.values.is_empty()) {
        let value = |value: &crate::contract::search::FacetValue| {
            format!("{} {}", shown(&value.value), value.count)
        };
        let all: Vec<String> = facet.values.iter().map(value).collect();
        let _ = writeln!(out, "\n{}\n  {}", facet.of, all.join(", "));
    }
    out
}
