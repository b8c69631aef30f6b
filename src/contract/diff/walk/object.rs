//! Properties.

use super::{Pair, Walk};
use crate::contract::diff::Rule;
use crate::contract::sample::{Shape, Step};
use serde_json::Value;
use std::collections::BTreeSet;

/// What an object says of properties that it does not declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Others {
    Refused,
    /// Any value.
    Open,
    /// Values of a schema.
    Of,
}

fn others(shape: &Shape) -> Others {
    let rest = shape.keywords.get("additionalProperties");
    // All choices are made here, so that what they did not evaluate is what is not declared.
    let rest = rest.or_else(|| shape.keywords.get("unevaluatedProperties"));
    match rest {
        None | Some(Value::Bool(true)) => Others::Open,
        Some(Value::Bool(false)) => Others::Refused,
        Some(Value::Object(schema)) if schema.is_empty() => Others::Open,
        Some(_) => Others::Of,
    }
}

impl Walk<'_> {
    pub(super) fn objects(&mut self, pair: &Pair<'_>) {
        let Pair { at, old, new } = pair;
        let names = |shape: &Shape| -> BTreeSet<String> {
            shape.properties().map(|(name, _)| name.clone()).collect()
        };
        let (before, after) = (names(old), names(new));
        for name in before.intersection(&after) {
            let (one, other) = (old.property(name), new.property(name));
            self.pair(&at.property(name), &one, &other);
        }
        let (of_old, of_new) = (others(old), others(new));
        for name in after.difference(&before) {
            let at = at.property(name);
            match of_old {
                Others::Refused => {
                    self.property(pair, &at, name, Rule::PropertyAdded, "a new property");
                }
                _ if new.property(name) == old.property(name) => {}
                Others::Open => {
                    let detail = "a new property; anything could stand here";
                    self.property(pair, &at, name, Rule::PropertyConstrained, detail);
                }
                Others::Of => {
                    let (one, other) = (old.property(name), new.property(name));
                    self.pair(&at, &one, &other);
                }
            }
        }
        for name in before.difference(&after) {
            let at = at.property(name);
            match of_new {
                Others::Refused => {
                    self.property(pair, &at, name, Rule::PropertyRemoved, "no longer allowed");
                }
                _ if new.property(name) == old.property(name) => {}
                Others::Open => {
                    let detail = "no longer declared; anything may stand here";
                    self.property(pair, &at, name, Rule::PropertyFreed, detail);
                }
                Others::Of => {
                    let (one, other) = (old.property(name), new.property(name));
                    self.pair(&at, &one, &other);
                }
            }
        }
        self.required(pair);
        self.rest(pair, of_old, of_new);
    }

    /// Tells of a property by the object that has it: it may be there or not.
    fn property(&mut self, pair: &Pair<'_>, at: &super::At, name: &str, rule: Rule, detail: &str) {
        let _ = name;
        let shown = super::At { place: at.place.clone(), ..pair.at.clone() };
        let here = Pair { at: &shown, old: pair.old, new: pair.new };
        self.tell(&here, rule, detail.to_owned());
    }

    fn required(&mut self, pair: &Pair<'_>) {
        let names =
            |shape: &Shape| -> BTreeSet<String> { shape.required().map(str::to_owned).collect() };
        let (before, after) = (names(pair.old), names(pair.new));
        for name in after.difference(&before) {
            let at = pair.at.property(name);
            let must = "it must be there now, and what was written before has none";
            self.property(pair, &at, name, Rule::RequiredAdded, must);
        }
        for name in before.difference(&after) {
            let at = pair.at.property(name);
            self.property(pair, &at, name, Rule::RequiredRemoved, "it need not be there any more");
        }
    }

    fn rest(&mut self, pair: &Pair<'_>, old: Others, new: Others) {
        match (old, new) {
            (Others::Refused, Others::Refused) | (Others::Open, Others::Open) => {}
            (Others::Refused, _) | (Others::Of, Others::Open) => {
                let detail = "properties that are not declared are allowed".to_owned();
                self.tell(pair, Rule::AdditionalPropertiesOpened, detail);
            }
            (_, Others::Refused) | (Others::Open, Others::Of) => {
                let detail = "properties that are not declared are refused".to_owned();
                self.tell(pair, Rule::AdditionalPropertiesClosed, detail);
            }
            (Others::Of, Others::Of) => {
                let at = pair.at.step("*", Step::Property("extra0".to_owned()));
                let (one, other) = (pair.old.additional("extra0"), pair.new.additional("extra0"));
                self.pair(&at, &one, &other);
            }
        }
    }
}
