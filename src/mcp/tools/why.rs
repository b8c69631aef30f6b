//! `why`: what a node ran for.

use crate::contract::cause::Cause;
use crate::contract::event::Status;
use crate::diagnostic::Diagnostic;
use crate::engine::log;
use crate::mcp::answer::Answer;
use crate::mcp::bound::{LONGEST_TEXT, shorten};
use crate::mcp::tool::{Call, Hints, Tool};
use crate::memefile::nearest;
use crate::report::why::{Told, tell};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub struct Why;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A node: `render:hello@tiny`.
    node: String,
    /// In this build, or the newest before it that did something to the node. Nothing for the last.
    build: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    node: String,
    /// Whether the last build found it up to date; what follows is of an earlier one then.
    fresh_in_last_build: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    build: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// What somebody changed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    /// From the node to the root of the cause.
    chain: Vec<Link>,
    /// Each action, whether it was found in the cache, and why not.
    actions: Vec<Action>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// A node on the way to the root.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Link {
    node: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
}

/// One action of the node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Action {
    step: String,
    hit: bool,
    why: String,
}

/// Nodes of the chain, and actions; the rest is of the same kind.
const MOST: usize = 50;

impl Tool for Why {
    const NAME: &'static str = "why";
    const TITLE: &'static str = "Why a node ran";
    const ABOUT: &'static str = "Tells why a node ran, was found in the cache, was cut off or failed: \
        what was changed, where, from what to what, and the way from there to the node.";
    const HINTS: Hints = Hints::LOOKS;
    type Input = Input;
    type Output = Output;

    fn run(call: &Call<'_>, input: Input) -> Result<Answer<Output>, Vec<Diagnostic>> {
        let project = call.host.project()?;
        let records = project.records();
        let mut builds = log::builds(&project.cache);
        let last = builds.first().cloned();
        if let Some(upto) = &input.build {
            builds.retain(|build| build <= upto || build.starts_with(upto.as_str()));
        }
        let events = |build: &String| log::read(&project.cache, build).unwrap_or_default();
        let told = builds.iter().find_map(|build| tell(&events(build), &input.node));
        let record = records.get(&input.node);
        if told.is_none() && record.is_none() {
            let message = format!("no build knows a node `{}`", input.node.escape_debug());
            let problem = Diagnostic::usage("unknown-target", message);
            let names = records.names("");
            let near = nearest(&input.node, names.iter().map(String::as_str));
            return Err(vec![match near {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint("`plan` with `all` lists every node; build it first"),
            }]);
        }
        let fresh = match (&told, &last) {
            (Some(told), Some(last)) => told.build != *last && input.build.is_none(),
            (told, _) => told.is_none(),
        };
        Ok(document(input.node, told, fresh).into())
    }
}

fn document(node: String, told: Option<Told>, fresh_in_last_build: bool) -> Output {
    let root = told.as_ref().and_then(Told::root).map(ToString::to_string);
    let Some(told) = told else {
        return Output {
            node,
            fresh_in_last_build,
            build: None,
            status: None,
            why: None,
            root,
            chain: Vec::new(),
            actions: Vec::new(),
            notes: Vec::new(),
        };
    };
    let short = |text: &str| shorten(text, LONGEST_TEXT);
    let chain = told.chain.into_iter().take(MOST);
    let actions = told.actions.into_iter().take(MOST);
    Output {
        node,
        fresh_in_last_build,
        build: Some(told.build),
        status: Some(told.status),
        why: Some(short(&told.why)),
        root: root.as_deref().map(short),
        chain: chain
            .map(|link| Link { node: link.node, status: link.status, cause: link.cause })
            .collect(),
        actions: actions.map(|(step, hit, why)| Action { step, hit, why: short(&why) }).collect(),
        notes: told.notes.iter().take(MOST).map(|note| short(note)).collect(),
    }
}
