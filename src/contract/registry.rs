//! All contracts, by name.

use super::action::ActionResult;
use super::asset::{Manifest, SeedAsset};
use super::caption::{CaptionFacts, CaptionSpec};
use super::event::Event;
use super::fact::{AudioMeasures, PixelFacts, StretchPixels, SubjectFacts};
use super::measured::Measured;
use super::migrate;
use super::render_input::RenderInput;
use super::schema::{self, Side};
use super::verdict::Verdict;
use super::{Contract, ContractError, read};
use schemars::JsonSchema;
use serde_json::Value;

/// One contract.
pub struct Described {
    pub name: &'static str,
    /// The version that is written, and the oldest that is read.
    pub version: u32,
    pub oldest: u32,
    /// Whether a file holds one document a line, none of which has a `schemaVersion`.
    pub lines: bool,
    /// A document of the current version, or lines, as a build wrote it.
    pub example: &'static str,
    parse: fn(&[u8]) -> Result<(), ContractError>,
    schema: fn(Side) -> Value,
}

impl Described {
    const fn of<T: Contract + JsonSchema>(example: &'static str) -> Self {
        Self {
            name: T::NAME,
            version: T::VERSION,
            oldest: migrate::oldest(T::VERSION, T::MIGRATIONS),
            lines: false,
            example,
            parse: |bytes| read::<T>(bytes).map(drop),
            schema: schema::of::<T>,
        }
    }

    /// What its own parser says of a document, or of a line.
    pub fn parse(&self, bytes: &[u8]) -> Result<(), ContractError> {
        (self.parse)(bytes)
    }

    /// Its JSON Schema, as one end of the seam has it.
    pub fn schema(&self, side: Side) -> Value {
        (self.schema)(side)
    }

    /// What the file of its schema is called: `metadata.v1.consumer.schema.json`.
    pub fn file_name(&self, side: Side) -> String {
        format!("{}.v{}.{}.schema.json", self.name, self.version, side.as_str())
    }

    /// One sentence: what its documents are.
    pub fn about(&self) -> String {
        let schema = self.schema(Side::Consumer);
        let text = schema["description"].as_str().unwrap_or_default();
        let first = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        first.split_once(". ").map_or(first.as_str(), |(sentence, _)| sentence).to_owned()
    }
}

/// A file of `schemas/`.
macro_rules! example {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/", $name))
    };
}

/// The name under which lines of the event log are known.
const EVENT: &str = "event";

/// Every contract, those that people meet first.
pub static CONTRACTS: &[Described] = &[
    Described::of::<Manifest>(example!("manifest.v1.example.json")),
    Described::of::<SeedAsset>(example!("metadata.v1.example.json")),
    Described::of::<Measured>(example!("measured.v1.example.json")),
    Described::of::<RenderInput>(example!("render-input.v1.example.json")),
    Described::of::<Verdict>(example!("verdict.v1.example.json")),
    Described::of::<CaptionSpec>(example!("caption.v1.example.json")),
    Described::of::<CaptionFacts>(example!("caption-facts.v1.example.json")),
    Described::of::<PixelFacts>(example!("pixel-facts.v1.example.json")),
    Described::of::<StretchPixels>(example!("stretch-pixels.v1.example.json")),
    Described::of::<SubjectFacts>(example!("subject-facts.v1.example.json")),
    Described::of::<AudioMeasures>(example!("audio-measures.v1.example.json")),
    Described::of::<ActionResult>(example!("action-result.v1.example.json")),
    Described {
        name: EVENT,
        version: 1,
        oldest: 1,
        lines: true,
        example: example!("event.v1.example.jsonl"),
        parse: |line| {
            serde_json::from_slice::<Event>(line)
                .map(drop)
                .map_err(|e| ContractError::Body { contract: EVENT, message: e.to_string() })
        },
        schema: |side| schema::of_line::<Event>(EVENT, 1, side),
    },
];

/// The contract of that name.
pub fn find(name: &str) -> Option<&'static Described> {
    CONTRACTS.iter().find(|contract| contract.name == name)
}
