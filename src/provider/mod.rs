//! Asset search behind one trait, whoever holds the assets.
//!
//! ```text
//! Query ──Question::new──▶ Question ──a provider's candidates──▶ Index ──answer──▶ Page
//! ```
//!
//! A provider finds candidates: all it has, or by the means of its database any part that holds
//! every match. What of them matches, in which order and how it is paged is decided in one place
//! ([`answer`]), so that all providers agree. [`conformance`] tests any provider, ours or not.

pub mod answer;
pub mod condition;
pub mod conformance;
pub mod cursor;
mod explain;
mod facets;
pub mod fresh;
pub mod http;
pub mod hybrid;
pub mod index;
pub mod manifest;
pub mod meaning;
pub mod mock;
pub mod postgres;
pub mod query;
pub mod question;
pub mod record;
pub mod settings;
mod sql;
pub mod sqlite;
pub mod tokens;
pub mod usage;

use crate::contract::asset::{AssetKind, SeedAsset};
use crate::contract::search::{AssetName, Page, Query};
use crate::diagnostic::{Diagnostic, Source, Span};
use std::ops::Range;
use std::sync::Arc;

/// Who answers searches for assets.
pub trait Provider: Send + Sync {
    /// What it is and where, for people; without secrets.
    fn describe(&self) -> String;

    /// Assets that match, in the order that the query asks for.
    ///
    /// # Errors
    /// `bad-query`, `bad-cursor`, `unknown-asset`: the query is wrong. `no-model`, `bad-model`,
    /// `no-vectors`: nothing knows what words mean, and the order asks for it. `provider`: the
    /// provider cannot answer.
    fn search(&self, query: &Query) -> Result<Page, Box<Diagnostic>>;

    /// All that is known of one asset; none where it is not there.
    ///
    /// # Errors
    /// `provider`: the provider cannot answer.
    fn get_asset_by_id(&self, name: &AssetName) -> Result<Option<SeedAsset>, Box<Diagnostic>>;

    fn search_green_screens(&self, query: &Query) -> Result<Page, Box<Diagnostic>> {
        self.search(&query.of(AssetKind::GreenScreen))
    }

    fn search_backgrounds(&self, query: &Query) -> Result<Page, Box<Diagnostic>> {
        self.search(&query.of(AssetKind::Background))
    }

    fn search_music(&self, query: &Query) -> Result<Page, Box<Diagnostic>> {
        self.search(&query.of(AssetKind::Music))
    }

    fn search_sound_effects(&self, query: &Query) -> Result<Page, Box<Diagnostic>> {
        self.search(&query.of(AssetKind::SoundEffect))
    }
}

/// What a query's text gets wrong, with its place.
fn mistake(text: &str, range: Range<usize>, message: &str, label: &str) -> Box<Diagnostic> {
    let source = Arc::new(Source { name: "query".to_owned(), text: text.into() });
    let span = Span { source, range };
    Box::new(Diagnostic::usage("bad-query", message).label(&span, label))
}

/// A provider that cannot answer.
fn failure(who: &str, why: impl std::fmt::Display) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("provider", format!("{who} cannot answer: {why}")))
}
