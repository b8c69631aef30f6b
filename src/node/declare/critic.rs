//! `[critic.NAME]`: how strict the critic is.

use crate::contract::verdict::Severity;
use crate::memefile::{FromText, Wrong};
use crate::memefile::{FromValue, KeyDoc, Mistakes, Section, SectionDoc, words};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::registry::NodeType;
use crate::node::tool::Step;
use std::collections::BTreeMap;

/// What becomes of a breach of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleLevel {
    /// The rule is not asked.
    Off,
    On(Severity),
}

impl FromText for RuleLevel {
    const EXPECTED: &'static str = "a severity such as \"warning\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        words(
            text,
            &[
                ("error", Self::On(Severity::Error)),
                ("warning", Self::On(Severity::Warning)),
                ("info", Self::On(Severity::Info)),
                ("off", Self::Off),
            ],
        )
    }
}

/// What a `[critic.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Critic {
    /// Rule id → severity, where it is not the rule's own.
    pub rules: BTreeMap<String, RuleLevel>,
}

impl Declared for Critic {
    const SECTION: &'static str = "critic";
    const BUILT_IN: &'static [&'static str] = &["default"];
}

static DOC: SectionDoc = SectionDoc {
    kind: "critic",
    named: true,
    about: "How strict the critic is. `[critic.default]` holds for every render that names no \
other.",
    keys: &[KeyDoc::new(
        "rules",
        "table",
        "",
        "Rule id → `error` (rejects), `warning`, `info` or `off`.",
    )],
    example: r#"
[critic.default]
rules = { caption-reading-speed = "warning" }"#,
};

pub struct CriticType;

impl NodeType for CriticType {
    fn name(&self) -> &'static str {
        "critic"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn steps(&self) -> &'static [Step] {
        &crate::node::critic::STEPS
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let mut rules = BTreeMap::new();
        if let Some(value) = reader.value("rules") {
            match value.entries() {
                None => value.wrong_type::<()>("a table", mistakes).unwrap_or_default(),
                Some(entries) => {
                    for ((rule, _), level) in entries {
                        if let Some(level) = RuleLevel::from_value(&level, mistakes) {
                            rules.insert(rule.to_owned(), level);
                        }
                    }
                }
            }
        }
        catalogue.insert(section.name, section.span(mistakes), Critic { rules });
    }
}
