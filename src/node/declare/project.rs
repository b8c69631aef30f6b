//! `[project]`: what holds for the whole Memefile.

use crate::memefile::{KeyDoc, Mistakes, Section, SectionDoc};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::registry::NodeType;

/// What `[project]` declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Project {
    pub name: Option<String>,
    /// From which everything that is drawn at random is drawn.
    pub seed: u64,
}

impl Declared for Project {
    const SECTION: &'static str = "project";
}

static DOC: SectionDoc = SectionDoc {
    kind: "project",
    named: false,
    about: "What holds for the whole Memefile. Optional.",
    keys: &[
        KeyDoc::new("name", "string", "", "What people call it; shown in reports."),
        KeyDoc::new(
            "seed",
            "whole number",
            "0",
            "From which everything that is drawn at random is drawn.",
        ),
    ],
    example: "[project]\nname = \"launch\"\nseed = 7",
};

pub struct ProjectType;

impl NodeType for ProjectType {
    fn name(&self) -> &'static str {
        "project"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let seed = reader.int("seed", 0..=i64::MAX).and_then(|seed| u64::try_from(seed).ok());
        let project = Project { name: reader.get("name"), seed: seed.unwrap_or(0) };
        catalogue.insert("", section.span(mistakes), project);
    }
}
