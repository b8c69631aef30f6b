//! `[chooser.NAME]`: who decides, and how it is reached.

use super::kind::strays;
use crate::chooser::{AnswerBy, KeySource, Model, Reach, Setting};
use crate::diagnostic::Diagnostic;
use crate::memefile::{
    At, FromText, FromValue, KeyDoc, Millis, Mistakes, REQUIRED, Reader, Section, SectionDoc,
    Wrong, words,
};
use crate::node::argument::{Argument, Counts};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::registry::NodeType;
use std::path::PathBuf;

/// Patience with one question, where nothing is said, milliseconds.
const PATIENCE_MS: u64 = 120_000;

/// Tokens of an answer, where nothing is said.
const MAX_TOKENS: u32 = 2000;

/// What a `[chooser.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chooser {
    /// What of it can change an answer.
    pub setting: Setting,
    /// Of a model.
    pub reach: Option<Reach>,
    /// Of a script: its trajectory, relative to the Memefile.
    pub trajectory: Option<At<String>>,
    /// Of a command.
    pub program: Option<(At<String>, Vec<Argument>)>,
}

impl Chooser {
    /// One that needs no section.
    pub fn built_in(name: &str) -> Option<Self> {
        let setting = match name {
            "rules" => Setting::Rules,
            "host" => Setting::Host,
            _ => return None,
        };
        Some(Self { setting, reach: None, trajectory: None, program: None })
    }
}

impl Declared for Chooser {
    const SECTION: &'static str = "chooser";
    const BUILT_IN: &'static [&'static str] = &["rules", "host"];
}

static DOC: SectionDoc = SectionDoc {
    kind: "chooser",
    named: true,
    about: "Who makes the choices of `[choice.*]`. Two need no section: `rules`, which takes the best \
of each search, and `host`, with which a build ends and waits for `memebuild choice submit` or for a \
client of `memebuild mcp`. What is chosen is pinned in `Memefile.lock`, and asked once. Keys are named by \
reference, and stand in no key, log or error.",
    keys: &[
        KeyDoc::new(
            "kind",
            "`rules`, `script`, `command`, `openai`, `anthropic` or `host`",
            REQUIRED,
            "`script` plays what was written down; `command` runs a program; `openai` asks any endpoint \
             that speaks as OpenAI's chat completions do, `anthropic` one that speaks as Anthropic's \
             messages do.",
        ),
        KeyDoc::new(
            "trajectory",
            "file",
            "",
            "Of `script`: `{\"schemaVersion\": 1, \"turns\": [DECISION, …]}`.",
        ),
        KeyDoc::new(
            "run",
            "list of strings",
            "",
            "Of `command`: the program and its arguments. `{in}` is the request, `{out}` is where it \
             writes the decision; `memebuild contract export` has the shapes of both.",
        ),
        KeyDoc::new("url", "URL", "", "Of a model: the address below which its endpoint lies."),
        KeyDoc::new("model", "name", "", "Of a model: which."),
        KeyDoc::new("key-env", "name of a variable", "", "The variable that holds the key."),
        KeyDoc::new("key-file", "file", "", "Or a file that holds it and nothing else."),
        KeyDoc::new("temperature", "number, 0 to 2", "", "The endpoint's own where absent."),
        KeyDoc::new("max-tokens", "whole number", "2000", "Most tokens of an answer."),
        KeyDoc::new("seed", "whole number", "", "For endpoints that have one."),
        KeyDoc::new(
            "answer-by",
            "`tool` or `schema`",
            "\"tool\"",
            "Whether the model calls a tool with the decision, or writes it in the shape of a schema.",
        ),
        KeyDoc::new(
            "patience",
            "time",
            "\"120s\"",
            "With one question: all tries and waits together. Changes no answer that was given.",
        ),
    ],
    example: r#"
[chooser.mind]
kind = "openai"
url = "http://127.0.0.1:11434/v1"
model = "llama3.2"

[chooser.claude]
kind = "anthropic"
url = "https://api.anthropic.com/v1"
model = "claude-sonnet-4-5"
key-env = "ANTHROPIC_API_KEY""#,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rules,
    Script,
    Command,
    Openai,
    Anthropic,
    Host,
}

impl FromText for Kind {
    const EXPECTED: &'static str = "a kind of chooser such as \"openai\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let table = [
            ("rules", Self::Rules),
            ("script", Self::Script),
            ("command", Self::Command),
            ("openai", Self::Openai),
            ("anthropic", Self::Anthropic),
            ("host", Self::Host),
        ];
        words(text, &table)
    }
}

impl FromText for AnswerBy {
    const EXPECTED: &'static str = "a way to answer such as \"tool\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        words(text, &[("tool", Self::Tool), ("schema", Self::Schema)])
    }
}

const MODELS: &[Kind] = &[Kind::Openai, Kind::Anthropic];

/// Every key, and the kinds that have it.
const KEYS: [(&str, &[Kind]); 11] = [
    ("trajectory", &[Kind::Script]),
    ("run", &[Kind::Command]),
    ("url", MODELS),
    ("model", MODELS),
    ("key-env", MODELS),
    ("key-file", MODELS),
    ("temperature", MODELS),
    ("max-tokens", MODELS),
    ("seed", &[Kind::Openai]),
    ("answer-by", &[Kind::Openai]),
    ("patience", MODELS),
];

