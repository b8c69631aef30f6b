//! `[command.NAME]`: any program, with declared inputs and outputs.

use crate::diagnostic::Diagnostic;
use crate::memefile::{
    At, FileSize, FromValue, KeyDoc, Millis, Mistakes, REQUIRED, Reader, Section, SectionDoc,
};
use crate::node::argument::{Argument, Counts};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::command;
use crate::node::expansion::Expansion;
use crate::node::plan::Bounds;
use crate::node::registry::NodeType;
use crate::node::render;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// What a `[command.NAME]` declares.
#[derive(Debug, Clone)]
pub struct Command {
    pub program: At<String>,
    pub args: Vec<Argument>,
    /// Nodes, files or globs, as written.
    pub inputs: Vec<At<String>>,
    /// Paths inside the project, at least one.
    pub outputs: Vec<At<String>>,
    /// The schema of each output, by its number; none for those without one.
    pub contracts: BTreeMap<usize, At<String>>,
    pub env: BTreeMap<String, String>,
    pub bounds: Bounds,
    pub retries: u32,
}

/// Shared with the node, of which there may be tens of thousands.
impl Declared for Arc<Command> {
    const SECTION: &'static str = "command";
}

static DOC: SectionDoc = SectionDoc {
    kind: "command",
    named: true,
    about: "Any program, as in make: it runs when one of its inputs, its arguments or the program \
itself has changed. There is no shell: `run` is the program and its arguments. Inputs may be files, \
globs, outputs of other commands, or nodes such as `render:vogue@tiktok`; of a node with several \
outputs one is chosen as in `command:NAME#0`.",
    keys: &[
        KeyDoc::new(
            "run",
            "list of strings",
            REQUIRED,
            "The program (a path in the project, or a name on `PATH`) and its arguments. `{in}` \
             stands for the inputs, `{in:0}` for the first, `{out}` and `{out:0}` for the outputs; \
             every output must be among the arguments.",
        ),
        KeyDoc::new("inputs", "list of strings", "[]", "Files, globs or nodes that it reads."),
        KeyDoc::new(
            "outputs",
            "list of strings",
            REQUIRED,
            "Paths in the project, outside `cache/`, that it writes. It is given other paths, and \
             the files are moved here when all are whole.",
        ),
        KeyDoc::new(
            "contract",
            "path, or table of output to path",
            "",
            "A JSON Schema that the outputs must satisfy: checked when they are written, before they \
             are stored, and again by each command that reads them. One path is for all outputs.",
        ),
        KeyDoc::new("env", "table of strings", "{}", "Environment that it sees beyond `PATH`."),
        KeyDoc::new("timeout", "time", "\"10m\"", "It is stopped when it takes longer."),
        KeyDoc::new("memory", "size", "\"4GiB\"", "Address space that it may use."),
        KeyDoc::new("retries", "whole number, 0 to 10", "0", "Times to try again when it fails."),
    ],
    example: r#"
[command.subtitles]
run = ["./transcribe.sh", "--fast", "{in}", "{out}"]
inputs = ["render:vogue@tiktok"]
outputs = ["subtitles/vogue.srt"]
timeout = "5m"

[command.words]
run = ["./count.sh", "{in}", "{out}"]
inputs = ["command:subtitles"]
outputs = ["subtitles/words.json"]
contract = "schemas/words.schema.json""#,
};

pub struct CommandType;

impl NodeType for CommandType {
    fn name(&self) -> &'static str {
        "command"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let before = mistakes.len();
        let command = read(&reader);
        if let (Some(command), true) = (command, mistakes.len() == before) {
            catalogue.insert(section.name, section.span(mistakes), Arc::new(command));
        }
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        command::expand(catalogue, expansion);
    }
}

fn read(reader: &Reader<'_, '_>) -> Option<Command> {
    let mistakes = reader.mistakes();
    let run: Option<Vec<At<String>>> = reader.require("run");
    let inputs: Vec<At<String>> = reader.get("inputs").unwrap_or_default();
    let outputs: Option<Vec<At<String>>> = reader.require("outputs");
    let env = env(reader);
    let mut bounds = Bounds::default();
    if let Some(Millis(ms)) = reader.get("timeout") {
        bounds.wall = Duration::from_millis(ms);
    }
    if let Some(FileSize(bytes)) = reader.get("memory") {
        bounds.memory = bytes;
    }
    let retries = reader.int("retries", 0..=10).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    for output in outputs.iter().flatten() {
        check_output(output, mistakes);
    }
    for input in &inputs {
        check_text("an input", input, mistakes);
    }
    let (run, outputs) = (run?, outputs?);
    if outputs.is_empty() {
        return reader.value("outputs")?.wrong_type("at least one path", mistakes);
    }
    let mut words = run.into_iter();
    let Some(program) = words.next() else {
        return reader.value("run")?.wrong_type("at least the name of a program", mistakes);
    };
    check_text("a program", &program, mistakes);
    let counts = Counts { inputs: inputs.len(), outputs: outputs.len() };
    let args: Vec<Argument> = words
        .filter_map(|word| {
            check_text("an argument", &word, mistakes);
            Argument::parse(&word, counts).map_err(|mistake| mistakes.report(mistake)).ok()
        })
        .collect();
    for (index, output) in outputs.iter().enumerate() {
        if !args.iter().any(|argument| argument.names_output(index)) {
            let placeholder =
                if counts.outputs == 1 { "{out}".to_owned() } else { format!("{{out:{index}}}") };
            let message =
                format!("nothing in `run` says where `{}` is to be written", output.value);
            let diagnostic = Diagnostic::usage("unused-output", message)
                .label(&output.span, "not among the arguments")
                .hint(format!("pass `{placeholder}` to the program: it is given another path, and the file is moved here when it is whole"));
            mistakes.report(diagnostic);
        }
    }
    let contracts = contracts(reader, &outputs);
    Some(Command { program, args, inputs, outputs, contracts, env, bounds, retries })
}

