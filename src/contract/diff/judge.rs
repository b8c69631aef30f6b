//! From changes to an answer that is proved.

use super::witness::{self, End};
use super::{Answer, Break, Change, Direction, Effect, Mode, Proof, Report, Rule, Site, Verdict};
use super::{include, walk};
use crate::contract::schema::{Side, version};
use jsonschema::canonical::Containment;
use serde_json::{Map, Value, json};

/// Compares two schemas of one contract.
///
/// # Errors
/// Which of the two is not a JSON Schema, and why.
pub fn compare(old: &Value, new: &Value, mode: Mode) -> Result<Report, String> {
    let versions = (version(old), version(new));
    // Two versions differ in their number by definition; that one has none is a change.
    let both = versions.0.zip(versions.1).filter(|(old, new)| old.0 == new.0).map(|(old, _)| old.0);
    let body = |schema: &Value| match both {
        Some(key) => without_version(schema, key),
        None => schema.clone(),
    };
    let (old, new) = (without_words(body(old)), without_words(body(new)));
    let ends = (
        End::new(&old).map_err(|why| format!("the first is not a JSON Schema: {why}"))?,
        End::new(&new).map_err(|why| format!("the second is not a JSON Schema: {why}"))?,
    );
    let changes = if old == new { Vec::new() } else { walk::changes(&old, &new) };
    let mut judged = Vec::new();
    let mut answers = Vec::new();
    for direction in mode.directions() {
        let (answer, harmless) = answer(*direction, &ends.0, &ends.1, &changes);
        judged.push(harmless);
        answers.push(answer);
    }
    let told = |change: &Change| (change.rule, change.place.clone(), change.detail.clone());
    let harmless = (0..changes.len())
        .filter(|at| judged.iter().all(|harmless| harmless[*at]))
        .filter(|at| {
            let breaks = |d: &Direction| changes[*at].rule.effect(*d) == Effect::Break;
            mode.directions().iter().any(breaks)
        })
        .map(|at| told(&changes[at]))
        .collect();
    let warns =
        |change: &&Change| mode.directions().iter().any(|d| change.rule.effect(*d) == Effect::Warn);
    let warnings = changes.iter().filter(warns).map(told).collect();
    let mut report = Report { answers, warnings, harmless };
    say_versions(&mut report, versions);
    name_version(&mut report, versions);
    Ok(report)
}

/// Compares two versions of a contract of which each end has a form of its own: what is written is in
/// the producer's, and what reads it in the consumer's. `schemas` has those of the old and the new
/// version for these ends.
///
/// # Errors
/// What `schemas` says; `bad`, of which of the two is not a JSON Schema, and why.
pub fn compare_ends<E>(
    mode: Mode,
    schemas: impl Fn(Side, Side) -> Result<(Value, Value), E>,
    bad: impl Fn(String) -> E,
) -> Result<Report, E> {
    let mut report: Option<Report> = None;
    for direction in mode.directions() {
        let (old, new, mode) = match direction {
            Direction::Backward => (Side::Producer, Side::Consumer, Mode::Backward),
            Direction::Forward => (Side::Consumer, Side::Producer, Mode::Forward),
        };
        let (old, new) = schemas(old, new)?;
        let next = compare(&old, &new, mode).map_err(&bad)?;
        report = Some(match report {
            None => next,
            Some(first) => first.and(next),
        });
    }
    Ok(report.unwrap_or_default())
}

