//! `[batch.NAME]`: one composite as a template, rendered once for each of many combinations.

mod keys;
mod read;

pub(super) use read::axes;

use super::composite::Composite;
use super::critic::Critic;
use super::director::Director;
use super::profile::Profile;
use crate::contract::asset::AssetKind;
use crate::diagnostic::Span;
use crate::memefile::{At, Mistakes, Section, SectionDoc};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;
use std::collections::BTreeMap;

/// What a `[batch.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub composite: At<String>,
    /// In the order of [`Role::ALL`], each once.
    pub axes: Vec<Axis>,
    pub captions: Option<CaptionRows>,
    pub combine: At<Combine>,
    pub include: Vec<Choice>,
    pub exclude: Vec<Choice>,
    /// Cells, at most.
    pub limit: Option<usize>,
    pub profiles: Vec<At<String>>,
    pub critic: Option<At<String>>,
}

impl Batch {
    /// The name of the critic that judges it.
    pub fn critic(&self) -> &str {
        self.critic.as_ref().map_or("default", |critic| &critic.value)
    }
}

impl Declared for Batch {
    const SECTION: &'static str = "batch";
}

/// The part of a template that an axis replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    GreenScreen,
    Background,
    Music,
    /// The template's first.
    SoundEffect,
}

impl Role {
    /// In the order in which they stand in the names of cells.
    pub const ALL: [Self; 4] =
        [Self::GreenScreen, Self::Background, Self::Music, Self::SoundEffect];

    /// Its key in the Memefile.
    pub fn as_str(self) -> &'static str {
        self.kind().as_str()
    }

    pub fn kind(self) -> AssetKind {
        match self {
            Self::GreenScreen => AssetKind::GreenScreen,
            Self::Background => AssetKind::Background,
            Self::Music => AssetKind::Music,
            Self::SoundEffect => AssetKind::SoundEffect,
        }
    }
}

/// The assets that one part of the template becomes in turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    pub role: Role,
    /// Ids, or globs over them; empty for all.
    pub ids: Vec<At<String>>,
    pub query: Option<At<String>>,
    /// Least score, 0 to 100; known only once the assets are ingested.
    pub min_quality: Option<u32>,
    /// So many of them, drawn at random from the project's seed.
    pub sample: Option<usize>,
    /// So many of them, the first by id.
    pub limit: Option<usize>,
    pub span: Span,
}

/// Captions from a table of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptionRows {
    /// Relative to the Memefile.
    pub csv: At<String>,
}

/// A batch that has a director as its template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Briefs {
    pub director: At<String>,
    pub briefs: CaptionRows,
}

impl Declared for Briefs {
    const SECTION: &'static str = "batch";
}

/// How the values of several axes meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Combine {
    /// Every one with every other.
    Product,
    /// The first with the first, the second with the second.
    Zip,
}

/// A cell, or a pattern of cells: values by axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub values: BTreeMap<&'static str, At<String>>,
    pub span: Span,
}

pub struct BatchType;

impl NodeType for BatchType {
    fn name(&self) -> &'static str {
        "batch"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&keys::DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let before = mistakes.len();
        if reader.value("director").is_some() {
            let briefs = read::briefs(&reader);
            if let (Some(briefs), true) = (briefs, mistakes.len() == before) {
                catalogue.insert(section.name, section.span(mistakes), briefs);
            }
            return;
        }
        let batch = read::batch(&reader);
        if let (Some(batch), true) = (batch, mistakes.len() == before) {
            catalogue.insert(section.name, section.span(mistakes), batch);
        }
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        for (name, entry) in catalogue.iter::<Batch>() {
            let batch = &entry.value;
            expansion.check(catalogue.check::<Composite>(&batch.composite));
            if let Some(critic) = &batch.critic {
                expansion.check(catalogue.check::<Critic>(critic));
            }
            for profile in &batch.profiles {
                expansion.check(catalogue.check::<Profile>(profile));
            }
            crate::node::batch::expand(name, entry, catalogue, expansion);
        }
        for (name, entry) in catalogue.iter::<Briefs>() {
            expansion.check(catalogue.check::<Director>(&entry.value.director));
            crate::node::batch::expand_briefs(name, entry, catalogue, expansion);
        }
    }
}