/// Which output must satisfy which schema.
fn contracts(reader: &Reader<'_, '_>, outputs: &[At<String>]) -> BTreeMap<usize, At<String>> {
    let mistakes = reader.mistakes();
    let mut contracts = BTreeMap::new();
    let Some(value) = reader.value("contract") else { return contracts };
    let Some(entries) = value.entries() else {
        let path = At::<String>::from_value(&value, mistakes);
        if let Some(path) = path.filter(|path| check_path(path, mistakes)) {
            contracts.extend((0..outputs.len()).map(|index| (index, path.clone())));
        }
        return contracts;
    };
    for ((name, range), value) in entries {
        let Some(path) = At::<String>::from_value(&value, mistakes) else { continue };
        match outputs.iter().position(|output| output.value == name) {
            Some(index) if check_path(&path, mistakes) => drop(contracts.insert(index, path)),
            Some(_) => {}
            None => {
                let message = format!("`{}` is not an output of this command", name.escape_debug());
                let known = outputs.iter().map(|output| output.value.as_str());
                let mut problem = Diagnostic::usage("unknown-reference", message)
                    .label(&mistakes.span(range), "no such output");
                if let Some(near) = crate::memefile::nearest(name, known) {
                    problem = problem.hint(format!("did you mean `{near}`?"));
                }
                mistakes.report(problem);
            }
        }
    }
    contracts
}

/// A schema lies in the project.
fn check_path(path: &At<String>, mistakes: &Mistakes) -> bool {
    let text = path.value.as_str();
    let inside = !text.is_empty()
        && !text.starts_with('/')
        && !text.contains('\0')
        && text.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !inside {
        let message = format!("`{}` cannot be a schema", text.escape_debug());
        let problem = Diagnostic::usage("bad-path", message)
            .label(&path.span, "it is not a path inside the project");
        mistakes.report(problem);
    }
    inside
}

fn env(reader: &Reader<'_, '_>) -> BTreeMap<String, String> {
    let mistakes = reader.mistakes();
    let mut env = BTreeMap::new();
    let Some(value) = reader.value("env") else { return env };
    let Some(entries) = value.entries() else {
        value.wrong_type::<()>("a table of strings", mistakes);
        return env;
    };
    for ((name, range), value) in entries {
        let shaped = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit());
        if !shaped {
            let message = format!("`{}` cannot name a variable", name.escape_debug());
            let diagnostic = Diagnostic::usage("bad-name", message)
                .label(&mistakes.span(range), "expected letters, digits and `_`");
            mistakes.report(diagnostic);
        }
        if let Some(text) = At::<String>::from_value(&value, mistakes) {
            check_text("a value", &text, mistakes);
            env.insert(name.to_owned(), text.value);
        }
    }
    env
}

/// No program can be given a NUL.
fn check_text(what: &str, text: &At<String>, mistakes: &Mistakes) {
    if text.value.is_empty() && what != "an argument" && what != "a value" {
        let message = format!("{what} cannot be empty");
        mistakes.report(Diagnostic::usage("wrong-value", message).label(&text.span, "empty"));
    }
    if text.value.contains('\0') {
        let message = format!("{what} cannot hold a NUL character");
        mistakes.report(Diagnostic::usage("wrong-value", message).label(&text.span, "has one"));
    }
}

/// Folders that memebuild itself writes.
const RESERVED: [&str; 3] = ["cache", "artefacts/seed-assets", "artefacts/renders"];

fn check_output(output: &At<String>, mistakes: &Mistakes) {
    let path = output.value.as_str();
    let within = |folder: &str| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let why = if path.is_empty() {
        "it is empty".to_owned()
    } else if path.starts_with('/') {
        "it is not relative to the project".to_owned()
    } else if path.split('/').any(|part| part == "..") {
        "it could lead out of the project".to_owned()
    } else if path.split('/').any(|part| part.is_empty() || part == ".") {
        "write it without `.`, `//` and a `/` at the end".to_owned()
    } else if path.chars().any(char::is_control) {
        "it has a control character".to_owned()
    } else if let Some(folder) = RESERVED.into_iter().find(|folder| within(folder)) {
        format!("`{folder}/` belongs to memebuild")
    } else if path == crate::memefile::FILE_NAME || path == "Memefile.lock" {
        "a build does not write its own description".to_owned()
    } else {
        return;
    };
    let shown: String = path.chars().take(80).collect();
    let message = format!("`{}` cannot be an output", shown.escape_debug());
    mistakes.report(Diagnostic::usage("bad-output", message).label(&output.span, why));
}

/// Cells of batches that commands speak of, by the names of nodes or the paths of films: `launch/a+b`.
pub fn named_cells(catalogue: &Catalogue) -> HashSet<String> {
    let commands = catalogue.iter::<Arc<Command>>().map(|(_, entry)| &entry.value);
    let inputs = commands.flat_map(|command| &command.inputs);
    inputs.filter_map(|text| named_cell(&text.value)).collect()
}

fn named_cell(text: &str) -> Option<String> {
    let name = match text.strip_prefix(render::FOLDER) {
        Some(film) => film,
        None => text.split_once(':')?.1,
    };
    let (cell, _) = name.split_once('@')?;
    cell.contains('/').then(|| cell.to_owned())
}
