//! All contracts, by name.

use super::action::ActionResult;
use super::asset::{Manifest, SeedAsset};
use super::caption::{CaptionFacts, CaptionSpec};
use super::choice::Chosen;
use super::choices::{ChoiceList, ShownChoice};
use super::decision::{Answer, Decision, Request, Trajectory};
use super::director::DirectorRun;
use super::event::Event;
use super::fact::{AudioMeasures, PixelFacts, SoundBalance, StretchPixels, SubjectFacts};
use super::lock::Lock;
use super::measured::Measured;
use super::migrate;
use super::page::ReportPage;
use super::render_input::RenderInput;
use super::report::BuildReport;
use super::review::Reviews;
use super::schema::{self, FILE_VERSION, Side, VERSION};
use super::search::{Page, Problem, Query};
use super::toml_file::TomlContract;
use super::transcript::{DirectorList, Transcript};
use super::verdict::Verdict;
use super::{Contract, ContractError, read, write};
use schemars::JsonSchema;
use serde_json::Value;

/// How the documents of a contract are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON, with its `schemaVersion`.
    Json,
    /// JSON, a document a line, none of which has a version of its own.
    Lines,
    /// TOML, with its `version`, since people read it.
    Toml,
}

impl Form {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Lines => "json-lines",
            Self::Toml => "toml",
        }
    }
}

/// Longest sentence of [`Described::about`] that is told whole, in characters.
const LONGEST_ABOUT: usize = 90;

/// One contract.
pub struct Described {
    pub name: &'static str,
    /// The version that is written, and the oldest that is read.
    pub version: u32,
    pub oldest: u32,
    pub form: Form,
    /// A document of the current version, or lines, as a build wrote it.
    pub example: &'static str,
    parse: fn(&[u8]) -> Result<(), ContractError>,
    again: fn(&[u8]) -> Result<Vec<u8>, ContractError>,
    schema: fn(Side) -> Value,
}

impl Described {
    const fn of<T: Contract + JsonSchema>(example: &'static str) -> Self {
        Self {
            name: T::NAME,
            version: T::VERSION,
            oldest: migrate::oldest(T::VERSION, T::MIGRATIONS),
            form: Form::Json,
            example,
            parse: |bytes| read::<T>(bytes).map(drop),
            again: |bytes| read::<T>(bytes).map(|document| write(&document)),
            schema: schema::of::<T>,
        }
    }

    const fn of_toml<T: TomlContract>(example: &'static str) -> Self {
        Self {
            name: T::NAME,
            version: T::VERSION,
            oldest: T::VERSION,
            form: Form::Toml,
            example,
            parse: |bytes| T::read(bytes).map(drop),
            again: |bytes| T::read(bytes).map(|file| file.write().into_bytes()),
            schema: |side| schema::of_versioned::<T>((T::NAME, T::VERSION), FILE_VERSION, side),
        }
    }

    /// What its own parser says of a document, or of a line.
    pub fn parse(&self, bytes: &[u8]) -> Result<(), ContractError> {
        (self.parse)(bytes)
    }

    /// What its writer makes of what its parser read, of a document or of a line.
    pub fn again(&self, bytes: &[u8]) -> Result<Vec<u8>, ContractError> {
        (self.again)(bytes)
    }

    /// A document, or a line, as JSON.
    ///
    /// # Errors
    /// Why it is none.
    pub fn value(&self, bytes: &[u8]) -> Result<Value, String> {
        match self.form {
            Form::Json | Form::Lines => serde_json::from_slice(bytes).map_err(|e| e.to_string()),
            Form::Toml => toml::from_slice(bytes).map_err(|e| e.to_string()),
        }
    }

    /// A document as its files hold it, or a line; none where its form cannot say so.
    pub fn text(&self, document: &Value) -> Option<String> {
        match self.form {
            Form::Json => Some(format!("{document:#}\n")),
            Form::Lines => Some(format!("{document}\n")),
            Form::Toml => toml::to_string(document).ok(),
        }
    }

