//! `[critic.NAME]`: how strict the critic is. Its keys are the rules and limits of the critic's own
//! registry.

use crate::critic::policy::thresholds;
use crate::critic::rules::rights::RIGHTS;
use crate::critic::{Policy, RULES, Strictness, Threshold, Unit};
use crate::diagnostic::Diagnostic;
use crate::memefile::{
    FromText, KeyDoc, Mistakes, Reader, Section, SectionDoc, Value, Wrong, words,
};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::critic;
use crate::node::registry::NodeType;
use crate::node::tool::Step;
use std::sync::LazyLock;
use toml::de::DeValue;

/// What a `[critic.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Critic {
    pub policy: Policy,
}

impl Declared for Critic {
    const SECTION: &'static str = "critic";
    const BUILT_IN: &'static [&'static str] = &["default"];
}

/// The policy of a name: declared, else every rule's own limits.
pub fn resolve(name: &str, catalogue: &Catalogue) -> Policy {
    catalogue.get::<Critic>(name).map(|critic| critic.policy.clone()).unwrap_or_default()
}

const STRICTNESS: &str = "`error`, `warning`, `info` or `off`";

/// And for what is known of rights.
const OF_RIGHTS: &str = "`error`, `warning`, `info`, `off` or `deny-unknown`";

static DOC: LazyLock<SectionDoc> = LazyLock::new(|| SectionDoc {
    kind: "critic",
    named: true,
    about: "How strict the critic is. `[critic.default]` holds for every render that names no \
other. A key is a rule, and says what becomes of a breach of it: `error` rejects the render, \
`warning` and `info` are only told, and `off` does not look. Or it is a limit that a rule measures \
against. A limit without a default follows from the profile.",
    keys: keys().leak(),
    example: r#"
[critic.default]
max-loudness = "-13 LUFS"
max-black = "1.5s"
caption-reading-speed = "warning"
rights = "deny-unknown"
release-day = "2027-01-31""#,
});

/// The keys, made once from the registry of rules: each rule, then its limits.
fn keys() -> Vec<KeyDoc> {
    let mut keys: Vec<KeyDoc> = Vec::new();
    for rule in RULES {
        let default = format!("\"{}\"", rule.strictness.as_str()).leak();
        let words = if rule.id == RIGHTS.id { OF_RIGHTS } else { STRICTNESS };
        keys.push(KeyDoc::new(rule.id, words, default, rule.what));
        for threshold in rule.thresholds {
            if keys.iter().all(|key| key.name != threshold.key) {
                keys.push(limit(threshold));
            }
        }
    }
    keys
}

fn limit(threshold: &'static Threshold) -> KeyDoc {
    let show = |value| written(threshold.unit, value);
    let kind = format!("{} to {}", show(threshold.min), show(threshold.max)).leak();
    let default = threshold.default.map_or("", |value| show(value).leak());
    KeyDoc::new(threshold.key, kind, default, threshold.what)
}

/// A limit as it is written in a Memefile: in quotes if it has a unit.
fn written(unit: Unit, value: i64) -> String {
    if has_unit(unit) { format!("\"{}\"", unit.show(value)) } else { plain(unit, value) }
}

/// Whether a bare number would leave the unit to guessing.
fn has_unit(unit: Unit) -> bool {
    !matches!(unit, Unit::Count | Unit::Milli | Unit::Ratio)
}

fn plain(unit: Unit, value: i64) -> String {
    let shown = unit.show(value);
    shown.strip_suffix(":1").unwrap_or(&shown).to_owned()
}

pub struct CriticType;

impl NodeType for CriticType {
    fn name(&self) -> &'static str {
        "critic"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn steps(&self) -> &'static [Step] {
        &critic::STEPS
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let mut policy = Policy::default();
        for key in DOC.keys {
            let Some(value) = reader.value(key.name) else { continue };
            let set = match thresholds().find(|threshold| threshold.key == key.name) {
                Some(threshold) => set_limit(&mut policy, threshold, &value, mistakes),
                None => strictness(key.name, &reader)
                    .map_or(Ok(()), |strictness| policy.set_strictness(key.name, strictness)),
            };
            if let Err(why) = set {
                let expected = "an acceptable limit";
                mistakes.report(value.wrong("wrong-value", expected, why, mistakes));
            }
        }
        catalogue.insert(section.name, section.span(mistakes), Critic { policy });
    }
}

/// Reads a limit: text with its unit, or a number where the unit is none.
fn set_limit(
    policy: &mut Policy,
    threshold: &Threshold,
    value: &Value<'_>,
    mistakes: &Mistakes,
) -> Result<(), String> {
    let unit = threshold.unit;
    let number = match value.get() {
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::String(text) => text.to_string(),
        _ => {
            value.wrong_type::<()>(limit_kind(unit), mistakes);
            return Ok(());
        }
    };
    let parsed = unit.parse(&number)?;
    let bare = number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'_'));
    if bare && unit != Unit::Day && has_unit(unit) {
        let message = format!("{} has no unit", value.name());
        let diagnostic = Diagnostic::usage("wrong-unit", message)
            .label(&mistakes.span(value.range()), "a number of what?")
            .hint(format!("write \"{}\"", unit.show(parsed)));
        mistakes.report(diagnostic);
        return Ok(());
    }
    policy.set_limit(threshold.key, parsed)
}

/// What is to become of a rule's breaches; a rule may know a word of its own.
fn strictness(rule: &'static str, reader: &Reader<'_, '_>) -> Option<Strictness> {
    let word = reader.value(rule).and_then(|value| value.as_str());
    match word.and_then(|word| Strictness::of_rule(rule, word)) {
        Some(strictness) => Some(strictness),
        None => reader.get(rule),
    }
}

fn limit_kind(unit: Unit) -> &'static str {
    if has_unit(unit) { "a limit with its unit" } else { "a number" }
}

impl FromText for Strictness {
    const EXPECTED: &'static str = "a strictness such as \"warning\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        words(
            text,
            &[
                ("error", Self::Error),
                ("warning", Self::Warning),
                ("info", Self::Info),
                ("off", Self::Off),
            ],
        )
    }
}
