//! `memebuild credits`: what is to be said under the films, and what is not known.

use super::complete::nodes;
use super::shared::{Globals, say, say_json};
use crate::contract;
use crate::contract::rights::{Credit, credits_text, day};
use crate::contract::verdict::Verdict;
use crate::diagnostic::{Diagnostic, Exit, Level};
use crate::engine::project::Project;
use crate::graph::select::select;
use crate::store::Cas;
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Names of nodes, or globs over them [default: every render]
    #[arg(add = nodes())]
    targets: Vec<String>,
}

/// One film, and what it is made of.
struct Film {
    name: String,
    /// None where it has not been judged yet.
    credits: Option<Vec<Credit>>,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    let films = match films(&project, &arguments.targets) {
        Ok(films) => films,
        Err(mistakes) => return globals.complain(&mistakes),
    };
    if globals.json() {
        let films: Vec<_> = films
            .iter()
            .map(|film| json!({ "render": film.name, "credits": film.credits }))
            .collect();
        say_json(&json!({ "schemaVersion": 1, "renders": films }));
        return Exit::Ok;
    }
    let credits: BTreeSet<Credit> =
        films.iter().filter_map(|film| film.credits.as_ref()).flatten().cloned().collect();
    let credits: Vec<Credit> = credits.into_iter().collect();
    say(&credits_text(&credits).unwrap_or_default());
    globals.complain(&gaps(&films, &credits));
    Exit::Ok
}

/// The films that are meant, with the credits of their last verdicts.
fn films(project: &Project, targets: &[String]) -> Result<Vec<Film>, Vec<Diagnostic>> {
    let graph = project.open()?.graph;
    let wanted = select(&graph, targets)?;
    let records = project.records();
    let credits = |node: &str| {
        let verdict = records.get(node)?.outputs.get("verdict")?.digest();
        let bytes = project.store.bytes(&verdict).ok()?;
        contract::read::<Verdict>(&bytes).ok().map(|verdict| verdict.credits)
    };
    let critics = graph.order().iter().filter(|index| wanted[index.index()]).filter_map(|index| {
        let name = graph.entry(*index).name.as_str();
        let film = name.strip_prefix("critic:")?;
        Some(Film { name: film.to_owned(), credits: credits(name) })
    });
    let mut films: Vec<Film> = critics.collect();
    films.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(films)
}

/// What stands in the way of saying everything.
fn gaps(films: &[Film], credits: &[Credit]) -> Vec<Diagnostic> {
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let name = |credit: &Credit| format!("{}/{}", credit.kind, credit.id);
    let unbuilt = films.iter().filter(|film| film.credits.is_none()).map(|film| film.name.clone());
    let unknown = credits.iter().filter(|credit| credit.provenance.licence.is_none()).map(name);
    let over = |credit: &&Credit| {
        let last = credit.provenance.expires.as_deref().and_then(day);
        last.zip(day(&today)).is_some_and(|(last, today)| last < today)
    };
    let expired = credits.iter().filter(over).map(name);
    let gap = |code, what: &str, names: Vec<String>, hint: &str| {
        let names = match names.as_slice() {
            [] => return None,
            [first, second, third, _, ..] => {
                format!("{first}, {second}, {third} and {} more", names.len() - 3)
            }
            few => few.join(", "),
        };
        let diagnostic = Diagnostic::error(code, format!("{what}: {names}")).hint(hint);
        Some(Diagnostic { level: Level::Warning, ..diagnostic })
    };
    [
        gap("not-judged", "not built yet", unbuilt.collect(), "`memebuild` builds and judges them"),
        gap(
            "no-licence",
            "the licence is not known",
            unknown.collect(),
            "say `licence` in the source; `critic.rights = \"deny-unknown\"` rejects such renders",
        ),
        gap(
            "expired",
            "the licence has ended",
            expired.collect(),
            "use another asset; `critic.release-day` rejects such renders beforehand",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}