pub struct ChooserType;

impl NodeType for ChooserType {
    fn name(&self) -> &'static str {
        "chooser"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let before = mistakes.len();
        let chooser = read(&reader);
        if let (Some(chooser), true) = (chooser, mistakes.len() == before) {
            catalogue.insert(section.name, section.span(mistakes), chooser);
        }
    }
}

fn read(reader: &Reader<'_, '_>) -> Option<Chooser> {
    let kind: Kind = reader.require("kind")?;
    strays(reader, "chooser", kind, &KEYS);
    let plain = |setting| Chooser { setting, reach: None, trajectory: None, program: None };
    Some(match kind {
        Kind::Rules => plain(Setting::Rules),
        Kind::Host => plain(Setting::Host),
        Kind::Script => {
            Chooser { trajectory: Some(needed(reader, "trajectory")?), ..plain(Setting::Script) }
        }
        Kind::Command => {
            let (setting, program, args) = command(reader)?;
            Chooser { program: Some((program, args)), ..plain(setting) }
        }
        Kind::Openai => {
            Chooser { reach: Some(reach(reader)?), ..plain(Setting::Openai(model(reader)?)) }
        }
        Kind::Anthropic => {
            Chooser { reach: Some(reach(reader)?), ..plain(Setting::Anthropic(model(reader)?)) }
        }
    })
}

/// A key that this kind of chooser must have.
fn needed<T: FromValue>(reader: &Reader<'_, '_>, key: &'static str) -> Option<T> {
    let value = reader.get(key);
    if reader.value(key).is_none() {
        let problem =
            Diagnostic::usage("missing-key", format!("this kind of chooser needs `{key}`"))
                .label(&reader.span(), format!("no `{key}` here"))
                .label(&reader.span_of("kind"), "the kind");
        reader.mistakes().report(problem);
    }
    value
}

fn command(reader: &Reader<'_, '_>) -> Option<(Setting, At<String>, Vec<Argument>)> {
    let run: Vec<At<String>> = needed(reader, "run")?;
    let setting = Setting::Command { run: run.iter().map(|word| word.value.clone()).collect() };
    let mut words = run.into_iter();
    let Some(program) = words.next() else {
        return reader
            .value("run")?
            .wrong_type("at least the name of a program", reader.mistakes());
    };
    let counts = Counts { inputs: 1, outputs: 1 };
    let parsed = words.map(|word| Argument::parse(&word, counts));
    let args =
        parsed.map(|parsed| parsed.map_err(|mistake| reader.mistakes().report(mistake)).ok());
    let args: Vec<Argument> = args.collect::<Option<_>>()?;
    if !args.iter().any(|argument| argument.names_output(0)) {
        let message = "nothing in `run` says where the decision is to be written";
        let problem = Diagnostic::usage("unused-output", message)
            .label(&reader.span_of("run"), "no `{out}` among the arguments");
        reader.mistakes().report(problem);
    }
    Some((setting, program, args))
}

fn model(reader: &Reader<'_, '_>) -> Option<Model> {
    let number = |key, bounds| reader.int(key, bounds);
    Some(Model {
        model: needed(reader, "model")?,
        temperature_milli: temperature(reader),
        max_tokens: number("max-tokens", 1..=1_000_000)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(MAX_TOKENS),
        seed: number("seed", 0..=i64::MAX).and_then(|n| u64::try_from(n).ok()),
        answer_by: reader.get("answer-by").unwrap_or_default(),
    })
}

/// Thousandths.
fn temperature(reader: &Reader<'_, '_>) -> Option<u32> {
    let value = reader.value("temperature")?;
    let milli = value.milli_within(0..=2000, "a number from 0 to 2", reader.mistakes())?;
    u32::try_from(milli).ok()
}

fn reach(reader: &Reader<'_, '_>) -> Option<Reach> {
    let url: At<String> = needed(reader, "url")?;
    let web = url.value.starts_with("http://") || url.value.starts_with("https://");
    if !web || url.value.contains('@') {
        let problem = Diagnostic::usage("bad-url", "this is no address of an endpoint").label(
            &url.span,
            "expected `http://…` or `https://…`, without a name or password in it",
        );
        reader.mistakes().report(problem);
    }
    let key = match (reader.get::<String>("key-env"), reader.get::<String>("key-file")) {
        (Some(_), Some(_)) => {
            let problem = Diagnostic::usage("contradiction", "the key is named twice")
                .label(&reader.span_of("key-file"), "and here")
                .label(&reader.span_of("key-env"), "here");
            reader.mistakes().report(problem);
            None
        }
        (Some(name), None) => Some(KeySource::Env(name)),
        (None, Some(path)) => Some(KeySource::File(PathBuf::from(path))),
        (None, None) => None,
    };
    let patience = reader.get::<Millis>("patience").map_or(PATIENCE_MS, |millis| millis.0);
    Some(Reach { url: url.value, key, patience_ms: patience })
}
