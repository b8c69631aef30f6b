//! Texts of a form: from a pattern, a format or a length.

use super::count;
use super::random::Numbers;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Map, Value};

/// How often something is repeated beyond what it must be.
const OFTEN: u32 = 3;

/// Longest text that is made, in bytes, and steps through a pattern that one takes at most.
const LONGEST: usize = 65_536;

/// Words that a text without a form is made of.
const WORDS: [&str; 6] = ["a", "gorilla", "vogue", "rain", "🦍", "x y"];

/// A text that satisfies its keywords, as far as one of them can decide.
pub(super) fn make(keywords: &Map<String, Value>, numbers: &mut Numbers) -> Option<String> {
    let least = count(keywords, "minLength").unwrap_or(0);
    let most = count(keywords, "maxLength").unwrap_or(u64::MAX);
    if least > most || least > LONGEST as u64 {
        return None;
    }
    if let Some(pattern) = keywords.get("pattern").and_then(Value::as_str) {
        // A pattern that repeats less often than the length asks for is tried with more.
        let long = |often| of_pattern(pattern, often, &mut numbers.clone());
        let fits = |text: &String| (least..=most).contains(&(text.chars().count() as u64));
        let more = u32::try_from(least).unwrap_or(OFTEN).min(512);
        let made = [0, OFTEN, more].into_iter().filter_map(long).find(fits);
        let made = made.or_else(|| of_pattern(pattern, OFTEN, numbers));
        numbers.draw();
        return made;
    }
    let format = keywords.get("format").and_then(Value::as_str);
    if let Some(text) = format.and_then(of_format).filter(|_| least == 0) {
        return Some(text.to_owned());
    }
    let mut text =
        if numbers.is_plain() { "" } else { WORDS[numbers.below(WORDS.len())] }.to_owned();
    let missing = least.saturating_sub(text.chars().count() as u64);
    text.extend((0..missing).map(|_| 'x'));
    Some(text.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect())
}

/// An example of each format that validators know.
fn of_format(format: &str) -> Option<&'static str> {
    Some(match format {
        "date-time" => "2026-11-24T10:00:00Z",
        "date" => "2026-11-24",
        "time" => "10:00:00Z",
        "email" => "ann@example.org",
        "uri" | "iri" | "uri-reference" => "https://example.org/a",
        "uuid" => "6f1e3a52-5c3f-4e8f-9a3b-0d4f3a1b2c3d",
        "ipv4" => "127.0.0.1",
        "ipv6" => "::1",
        "hostname" => "example.org",
        "duration" => "PT1S",
        _ => return None,
    })
}

/// A text that a regular expression matches; none for what this engine does not know.
pub(super) fn of_pattern(pattern: &str, often: u32, numbers: &mut Numbers) -> Option<String> {
    let hir = regex_syntax::Parser::new().parse(pattern).ok()?;
    let mut text = String::new();
    write(&hir, often, numbers, (&mut text, &mut LONGEST.clone()))?;
    Some(text)
}

fn write(
    hir: &Hir,
    often: u32,
    numbers: &mut Numbers,
    (into, left): (&mut String, &mut usize),
) -> Option<()> {
    // Repetitions of repetitions are as long as their product.
    *left = left.checked_sub(1)?;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) if into.len() + literal.0.len() > LONGEST => return None,
        HirKind::Literal(literal) => into.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => into.push(one_of(class, numbers)?),
        HirKind::Repetition(repetition) => {
            let least = repetition.min;
            let most = repetition.max.unwrap_or(u32::MAX).min(least.saturating_add(often));
            let extra = match numbers.is_plain() {
                // A plain text is short, unless it is asked to be longer.
                true => most - least,
                false => u32::try_from(numbers.up_to(u64::from(most - least))).ok()?,
            };
            for _ in 0..least.checked_add(extra)?.min(4096) {
                write(&repetition.sub, often, numbers, (&mut *into, &mut *left))?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, often, numbers, (into, left))?,
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, often, numbers, (&mut *into, &mut *left))?;
            }
        }
        HirKind::Alternation(parts) => {
            write(&parts[numbers.below(parts.len())], often, numbers, (into, left))?;
        }
    }
    Some(())
}

/// A character of a class: a printable one of ASCII where it has one.
fn one_of(class: &Class, numbers: &mut Numbers) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => {
            class.ranges().iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect()
        }
        Class::Bytes(class) => {
            class.ranges().iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect()
        }
    };
    let printable: Vec<(u32, u32)> = ranges
        .iter()
        .map(|(from, to)| ((*from).max(0x21), (*to).min(0x7e)))
        .filter(|(from, to)| from <= to)
        .collect();
    let ranges = if printable.is_empty() { ranges } else { printable };
    let (from, to) = *ranges.get(numbers.below(ranges.len()))?;
    char::from_u32(from + u32::try_from(numbers.up_to(u64::from(to - from))).ok()?)
}