/// The answer in one direction, and which changes harm nobody there.
fn answer(
    direction: Direction,
    old: &End<'_>,
    new: &End<'_>,
    changes: &[Change],
) -> (Answer, Vec<bool>) {
    let (writer, reader) = match direction {
        Direction::Backward => (old, new),
        Direction::Forward => (new, old),
    };
    let sites = |change: &Change| -> (Site, Site) {
        let (old, new) = (change.old.clone(), change.new.clone());
        match direction {
            Direction::Backward => (old, new),
            Direction::Forward => (new, old),
        }
    };
    let suspects: Vec<usize> = (0..changes.len())
        .filter(|at| changes[*at].rule.effect(direction) == Effect::Break)
        .collect();
    let mut breaks = Vec::new();
    let mut harmless = vec![true; changes.len()];
    let mut unproved = Vec::new();
    for at in suspects {
        let change = &changes[at];
        let told = |instance| Break {
            rule: change.rule,
            place: change.place.clone(),
            detail: change.detail.clone(),
            instance,
        };
        if change.rule.is_about_meaning() {
            harmless[at] = false;
            breaks.push(told(None));
            continue;
        }
        let (own, other) = sites(change);
        match witness::at_place((writer, &own), (reader, &other)) {
            Some(instance) => {
                harmless[at] = false;
                breaks.push(told(Some(instance)));
            }
            None => unproved.push(at),
        }
    }
    let shown = breaks.iter().any(|found| found.instance.is_some());
    let (verdict, proof) = if shown {
        (Verdict::Broken, Proof::Instance)
    } else {
        whole(direction, writer, reader, &mut breaks)
    };
    if verdict == Verdict::Undecided {
        // Nobody knows which of them it is.
        for at in unproved {
            let change = &changes[at];
            harmless[at] = false;
            breaks.push(Break {
                rule: change.rule,
                place: change.place.clone(),
                detail: change.detail.clone(),
                instance: None,
            });
        }
    }
    // What means something else breaks, whatever was proved about the form.
    let (verdict, proof) = match verdict {
        Verdict::Compatible if !breaks.is_empty() => (Verdict::Broken, Proof::Meaning),
        verdict => (verdict, proof),
    };
    breaks.sort_by(|a, b| (&a.place, a.rule).cmp(&(&b.place, b.rule)));
    (Answer { direction, verdict, proof, breaks }, harmless)
}

/// Decides over the whole, where no change led to an instance.
fn whole(
    direction: Direction,
    writer: &End<'_>,
    reader: &End<'_>,
    breaks: &mut Vec<Break>,
) -> (Verdict, Proof) {
    if include::includes(writer.document, reader.document) {
        return (Verdict::Compatible, Proof::Parts);
    }
    let unnamed = |instance| Break {
        rule: match direction {
            Direction::Backward => Rule::Narrowed,
            Direction::Forward => Rule::Widened,
        },
        place: "/".to_owned(),
        detail: "some documents are refused".to_owned(),
        instance,
    };
    if let Some(instance) = witness::anywhere(writer, reader) {
        breaks.push(unnamed(Some(instance)));
        return (Verdict::Broken, Proof::Instance);
    }
    match include::covers(reader.document, writer.document) {
        Some(Containment::Yes) => (Verdict::Compatible, Proof::Covers),
        Some(Containment::No) => {
            breaks.push(unnamed(None));
            (Verdict::Broken, Proof::Covers)
        }
        Some(Containment::Unknown) | None => (Verdict::Undecided, Proof::None),
    }
}

/// What a schema says of the version of its documents: the field, and the number.
type Version = Option<(&'static str, u64)>;

/// The schema of the body.
fn without_version(schema: &Value, key: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.shift_remove(key);
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|name| name != &json!(key));
    }
    schema
}

/// What only people read at the head of a schema.
fn without_words(mut schema: Value) -> Value {
    if let Some(object) = schema.as_object_mut() {
        object.shift_remove("$id");
        object.shift_remove("title");
    }
    schema
}

/// Instances are whole documents: their writer puts its version in front.
fn say_versions(report: &mut Report, (old, new): (Version, Version)) {
    for answer in &mut report.answers {
        let writer = match answer.direction {
            Direction::Backward => old,
            Direction::Forward => new,
        };
        let both = old.zip(new).is_some_and(|(old, new)| old.0 == new.0);
        let Some((key, version)) = writer.filter(|_| both) else { continue };
        for instance in answer.breaks.iter_mut().filter_map(|found| found.instance.as_mut()) {
            if let Value::Object(body) = instance {
                let mut whole = Map::from_iter([(key.to_owned(), version.into())]);
                whole.append(body);
                *body = whole;
            }
        }
    }
}

/// What the numbers of the versions have to say about breaks.
fn name_version(report: &mut Report, versions: (Version, Version)) {
    let (Some((key, old)), Some((_, new))) = versions else { return };
    for answer in &mut report.answers {
        let detail = if answer.verdict != Verdict::Broken {
            continue;
        } else if old == new {
            format!("both are version {old}: a break needs a higher one")
        } else {
            continue;
        };
        let (rule, place) = (Rule::VersionNotBumped, format!("/{key}"));
        answer.breaks.push(Break { rule, place, detail, instance: None });
    }
}
