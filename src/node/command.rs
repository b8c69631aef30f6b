//! Command nodes: the make-style escape hatch. One action that runs the user's program.

use super::argument::Argument;
use super::catalogue::{Catalogue, Entry};
use super::declare::command::Command;
use super::expansion::{Claim, Expansion};
use super::listing;
use super::plan::{Action, Done, Finish, Input, OutputKind, Plan, Program, Publish};
use super::registry::is_node_name;
use super::schema::Schema;
use super::{Deps, Node, NodeName, Output};
use crate::diagnostic::{Diagnostic, Span};
use crate::memefile::At;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Raised when equal declarations come to mean other bytes.
const VERSION: u32 = 1;

struct CommandNode {
    command: Arc<Command>,
    inputs: Vec<Source>,
    /// What its outputs must satisfy, by number.
    contracts: BTreeMap<usize, Arc<Schema>>,
    /// What it relies on of commands before it: node, and number of the output.
    relied: BTreeMap<(NodeName, usize), Arc<Schema>>,
    span: Span,
}

/// What the outputs of all commands must satisfy.
type Contracts = BTreeMap<(NodeName, usize), Arc<Schema>>;

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// A file of the user's own, relative to the project.
    File(PathBuf),
    /// A node, and which of its outputs where one was named.
    Node(NodeName, Option<String>),
}

/// Adds the command nodes: first who writes what, then who reads what.
pub(super) fn expand(catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
    for (name, entry) in catalogue.iter::<Arc<Command>>() {
        for (index, output) in entry.value.outputs.iter().enumerate() {
            let claim = Claim {
                node: format!("command:{name}"),
                output: index.to_string(),
                span: Some(output.span.clone()),
            };
            expansion.claim(output.value.clone(), claim);
        }
    }
    let contracts = contracts(catalogue, expansion);
    let mut seen = HashMap::new();
    for (name, entry) in catalogue.iter::<Arc<Command>>() {
        add(name, entry, &contracts, &mut seen, expansion);
    }
}

/// Reads every schema that a command names, each once.
fn contracts(catalogue: &Catalogue, expansion: &mut Expansion<'_>) -> Contracts {
    let mut loaded: HashMap<String, Option<Arc<Schema>>> = HashMap::new();
    let mut contracts = Contracts::new();
    for (name, entry) in catalogue.iter::<Arc<Command>>() {
        for (index, path) in &entry.value.contracts {
            let schema = match loaded.get(&path.value) {
                Some(known) => known.clone(),
                None => {
                    let schema = Schema::load(path, expansion).map(Arc::new);
                    loaded.insert(path.value.clone(), schema.clone());
                    schema
                }
            };
            if let Some(schema) = schema {
                contracts.insert((format!("command:{name}"), *index), schema);
            }
        }
    }
    contracts
}

fn add(
    name: &str,
    entry: &Entry<Arc<Command>>,
    contracts: &Contracts,
    seen: &mut HashMap<String, bool>,
    expansion: &mut Expansion<'_>,
) {
    let command = &entry.value;
    let mut inputs = Vec::with_capacity(command.inputs.len());
    for input in &command.inputs {
        find(input, seen, &mut inputs, expansion);
    }
    check_program(&command.program, seen, expansion);
    let mut deps: Vec<NodeName> = Vec::new();
    for source in &inputs {
        if let Source::Node(node, _) = source
            && !deps.contains(node)
        {
            deps.push(node.clone());
        }
    }
    let name = format!("command:{name}");
    let of = |node: &NodeName| -> Contracts {
        let first = (node.clone(), 0);
        let own = contracts.range(first..).take_while(|((of, _), _)| of == node);
        own.map(|(output, schema)| (output.clone(), Arc::clone(schema))).collect()
    };
    let node = CommandNode {
        command: Arc::clone(command),
        inputs,
        contracts: of(&name).into_iter().map(|((_, index), schema)| (index, schema)).collect(),
        relied: deps.iter().flat_map(of).collect(),
        span: entry.span.clone(),
    };
    expansion.add(name, Box::new(node), deps);
}

