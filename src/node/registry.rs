//! The list of node types, and the road from the text of a Memefile to its nodes.

use super::batch::Scope;
use super::catalogue::Catalogue;
use super::declare;
use super::expansion::{Expansion, Graph};
use super::known::Known;
use super::tool::Step;
use crate::diagnostic::Diagnostic;
use crate::memefile::{Document, Mistakes, Section, SectionDoc, Text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One type of node, or one kind of section that others refer to.
pub trait NodeType: Sync {
    /// The part before the colon of its nodes' names.
    fn name(&self) -> &'static str;

    /// The section that declares it, if it has one of its own.
    fn section(&self) -> Option<&'static SectionDoc> {
        None
    }

    /// What the docs say of the section besides its keys, in Markdown.
    fn appendix(&self) -> String {
        String::new()
    }

    /// Reads one section into the catalogue.
    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let _ = (section, catalogue, mistakes);
    }

    /// Checks what was declared against the rest, and adds the nodes. Everything is declared by
    /// then, and the types before it in [`TYPES`] have expanded.
    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        let _ = (catalogue, expansion);
    }

    /// Its steps of `memebuild tool`.
    fn steps(&self) -> &'static [Step] {
        &[]
    }
}

/// Every node type, in the order in which they expand and are documented.
pub static TYPES: &[&dyn NodeType] = &[
    &declare::project::ProjectType,
    &declare::cache::CacheType,
    &declare::provider::ProviderType,
    &declare::source::SourceType,
    &super::asset::AssetType,
    &super::manifest::ManifestType,
    &declare::style::StyleType,
    &declare::profile::ProfileType,
    &super::caption::CaptionType,
    &declare::composite::CompositeType,
    &declare::critic::CriticType,
    &declare::chooser::ChooserType,
    &declare::choice::ChoiceType,
    &declare::render::RenderType,
    &declare::director::DirectorType,
    &declare::batch::BatchType,
    &declare::command::CommandType,
];

/// All kinds of sections.
pub fn sections() -> Vec<&'static SectionDoc> {
    TYPES.iter().filter_map(|node_type| node_type.section()).collect()
}

/// `docs/memefile.md`.
pub fn reference() -> String {
    let page = |node_type: &&dyn NodeType| Some((node_type.section()?, node_type.appendix()));
    let pages: Vec<(&SectionDoc, String)> = TYPES.iter().filter_map(page).collect();
    crate::memefile::reference(&pages)
}

/// The Memefile as a JSON Schema.
pub fn json_schema() -> serde_json::Value {
    crate::memefile::json_schema::json_schema(&sections())
}

/// The step of `memebuild tool NAME`.
pub fn step(name: &str) -> Option<&'static Step> {
    TYPES.iter().flat_map(|node_type| node_type.steps()).find(|step| step.name == name)
}

/// What a Memefile declares, and what that comes to.
pub struct Loaded {
    pub catalogue: Catalogue,
    pub graph: Graph,
    /// What is odd, but stops nothing.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a Memefile and expands what is in `scope`, as far as `known` allows: `root` is its folder. On failure,
/// all of its mistakes, in the order of the text; `looked_at` then has what was looked at, a change of
/// which may mend them.
pub fn load(
    text: &Text,
    root: &Path,
    known: Known<'_>,
    scope: Scope<'_>,
    looked_at: &mut BTreeSet<PathBuf>,
) -> Result<Loaded, Vec<Diagnostic>> {
    let mistakes = Mistakes::new(text.source.clone());
    let Some(document) = Document::parse(text, &mistakes) else {
        return Err(mistakes.into_sorted());
    };
    let mut catalogue = declare_all(&document, &mistakes);
    if known.drafts {
        declare::draft::add(&mut catalogue);
    }
    let mut expansion = Expansion::new(root, &mistakes, document.has_all_names(), known, scope);
    for node_type in TYPES {
        node_type.expand(&catalogue, &mut expansion);
    }
    let graph = expansion.finish();
    if mistakes.any_error() {
        looked_at.extend([graph.walked, graph.read, graph.tables_read].into_iter().flatten());
        return Err(mistakes.into_sorted());
    }
    Ok(Loaded { catalogue, graph, warnings: mistakes.into_sorted() })
}

/// What a Memefile declares, without looking for the files that it names. On failure, all of its
/// mistakes that can be seen so.
pub fn declarations(text: &Text) -> Result<Catalogue, Vec<Diagnostic>> {
    let mistakes = Mistakes::new(text.source.clone());
    let declared = Document::parse(text, &mistakes).map(|doc| declare_all(&doc, &mistakes));
    match declared {
        Some(catalogue) if !mistakes.any_error() => Ok(catalogue),
        _ => Err(mistakes.into_sorted()),
    }
}

/// Reads every section.
pub fn declare_all(document: &Document<'_>, mistakes: &Mistakes) -> Catalogue {
    let mut catalogue = Catalogue::default();
    for section in document.sections(&sections(), mistakes) {
        let kind = section.doc.kind;
        catalogue.see(kind, section.name, section.span(mistakes));
        let before = mistakes.len();
        for node_type in TYPES {
            if node_type.section().is_some_and(|doc| doc.kind == kind) {
                node_type.declare(&section, &mut catalogue, mistakes);
            }
        }
        if section.damaged {
            mistakes.forget_absences(before);
        }
    }
    catalogue
}

/// Whether a text in a Memefile names a node rather than a file: it begins with a type and a
/// colon.
pub fn is_node_name(text: &str) -> bool {
    text.split_once(':').is_some_and(|(head, _)| TYPES.iter().any(|t| t.name() == head))
}