    /// The version that a document says it is of; none where its form says nothing of it.
    pub fn version_of(&self, document: &Value) -> Option<u64> {
        match self.form {
            Form::Json => document[VERSION].as_u64(),
            Form::Toml => document[FILE_VERSION].as_u64(),
            Form::Lines => None,
        }
    }

    /// The documents of [`Described::example`].
    pub fn examples(&self) -> Vec<&'static str> {
        match self.form {
            Form::Lines => self.example.lines().collect(),
            Form::Json | Form::Toml => vec![self.example],
        }
    }

    /// Its JSON Schema, as one end of the seam has it.
    pub fn schema(&self, side: Side) -> Value {
        (self.schema)(side)
    }

    /// What the file of its schema is called: `metadata.v1.consumer.schema.json`.
    pub fn file_name(&self, side: Side) -> String {
        format!("{}.v{}.{}.schema.json", self.name, self.version, side.as_str())
    }

    /// One short sentence: what its documents are.
    pub fn about(&self) -> String {
        let schema = self.schema(Side::Consumer);
        let text = schema["description"].as_str().unwrap_or_default();
        let first = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        let sentence = first.split_once(". ").map_or(first.as_str(), |(sentence, _)| sentence);
        // What follows a long beginning is for those who open the schema.
        let long = sentence.char_indices().nth(LONGEST_ABOUT).map(|(end, _)| &sentence[..end]);
        let part = long.and_then(|start| Some(&start[..start.rfind([',', ':'])?]));
        part.unwrap_or(sentence).trim_end_matches('.').to_owned()
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
    Described::of::<Query>(example!("search-query.v1.example.json")),
    Described::of::<Page>(example!("search-page.v1.example.json")),
    Described::of::<Problem>(example!("search-problem.v1.example.json")),
    Described::of::<Request>(example!("choice-request.v1.example.json")),
    Described::of::<Decision>(example!("decision.v1.example.json")),
    Described::of::<Answer>(example!("choice-answer.v1.example.json")),
    Described::of::<Chosen>(example!("choice.v1.example.json")),
    Described::of::<ChoiceList>(example!("choice-list.v1.example.json")),
    Described::of::<ShownChoice>(example!("choice-shown.v1.example.json")),
    Described::of::<Trajectory>(example!("trajectory.v1.example.json")),
    Described::of::<DirectorRun>(example!("director-run.v1.example.json")),
    Described::of::<Transcript>(example!("director-transcript.v1.example.json")),
    Described::of::<DirectorList>(example!("director-list.v1.example.json")),
    Described::of_toml::<Lock>(example!("lock.v1.example.toml")),
    Described::of_toml::<Reviews>(example!("reviews.v1.example.toml")),
    Described::of::<BuildReport>(example!("build-report.v1.example.json")),
    Described::of::<ReportPage>(example!("report-page.v1.example.json")),
    Described::of::<CaptionSpec>(example!("caption.v1.example.json")),
    Described::of::<CaptionFacts>(example!("caption-facts.v1.example.json")),
    Described::of::<PixelFacts>(example!("pixel-facts.v1.example.json")),
    Described::of::<StretchPixels>(example!("stretch-pixels.v1.example.json")),
    Described::of::<SubjectFacts>(example!("subject-facts.v1.example.json")),
    Described::of::<AudioMeasures>(example!("audio-measures.v1.example.json")),
    Described::of::<SoundBalance>(example!("sound-balance.v1.example.json")),
    Described::of::<ActionResult>(example!("action-result.v1.example.json")),
    Described {
        name: EVENT,
        version: 1,
        oldest: 1,
        form: Form::Lines,
        example: example!("event.v1.example.jsonl"),
        parse: |line| read_line(line).map(drop),
        again: |line| {
            let event = read_line(line)?;
            Ok(serde_json::to_vec(&event).expect("events serialise"))
        },
        schema: |side| schema::of_line::<Event>(EVENT, 1, side),
    },
];

fn read_line(line: &[u8]) -> Result<Event, ContractError> {
    serde_json::from_slice(line)
        .map_err(|error| ContractError::Body { contract: EVENT, message: error.to_string() })
}

/// The contract of that name.
pub fn find(name: &str) -> Option<&'static Described> {
    CONTRACTS.iter().find(|contract| contract.name == name)
}