/// Resolves one input as written.
fn find(
    input: &At<String>,
    seen: &mut HashMap<String, bool>,
    into: &mut Vec<Source>,
    expansion: &mut Expansion<'_>,
) {
    let text = input.value.as_str();
    if is_node_name(text) {
        let (node, output) = match text.split_once('#') {
            Some((node, output)) => (node, Some(output.to_owned())),
            None => (text, None),
        };
        expansion.need(At { value: node.to_owned(), span: input.span.clone() });
        into.push(Source::Node(node.to_owned(), output));
    } else if let Some(claim) = expansion.claimed(text) {
        into.push(Source::Node(claim.node.clone(), Some(claim.output.clone())));
    } else if listing::is_glob(text) {
        let found = listing::list(std::slice::from_ref(input), &[], expansion);
        into.extend(found.into_iter().map(|path| Source::File(PathBuf::from(path))));
    } else {
        if !is_file(text, seen, expansion) {
            let message = format!("there is no file `{}`", text.escape_debug());
            let diagnostic = Diagnostic::usage("missing-file", message)
                .label(&input.span, "not there, and no node writes it")
                .hint("inputs are files relative to the Memefile, globs, or nodes such as `render:NAME@PROFILE`");
            expansion.report(diagnostic);
        }
        into.push(Source::File(PathBuf::from(text)));
    }
}

/// Whether a file is there; asked once for each.
fn is_file(path: &str, seen: &mut HashMap<String, bool>, expansion: &mut Expansion<'_>) -> bool {
    if let Some(known) = seen.get(path) {
        return *known;
    }
    let full = expansion.root().join(path);
    let exists = full.is_file();
    if !exists {
        expansion.read.insert(full);
    }
    seen.insert(path.to_owned(), exists);
    exists
}

/// A program of the project must be there; one without a slash is looked for on `PATH` when it
/// runs.
fn check_program(
    program: &At<String>,
    seen: &mut HashMap<String, bool>,
    expansion: &mut Expansion<'_>,
) {
    let text = program.value.as_str();
    if !text.contains('/') || is_file(text, seen, expansion) {
        return;
    }
    let message = format!("there is no program `{}`", text.escape_debug());
    let diagnostic = Diagnostic::usage("missing-file", message)
        .label(&program.span, "not there")
        .note("a program with a `/` is a path relative to the Memefile");
    expansion.report(diagnostic);
}

impl CommandNode {
    /// The inputs of the action, in the order of the placeholders.
    fn inputs(&self, deps: &Deps<'_>) -> Result<Vec<Input>, Diagnostic> {
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for source in &self.inputs {
            match source {
                Source::File(path) => inputs.push(Input::Whole(deps.file(path)?)),
                Source::Node(node, Some(output)) => {
                    let found = self.output(deps, node, output)?;
                    if let Ok(index) = output.parse() {
                        self.rely(deps, node, index, &found)?;
                    }
                    inputs.push(Input::Whole(found));
                }
                Source::Node(node, None) => {
                    for (index, found) in self.main(deps, node)?.into_iter().enumerate() {
                        self.rely(deps, node, index, &found)?;
                        inputs.push(Input::Whole(found));
                    }
                }
            }
        }
        Ok(inputs)
    }

    /// Reads what another command wrote by the contract of that, as its writer did.
    fn rely(
        &self,
        deps: &Deps<'_>,
        node: &NodeName,
        index: usize,
        output: &Output,
    ) -> Result<(), Diagnostic> {
        let Some(schema) = self.relied.get(&(node.clone(), index)) else { return Ok(()) };
        let bytes = deps.blobs.bytes(&output.digest())?;
        schema.check(&bytes).map_err(|why| {
            schema
                .broken(&format!("output {index} of `{node}`"), &why)
                .label(&self.span, "read here")
        })
    }

    fn output(&self, deps: &Deps<'_>, node: &str, output: &str) -> Result<Output, Diagnostic> {
        let outputs = deps.outputs.get(node).copied();
        if let Some(found) = outputs.and_then(|outputs| outputs.get(output)) {
            return Ok(found.clone());
        }
        let known: Vec<&str> = outputs.into_iter().flatten().map(|(name, _)| &**name).collect();
        let message = format!("node `{node}` has no output `{}`", output.escape_debug());
        Err(Diagnostic::usage("unknown-reference", message)
            .label(&self.span, "an input of this command")
            .note(format!("its outputs are {}", known.join(", "))))
    }

    /// What a node is named for: all outputs of a command, the film of a render, the source of an
    /// asset, or the only output.
    fn main(&self, deps: &Deps<'_>, node: &str) -> Result<Vec<Output>, Diagnostic> {
        let Some(outputs) = deps.outputs.get(node) else {
            return self.output(deps, node, MAIN[0]).map(|output| vec![output]);
        };
        if node.starts_with("command:") {
            let numbered = |index: usize| outputs.get(&index.to_string()).cloned();
            return Ok((0..).map_while(numbered).collect());
        }
        if let Some(main) = MAIN.into_iter().find_map(|name| outputs.get(name)) {
            return Ok(vec![main.clone()]);
        }
        match outputs.len() {
            1 => Ok(outputs.values().cloned().collect()),
            _ => self.output(deps, node, MAIN[0]).map(|output| vec![output]),
        }
    }

