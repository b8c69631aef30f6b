//! `critic_report`: what the critic says of a render.

use super::told::limit;
use crate::contract;
use crate::contract::geometry::Rect;
use crate::contract::verdict::{Decision, Finding, RuleResult, Severity, Verdict};
use crate::diagnostic::Diagnostic;
use crate::mcp::answer::Answer;
use crate::mcp::bound::{LONGEST_TEXT, shorten};
use crate::mcp::page;
use crate::mcp::resources::{self, Link, Part, Uri};
use crate::mcp::tool::{Call, Hints, Tool};
use crate::memefile::nearest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::Path;

pub struct CriticReport;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// A render in one profile: `hello@tiny`, as in `render:hello@tiny`.
    render: String,
    /// Findings of a page, 1 to 100; 30 where nothing is said.
    limit: Option<u32>,
    /// `next` of the page before, of the same render.
    cursor: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    render: String,
    decision: Decision,
    /// What it was held to.
    profile: String,
    /// Whether an earlier film, which was accepted, still lies under the render's name.
    accepted_before: bool,
    /// Breaches in all, on every page together.
    total: u64,
    /// Gravest first.
    findings: Vec<Breach>,
    /// Every rule, and how it ended.
    rules: Vec<RuleResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// One breach of one rule.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Breach {
    rule: String,
    /// Any `error` rejects.
    severity: Severity,
    message: String,
    /// With its unit: `-11.2 LUFS`.
    measured: String,
    /// With its unit: `at most -13 LUFS`.
    limit: String,
    /// Milliseconds, start and end, where it speaks of a part of the film.
    #[serde(skip_serializing_if = "Option::is_none")]
    range_ms: Option<[u64; 2]>,
    /// Canvas pixels, where it speaks of a place.
    #[serde(rename = "box", skip_serializing_if = "Option::is_none")]
    area: Option<Rect>,
    /// What to do about it.
    hint: String,
    /// Where that takes no thought: what of the arrangement becomes what, as `/captions/0/size = 40`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mends: Vec<String>,
}

impl Breach {
    fn of(found: &Finding) -> Self {
        let short = |text: &str| shorten(text, LONGEST_TEXT);
        let mends =
            found.patch.iter().map(|patch| short(&format!("{} = {}", patch.path, patch.value)));
        Self {
            rule: found.rule.clone(),
            severity: found.severity,
            message: short(&found.message),
            measured: short(&found.measured),
            limit: short(&found.limit),
            range_ms: found.range_ms,
            area: found.area,
            hint: short(&found.hint),
            mends: mends.collect(),
        }
    }
}

impl Tool for CriticReport {
    const NAME: &'static str = "critic_report";
    const TITLE: &'static str = "What the critic says";
    const ABOUT: &'static str = "Tells the newest verdict on a render: accepted or rejected, each \
        finding with what was measured, the limit, where and when, and how to mend it. Links to the \
        film and its poster.";
    const HINTS: Hints = Hints::LOOKS;
    type Input = Input;
    type Output = Output;

    fn run(call: &Call<'_>, input: Input) -> Result<Answer<Output>, Vec<Diagnostic>> {
        let one = |problem: Diagnostic| vec![problem];
        let limit = limit(input.limit, 30, 100)?;
        let root = &call.host.root;
        let name = input.render.trim_start_matches("render:").trim_start_matches("critic:");
        // What was rejected is newer than what lies beside it: accepting takes it away.
        let rejected = format!("{name}.rejected");
        let newest = [rejected.as_str(), name].into_iter().find_map(|own| {
            let links = resources::of_render(root, own);
            is_there(&links, Part::Verdict).then_some((own, links))
        });
        let Some((own, links)) = newest else { return Err(vec![unknown(root, name)]) };
        let uri = Uri::Of(Part::Verdict, own.to_owned());
        let content = resources::read(root, &uri.to_string()).map_err(one)?;
        let verdict: Verdict = contract::read(&content.bytes).map_err(|why| {
            let message = format!("`{}` is no verdict: {why}", content.link.path);
            vec![Diagnostic::error("contract-break", message).hint("`build` writes it anew")]
        })?;
        let question = page::question(&["critic", name, &verdict.subject.to_string()]);
        let total = verdict.findings.len() as u64;
        let cut = page::cut(verdict.findings, &question, input.cursor.as_deref(), limit);
        let (findings, next) = cut.map_err(one)?;
        let beside = resources::of_render(root, name);
        let document = Output {
            render: name.to_owned(),
            decision: verdict.decision,
            profile: verdict.profile,
            accepted_before: own == rejected && is_there(&beside, Part::Film),
            total,
            findings: findings.iter().map(Breach::of).collect(),
            rules: verdict.rules,
            next,
        };
        Ok(Answer { document, links, failed: false })
    }
}

fn is_there(links: &[Link], part: Part) -> bool {
    links.iter().any(|link| matches!(&link.uri, Uri::Of(own, _) if *own == part))
}

fn unknown(root: &Path, name: &str) -> Diagnostic {
    let message = format!("there is no verdict on a render `{}`", name.escape_debug());
    let problem = Diagnostic::usage("unknown-render", message);
    let all = resources::judged(root);
    match nearest(name, all.iter().map(String::as_str)) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint("`build` makes renders and has them judged; a render in a profile is named `NAME@PROFILE`"),
    }
}
