//! Asset search: the shapes of a question and of its answer, as they cross from whoever looks for
//! assets to whichever provider has them. What the text of a query may say is told in
//! `docs/search.md`; [`crate::provider`] parses and answers it.
//!
//! One total order holds everywhere: a whole number ([`Hit::score`], or the number that a sample
//! draws), then kind, then id. So two providers that hold the same assets give the same pages.

use super::Contract;
use super::asset::{AssetId, AssetKind};
use super::schema::text_schema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Longest text of a query, in characters.
pub const LONGEST_TEXT: usize = 1000;

/// Most hits of a page.
pub const MOST_HITS: u32 = 1000;

/// Longest cursor, in bytes.
const LONGEST_CURSOR: usize = 300;

/// Hits of a page where nobody says how many.
pub const USUAL_HITS: u32 = 20;

/// Most assets that a query may exclude by name.
pub const MOST_EXCLUDED: usize = 10_000;

/// Values that a facet lists, at most: the most frequent.
pub const MOST_FACET_VALUES: usize = 50;

/// Kind and id: names one asset of a manifest. Written `music/vogue`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AssetName {
    pub kind: AssetKind,
    pub id: AssetId,
}

text_schema!(AssetName, "AssetName", {
    "pattern": "^(green-screen|background|music|sound-effect)/[a-z0-9][a-z0-9-]{0,99}$",
    "description": "Kind and id: names one asset of a manifest."
});

impl fmt::Display for AssetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

impl FromStr for AssetName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is not `KIND/ID`", text.escape_debug());
        let (kind, id) = text.split_once('/').ok_or_else(wrong)?;
        Ok(Self {
            kind: kind.parse().map_err(|()| wrong())?,
            id: AssetId::try_from(id.to_owned())?,
        })
    }
}

impl TryFrom<String> for AssetName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<AssetName> for String {
    fn from(name: AssetName) -> String {
        name.to_string()
    }
}

/// What is looked for, and how it is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Query {
    /// Only assets of this kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AssetKind>,
    /// The query language; empty for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = LONGEST_TEXT))]
    pub text: String,
    #[serde(default)]
    pub order: Order,
    /// What is done about assets that show or play the same thing. Absent: collapsed, unless the
    /// text asks for what is similar to something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Duplicates>,
    /// Assets that were used already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = MOST_EXCLUDED))]
    pub exclude: Vec<AssetName>,
    /// Hits of a page, 1 to [`MOST_HITS`].
    #[schemars(range(min = 1, max = MOST_HITS))]
    pub limit: u32,
    /// Goes on after the page whose [`Page::next`] this was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = LONGEST_CURSOR))]
    pub cursor: Option<String>,
    /// Whether values are counted over all that was found.
    #[serde(default)]
    pub facets: bool,
    /// Whether it is told what each part of the query removed.
    #[serde(default)]
    pub explain: bool,
    /// An asset of which it is told which part of the query removed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain_asset: Option<AssetName>,
}

impl Default for Query {
    fn default() -> Self {
        Self::text("")
    }
}

impl Query {
    /// A text; everything else as usual.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            kind: None,
            text: text.into(),
            order: Order::Best,
            duplicates: None,
            exclude: Vec::new(),
            limit: USUAL_HITS,
            cursor: None,
            facets: false,
            explain: false,
            explain_asset: None,
        }
    }

    /// The same, among assets of one kind.
    #[must_use]
    pub fn of(&self, kind: AssetKind) -> Self {
        Self { kind: Some(kind), ..self.clone() }
    }
}

/// In which order hits come. Ties are broken by kind, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Order {
    /// The highest score first.
    #[default]
    Best,
    /// The highest score first, where words that stand side by side need not be there: meaning
    /// counts as well. Only where the provider has a model that knows it.
    Hybrid,
    /// By kind and id alone.
    Id,
    /// By a hash of seed and asset: the first so many are a sample in which an asset that comes or
    /// goes moves no other.
    Sample { seed: u64 },
}

/// Copies of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Duplicates {
    /// Of those that match, the best.
    Collapse,
    /// All.
    Keep,
}

impl Contract for Query {
    const NAME: &'static str = "search-query";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        if self.text.chars().count() > LONGEST_TEXT {
            return Err(format!("text: up to {LONGEST_TEXT} characters"));
        }
        if !(1..=MOST_HITS).contains(&self.limit) {
            return Err(format!("limit: 1 to {MOST_HITS}, not {}", self.limit));
        }
        if self.exclude.len() > MOST_EXCLUDED {
            return Err(format!("exclude: up to {MOST_EXCLUDED}, not {}", self.exclude.len()));
        }
        match &self.cursor {
            Some(cursor) if cursor.len() > LONGEST_CURSOR => {
                Err(format!("cursor: up to {LONGEST_CURSOR} bytes"))
            }
            _ => Ok(()),
        }
    }
}

/// One page of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Page {
    pub hits: Vec<Hit>,
    /// How many were found in all, on every page together.
    pub total: u64,
    /// The cursor of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facets: Vec<Facet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explanation>,
}

impl Contract for Page {
    const NAME: &'static str = "search-page";
    const VERSION: u32 = 1;
}

/// An asset that was found: what a person or a chooser wants to know of it. All of it is had by its
/// id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hit {
    pub kind: AssetKind,
    pub id: AssetId,
    /// What the orders [`Order::Best`] and [`Order::Hybrid`] sort by, highest first; see
    /// `docs/search.md`.
    pub score: u64,
    /// 0 to 100.
    pub quality: u32,
    /// Zero for a still picture.
    pub duration_ms: u64,
    /// As it is shown: turned upright, square pixels. Zero where nothing is shown.
    pub width: u32,
    pub height: u32,
    /// Whether it has sound.
    pub sound: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// How far it is from the nearest asset that the query's `similar:` names: thousandths of the
    /// bits of their fingerprints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<u32>,
    /// In the order [`Order::Hybrid`], of those nearest by meaning: how near, 0 to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearness: Option<u32>,
    /// Assets that match as well and were left out because they show or play the same thing.
    #[serde(default)]
    pub copies: u32,
}

impl Hit {
    pub fn name(&self) -> AssetName {
        AssetName { kind: self.kind, id: self.id.clone() }
    }
}

/// How often each value of one property occurs among all that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Facet {
    /// `kind`, `tag`, `creator`, `licence`, `platform`, `shape` or `sound`.
    pub of: String,
    /// The most frequent first, of equals by value; at most [`MOST_FACET_VALUES`].
    pub values: Vec<FacetValue>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FacetValue {
    pub value: String,
    pub count: u64,
}

/// What each part of a query removed, in the order in which they were applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Explanation {
    /// Assets that the provider has.
    pub assets: u64,
    pub steps: Vec<Step>,
    /// For the asset that was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<Fate>,
}

/// One part of a query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// As it was written, or `kind`, `exclude`, `duplicates`.
    pub part: String,
    /// Of those that the parts before it had left, how many it removed.
    pub removed: u64,
    /// How many were left.
    pub left: u64,
}

/// What became of one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fate {
    pub asset: AssetName,
    /// Whether the provider has it.
    pub known: bool,
    /// The first part that removed it; absent where it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_by: Option<String>,
}

/// Why a server refuses, as it says it over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Problem {
    /// A stable word: `bad-query`, `unauthorised`, `not-found`, …
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

impl Contract for Problem {
    const NAME: &'static str = "search-problem";
    const VERSION: u32 = 1;
}
