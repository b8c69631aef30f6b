//! `memebuild contract diff`.

use super::check::schema_file;
use super::{export::End, named};
use crate::cli::shared::{Globals, say, say_json};
use crate::contract::diff::{Answer, Break, Mode, Report, Rule, Verdict, compare_ends};
use crate::contract::schema::Side;
use crate::diagnostic::{Diagnostic, Exit};
use crate::report::text::shown;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::fmt::Write;

#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 every direction asked for was proved to hold, 1 something \
                        breaks or nobody could prove that it does not, 2 usage.")]
pub struct Arguments {
    /// The older: the file of a JSON Schema, or the name of a contract
    old: String,
    /// The newer
    new: String,
    /// Who must manage: new readers of old data, old readers of new data, or both
    #[arg(long, value_enum, default_value_t = Ask::Backward)]
    mode: Ask,
    /// Of a contract that is named, the form of this end [default: the writer's for who writes, the
    /// reader's for who reads]
    #[arg(long = "for", value_enum, value_name = "END")]
    end: Option<End>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ask {
    Backward,
    Forward,
    Full,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Result<Exit, Diagnostic> {
    let mode = match arguments.mode {
        Ask::Backward => Mode::Backward,
        Ask::Forward => Mode::Forward,
        Ask::Full => Mode::Full,
    };
    let side = |own| arguments.end.map_or(own, End::side);
    let schemas = |old, new| {
        let old = schema(globals, &arguments.old, side(old))?;
        Ok((old, schema(globals, &arguments.new, side(new))?))
    };
    let report = compare_ends(mode, schemas, |why| Diagnostic::usage("bad-schema", why))?;
    if globals.json() {
        say_json(&document(&report));
    } else {
        say(&text(&report));
    }
    Ok(if report.holds() { Exit::Ok } else { Exit::Failed })
}

fn schema(globals: &Globals, name: &str, side: Side) -> Result<Value, Diagnostic> {
    let path = globals.directory.join(name);
    if path.is_file() {
        return schema_file(&path);
    }
    named(name).map(|contract| contract.schema(side)).map_err(|problem| {
        problem.note("there is no file of that name either").hint("`memebuild contract ls`")
    })
}

fn document(report: &Report) -> Value {
    let plain = |list: &[(Rule, String, String)]| -> Vec<Value> {
        list.iter()
            .map(
                |(rule, place, detail)| json!({ "rule": rule.id(), "at": place, "detail": detail }),
            )
            .collect()
    };
    let broken = |found: &Break| {
        json!({
            "rule": found.rule.id(),
            "at": found.place,
            "detail": found.detail,
            "instance": found.instance,
        })
    };
    let answer = |answer: &Answer| {
        json!({
            "direction": answer.direction.as_str(),
            "verdict": answer.verdict.as_str(),
            "proof": answer.proof.as_str(),
            "breaks": answer.breaks.iter().map(broken).collect::<Vec<_>>(),
        })
    };
    json!({
        "schemaVersion": 1,
        "holds": report.holds(),
        "answers": report.answers.iter().map(answer).collect::<Vec<_>>(),
        "warnings": plain(&report.warnings),
        "harmless": plain(&report.harmless),
    })
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    for answer in &report.answers {
        let (who, whom) = match answer.direction.as_str() {
            "backward" => ("new readers", "old data"),
            _ => ("old readers", "new data"),
        };
        let _ = match answer.verdict {
            Verdict::Compatible => {
                writeln!(
                    out,
                    "{}: {who} take all {whom}, proved {}",
                    answer.direction.as_str(),
                    answer.proof.as_str()
                )
            }
            Verdict::Broken => {
                writeln!(out, "{}: {who} refuse some {whom}", answer.direction.as_str())
            }
            Verdict::Undecided => writeln!(
                out,
                "{}: undecided: nobody could prove that {who} take all {whom}, nor find any that \
                 they refuse",
                answer.direction.as_str()
            ),
        };
        let mut last = None;
        for found in &answer.breaks {
            broken(found, answer, last, &mut out);
            last = found.instance.as_ref();
        }
    }
    for (rule, place, detail) in &report.warnings {
        let _ = writeln!(out, "warning: {} at {}: {}", rule.id(), shown(place), shown(detail));
    }
    for (rule, place, detail) in &report.harmless {
        let _ =
            writeln!(out, "proved harmless: {} at {}: {}", rule.id(), shown(place), shown(detail));
    }
    out
}

/// One break; an instance that stands there already is not shown again.
fn broken(found: &Break, answer: &Answer, last: Option<&Value>, out: &mut String) {
    let _ =
        writeln!(out, "  {} at {}: {}", found.rule.id(), shown(&found.place), shown(&found.detail));
    let (writer, reader) = match answer.direction.as_str() {
        "backward" => ("old", "new"),
        _ => ("new", "old"),
    };
    match &found.instance {
        Some(instance) if last == Some(instance) => {
            let _ = writeln!(out, "    the same document shows it");
        }
        Some(instance) => {
            let _ = writeln!(
                out,
                "    the {writer} side accepts this and the {reader} one refuses it:"
            );
            let _ = writeln!(out, "    {}", shown(&instance.to_string()));
        }
        None if found.rule == Rule::VersionNotBumped => {}
        None if found.rule.is_about_meaning() => {
            let _ = writeln!(out, "    both accept the same JSON, and it means something else");
        }
        None => {}
    }
}