    /// The outputs by number, each called for the program what it is called in the project, as far
    /// as these names differ.
    fn named_outputs(&self) -> BTreeMap<String, OutputKind> {
        let outputs = &self.command.outputs;
        let base =
            |path: &At<String>| path.value.rsplit('/').next().unwrap_or(&path.value).to_owned();
        let unique = |name: &str| outputs.iter().filter(|path| base(path) == name).count() == 1;
        let named = |(index, path): (usize, &At<String>)| {
            let name = base(path);
            let name = if unique(&name) { name } else { format!("{index}-{name}") };
            let kind = match self.contracts.get(&index) {
                Some(schema) => OutputKind::checked(name, Arc::clone(schema)),
                None => OutputKind::Named(name),
            };
            (index.to_string(), kind)
        };
        outputs.iter().enumerate().map(named).collect()
    }
}

/// What the outputs are called that nodes are named for.
const MAIN: [&str; 2] = ["film", "source"];

impl Node for CommandNode {
    fn type_name(&self) -> &'static str {
        "command"
    }

    fn span(&self) -> Option<&Span> {
        Some(&self.span)
    }

    fn declaration(&self) -> Value {
        let inputs: Vec<String> = self
            .inputs
            .iter()
            .map(|source| match source {
                Source::File(path) => path.to_string_lossy().into_owned(),
                Source::Node(node, None) => node.clone(),
                Source::Node(node, Some(output)) => format!("{node}#{output}"),
            })
            .collect();
        let mut run = vec![self.command.program.value.clone()];
        run.extend(self.command.args.iter().map(Argument::written));
        let outputs: Vec<&str> = self.command.outputs.iter().map(|o| o.value.as_str()).collect();
        let schemas = |all: Vec<&Arc<Schema>>| -> Vec<String> {
            all.into_iter().map(|schema| format!("{schema:?}")).collect()
        };
        let mut declared = json!({
            "version": VERSION,
            "run": run,
            "inputs": inputs,
            "outputs": outputs,
            "env": self.command.env,
            "timeoutMs": u64::try_from(self.command.bounds.wall.as_millis()).unwrap_or(u64::MAX),
            "memory": self.command.bounds.memory,
            "retries": self.command.retries,
        });
        // Only where there are some, so that other declarations are what they were.
        if !self.contracts.is_empty() || !self.relied.is_empty() {
            declared["contracts"] = schemas(self.contracts.values().collect()).into();
            declared["relied"] = schemas(self.relied.values().collect()).into();
        }
        declared
    }

    fn files(&self) -> Vec<PathBuf> {
        let file = |source: &Source| match source {
            Source::File(path) => Some(path.clone()),
            Source::Node(..) => None,
        };
        let schemas = self.contracts.values().chain(self.relied.values());
        let mut files: Vec<PathBuf> = self.inputs.iter().filter_map(file).collect();
        files.extend(schemas.map(|schema| schema.path.clone()));
        files.sort();
        files.dedup();
        files
    }

    fn seam(&self) -> Option<&str> {
        self.contracts.values().next().and_then(|schema| schema.path.to_str())
    }

    fn programs(&self) -> Vec<String> {
        vec![self.command.program.value.clone()]
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        for schema in self.contracts.values().chain(self.relied.values()) {
            schema.unchanged(&deps.files)?;
        }
        let inputs = self.inputs(deps)?;
        let mut args = Vec::with_capacity(self.command.args.len());
        for argument in &self.command.args {
            argument.expand(inputs.len(), self.command.outputs.len(), &mut args).map_err(
                |message| {
                    Diagnostic::usage("no-such-input", message)
                        .label(&self.span, format!("`{}` of this command", argument.written()))
                },
            )?;
        }
        let numbered = |index: usize| index.to_string();
        let action = Action {
            step: "command/run",
            version: VERSION,
            label: String::new(),
            program: Program::User(self.command.program.value.clone()),
            args,
            env: self.command.env.clone(),
            params: Value::Null,
            inputs: inputs.into_iter().enumerate().map(|(i, input)| (numbered(i), input)).collect(),
            outputs: self.named_outputs(),
            bounds: self.command.bounds,
            retries: self.command.retries,
            frames: None,
        };
        Ok(Plan { actions: vec![action] })
    }

    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let mut finish = Finish::default();
        for (name, digest) in done.actions.iter().flatten() {
            finish.outputs.insert(name.clone(), Output::Blob(*digest));
            let path = name.parse().ok().and_then(|index: usize| self.command.outputs.get(index));
            if let Some(path) = path {
                let publish = Publish {
                    content: Output::Blob(*digest),
                    path: Path::new(&path.value).to_owned(),
                };
                finish.publish.push(publish);
            }
        }
        Ok(finish)
    }
}
