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
    parse: fn(&[u8]) -> Result<(), ContractError>,
    schema: fn(Side) -> Value,
}

impl Described {
    const fn of<T: Contract + JsonSchema>() -> Self {
        Self {
            name: T::NAME,
            version: T::VERSION,
            oldest: migrate::oldest(T::VERSION, T::MIGRATIONS),
            lines: false,
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

/// The name under which lines of the event log are known.
const EVENT: &str = "event";

/// Every contract, those that people meet first.
pub static CONTRACTS: &[Described] = &[
    Described::of::<Manifest>(),
    Described::of::<SeedAsset>(),
    Described::of::<Measured>(),
    Described::of::<RenderInput>(),
    Described::of::<Verdict>(),
    Described::of::<CaptionSpec>(),
    Described::of::<CaptionFacts>(),
    Described::of::<PixelFacts>(),
    Described::of::<StretchPixels>(),
    Described::of::<SubjectFacts>(),
    Described::of::<AudioMeasures>(),
    Described::of::<ActionResult>(),
    Described {
        name: EVENT,
        version: 1,
        oldest: 1,
        lines: true,
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
