//! `contract_diff`: what a change of a contract breaks, and for whom.

use crate::contract::diff::{Answer as Compared, Break, Mode, Report, Rule, compare_ends};
use crate::contract::registry::{CONTRACTS, find};
use crate::contract::schema::Side;
use crate::diagnostic::Diagnostic;
use crate::mcp::answer::Answer;
use crate::mcp::bound::{LONGEST_TEXT, shorten};
use crate::mcp::tool::{Call, Hints, Tool};
use crate::memefile::nearest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub struct ContractDiff;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The name of a contract of this memebuild, as the older: `manifest`, `metadata`,
    /// `render-input`, `verdict`, ….
    old: Option<String>,
    /// A JSON Schema, in place of a name.
    old_schema: Option<Map<String, Value>>,
    /// The name of a contract of this memebuild, as the newer.
    new: Option<String>,
    /// A JSON Schema, in place of a name.
    new_schema: Option<Map<String, Value>>,
    /// Who must manage: new readers of old data, old readers of new data, or both. Backward where
    /// nothing is said.
    #[serde(default)]
    mode: Ask,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Ask {
    #[default]
    Backward,
    Forward,
    Full,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Whether every direction asked for was proved to hold.
    holds: bool,
    answers: Vec<Told>,
    /// What stops nobody.
    warnings: Vec<Change>,
    /// What was proved to harm nobody.
    harmless: Vec<Change>,
}

/// The answer for one direction.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Told {
    /// `backward` or `forward`.
    direction: &'static str,
    /// `compatible`, `broken`, or `undecided`: neither was proved.
    verdict: &'static str,
    proof: &'static str,
    breaks: Vec<Broken>,
    /// Breaks that are not told of here.
    more: u64,
}

/// Something that differs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Change {
    rule: &'static str,
    /// Where in a document: `/assets/*/quality/score`.
    at: String,
    detail: String,
}

/// A change that breaks somebody.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Broken {
    #[serde(flatten)]
    change: Change,
    /// A document that the writing side accepts and the reading side refuses, as JSON text; absent
    /// where none was found, and where it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
}

/// Bytes of a schema that a client brings.
const LONGEST_SCHEMA: usize = 200_000;

/// Changes of one list, and bytes of a document that shows one.
const MOST: usize = 30;
const LONGEST_INSTANCE: usize = 4000;

impl Tool for ContractDiff {
    const NAME: &'static str = "contract_diff";
    const TITLE: &'static str = "Compare contracts";
    const ABOUT: &'static str = "Compares two versions of a contract: by which named rule it breaks, \
        where, and a document that the one side accepts and the other refuses. What is not proved to \
        fit is never called compatible.";
    const HINTS: Hints = Hints::LOOKS;
    type Input = Input;
    type Output = Output;

    fn run(_: &Call<'_>, input: Input) -> Result<Answer<Output>, Vec<Diagnostic>> {
        let mode = match input.mode {
            Ask::Backward => Mode::Backward,
            Ask::Forward => Mode::Forward,
            Ask::Full => Mode::Full,
        };
        let old = Version::of("old", input.old, input.old_schema);
        let new = Version::of("new", input.new, input.new_schema);
        let (old, new) = (old.map_err(|e| vec![e])?, new.map_err(|e| vec![e])?);
        let schemas = |from, to| Ok((old.schema(from), new.schema(to)));
        let bad = |why: String| vec![Diagnostic::usage("bad-schema", why)];
        compare_ends(mode, schemas, bad).map(|report| document(&report).into())
    }
}

/// One of the two.
enum Version {
    Known(&'static crate::contract::registry::Described),
    Given(Value),
}

impl Version {
    fn of(
        which: &str,
        name: Option<String>,
        schema: Option<Map<String, Value>>,
    ) -> Result<Self, Diagnostic> {
        let bad = |message| Diagnostic::usage("bad-argument", message);
        match (name, schema) {
            (Some(name), None) => find(&name).map(Self::Known).ok_or_else(|| unknown(&name)),
            (None, Some(schema)) => {
                let schema = Value::Object(schema);
                match schema.to_string().len() {
                    0..=LONGEST_SCHEMA => Ok(Self::Given(schema)),
                    len => Err(bad(format!(
                        "`{which}_schema` has {len} bytes, and {LONGEST_SCHEMA} may be given"
                    ))),
                }
            }
            _ => Err(bad(format!("give either `{which}` or `{which}_schema`"))),
        }
    }

    fn schema(&self, side: Side) -> Value {
        match self {
            Self::Known(contract) => contract.schema(side),
            Self::Given(schema) => schema.clone(),
        }
    }
}

fn unknown(name: &str) -> Diagnostic {
    let names: Vec<&str> = CONTRACTS.iter().map(|contract| contract.name).collect();
    let message = format!("there is no contract `{}`", shorten(name, 100).escape_debug());
    let problem = Diagnostic::usage("unknown-reference", message);
    match nearest(name, names.iter().copied()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint(format!("there are {}", names.join(", "))),
    }
}

fn document(report: &Report) -> Output {
    let list = |all: &[(Rule, String, String)]| -> Vec<Change> {
        all.iter().take(MOST).map(|(rule, at, detail)| change(*rule, at, detail)).collect()
    };
    Output {
        holds: report.holds(),
        answers: report.answers.iter().map(told).collect(),
        warnings: list(&report.warnings),
        harmless: list(&report.harmless),
    }
}

fn told(answer: &Compared) -> Told {
    let breaks: Vec<Broken> = answer.breaks.iter().take(MOST).map(broken).collect();
    Told {
        direction: answer.direction.as_str(),
        verdict: answer.verdict.as_str(),
        proof: answer.proof.as_str(),
        more: (answer.breaks.len() - breaks.len()) as u64,
        breaks,
    }
}

fn broken(found: &Break) -> Broken {
    let instance = found.instance.as_ref().map(Value::to_string);
    Broken {
        change: change(found.rule, &found.place, &found.detail),
        instance: instance.filter(|text| text.len() <= LONGEST_INSTANCE),
    }
}

fn change(rule: Rule, at: &str, detail: &str) -> Change {
    let (at, detail) = (shorten(at, LONGEST_TEXT), shorten(detail, LONGEST_TEXT));
    Change { rule: rule.id(), at, detail }
}
