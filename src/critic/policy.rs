//! How strict the critic is: what a Memefile says of limits and gravity.

use super::rule::Rule;
use super::rules::RULES;
use super::rules::rights::{DENY_UNKNOWN, RIGHTS};
use super::unit::Unit;
use crate::contract::verdict::Severity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One limit of one rule.
#[derive(Debug)]
pub struct Threshold {
    /// The key in a Memefile: `max-black`.
    pub key: &'static str,
    pub unit: Unit,
    /// The limit unless the Memefile sets one; none where it follows from the delivery profile.
    pub default: Option<i64>,
    /// Values outside are mistakes.
    pub min: i64,
    pub max: i64,
    /// What it limits, one sentence.
    pub what: &'static str,
}

/// What becomes of a rule's breaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strictness {
    /// The rule is not looked at.
    Off,
    Info,
    Warning,
    /// A breach rejects.
    Error,
}

impl Strictness {
    pub const ALL: [Self; 4] = [Self::Off, Self::Info, Self::Warning, Self::Error];

    /// The word in a Memefile.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// What a word means for a rule: one of the four, or the word of that rule's own.
    pub fn of_rule(rule: &str, word: &str) -> Option<Self> {
        if rule == RIGHTS.id && word == DENY_UNKNOWN {
            return Some(Self::Error);
        }
        Self::ALL.into_iter().find(|strictness| strictness.as_str() == word)
    }

    fn severity(self) -> Option<Severity> {
        match self {
            Self::Off => None,
            Self::Info => Some(Severity::Info),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
        }
    }
}

/// Settings that differ from the defaults. Part of the key of a judgement, hence integers and
/// sorted maps.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Threshold key → value in the threshold's unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    limits: BTreeMap<String, i64>,
    /// Rule id → what becomes of its breaches.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    rules: BTreeMap<String, Strictness>,
}

/// Every threshold of every rule.
pub fn thresholds() -> impl Iterator<Item = &'static Threshold> {
    RULES.iter().flat_map(|rule| rule.thresholds.iter().copied())
}

/// Every key that a `[critic.*]` table may have: rule ids and threshold keys.
pub fn keys() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.id).chain(thresholds().map(|threshold| threshold.key))
}

impl Policy {
    /// Sets a limit. The message says what is wrong with it.
    pub fn set_limit(&mut self, key: &str, value: i64) -> Result<(), String> {
        let Some(threshold) = thresholds().find(|threshold| threshold.key == key) else {
            return Err(format!("the critic has no limit `{}`", key.escape_debug()));
        };
        let unit = threshold.unit;
        if !(threshold.min..=threshold.max).contains(&value) {
            return Err(format!(
                "{} is outside {} to {}",
                unit.show(value),
                unit.show(threshold.min),
                unit.show(threshold.max)
            ));
        }
        self.limits.insert(key.to_owned(), value);
        Ok(())
    }

    /// Sets what becomes of a rule's breaches.
    pub fn set_strictness(&mut self, rule: &str, strictness: Strictness) -> Result<(), String> {
        if !RULES.iter().any(|known| known.id == rule) {
            return Err(format!("the critic has no rule `{}`", rule.escape_debug()));
        }
        self.rules.insert(rule.to_owned(), strictness);
        Ok(())
    }

    /// One line of a `[critic.*]` table: a rule's id with `off`, `info`, `warning` or `error`, or
    /// a threshold's key with a value such as `-13 LUFS`.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        if let Some(threshold) = thresholds().find(|threshold| threshold.key == key) {
            return self.set_limit(key, threshold.unit.parse(value)?);
        }
        let Some(strictness) = Strictness::of_rule(key, value.trim()) else {
            self.clone().set_strictness(key, Strictness::Off)?;
            return Err("expected `off`, `info`, `warning` or `error`".to_owned());
        };
        self.set_strictness(key, strictness)
    }

    /// The gravity of a rule's breaches; none where it is off.
    pub fn severity_of(&self, rule: &Rule) -> Option<Severity> {
        match self.rules.get(rule.id) {
            Some(strictness) => strictness.severity(),
            None => rule.strictness.severity(),
        }
    }

    /// A limit that was set, else its default; none where it follows from the profile.
    pub fn find(&self, threshold: &Threshold) -> Option<i64> {
        self.limits.get(threshold.key).copied().or(threshold.default)
    }

    /// A limit that was set, else `profile`.
    pub fn limit_or(&self, threshold: &Threshold, profile: i64) -> i64 {
        self.find(threshold).unwrap_or(profile)
    }

    /// A limit that has a default.
    pub fn limit(&self, threshold: &Threshold) -> i64 {
        self.limit_or(threshold, threshold.max)
    }

    /// A limit that is never negative, for comparison with counts and times.
    pub fn positive(&self, threshold: &Threshold) -> u64 {
        u64::try_from(self.limit(threshold)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_sets_limits_and_rules() {
        let mut policy = Policy::default();
        policy.set("max-loudness", "-13 LUFS").expect("a limit");
        policy.set("frozen", "warning").expect("a rule");
        assert_eq!(
            serde_json::to_string(&policy).expect("json"),
            r#"{"limits":{"max-loudness":-1300},"rules":{"frozen":"warning"}}"#
        );
    }

    #[test]
    fn a_mistake_says_what_was_expected() {
        let mut policy = Policy::default();
        let mut mistake = |key, value| policy.set(key, value).expect_err("a mistake");
        insta::assert_snapshot!(mistake("max-loudness", "loud"),
            @"expected a number such as `-13 LUFS`");
        insta::assert_snapshot!(mistake("min-contrast", "40"), @"40:1 is outside 1:1 to 21:1");
        insta::assert_snapshot!(mistake("frozen", "maybe"),
            @"expected `off`, `info`, `warning` or `error`");
        insta::assert_snapshot!(mistake("frosen", "off"), @"the critic has no rule `frosen`");
        insta::assert_snapshot!(mistake("frosen", "3"), @"the critic has no rule `frosen`");
        assert_eq!(policy, Policy::default());
    }
}
