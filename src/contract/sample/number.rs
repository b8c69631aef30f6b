//! Numbers between bounds.

use super::random::Numbers;
use serde_json::{Map, Number, Value};

/// How far a number goes of own accord.
const FAR: i128 = 1000;

/// Beyond what JSON holds as a whole number, and near enough to reckon with: 2^70.
const FARTHEST: f64 = 1_180_591_620_717_411_303_424.0;

/// A number within the bounds of its keywords.
pub(super) fn make(
    keywords: &Map<String, Value>,
    whole: bool,
    numbers: &mut Numbers,
) -> Option<Value> {
    let (least, most) = bounds(keywords);
    let step = keywords.get("multipleOf").and_then(whole_number).filter(|step| *step > 0);
    let step = step.unwrap_or(1);
    let (least, most) = match (least, most) {
        (Some(least), Some(most)) => (least, most),
        (Some(least), None) => (least, least.saturating_add(FAR * step)),
        (None, Some(most)) => (most.saturating_sub(FAR * step), most),
        (None, None) => (0, FAR * step),
    };
    let first = ceil_to(least, step);
    if first > most {
        return if whole { None } else { between(keywords) };
    }
    let steps = (most - first) / step;
    let chosen = numbers.up_to(u64::try_from(steps.min(i128::from(u64::MAX))).ok()?);
    value(first + i128::from(chosen) * step)
}

/// The least and the greatest whole number that the keywords allow.
pub(super) fn bounds(keywords: &Map<String, Value>) -> (Option<i128>, Option<i128>) {
    let at = |name: &str| keywords.get(name);
    let least = [
        at("minimum").and_then(ceil),
        at("exclusiveMinimum").and_then(|n| floor(n).map(|n| n + 1)),
    ];
    let most = [
        at("maximum").and_then(floor),
        at("exclusiveMaximum").and_then(|n| ceil(n).map(|n| n - 1)),
    ];
    (least.into_iter().flatten().max(), most.into_iter().flatten().min())
}

/// A fraction between bounds that no whole number fits between.
fn between(keywords: &Map<String, Value>) -> Option<Value> {
    let at = |a: &str, b: &str| keywords.get(a).or_else(|| keywords.get(b))?.as_f64();
    let least = at("minimum", "exclusiveMinimum")?;
    let most = at("maximum", "exclusiveMaximum")?;
    (least <= most).then(|| Number::from_f64((least + most) / 2.0).map(Value::Number))?
}

pub(super) fn whole_number(value: &Value) -> Option<i128> {
    let whole = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    whole.or_else(|| value.as_f64().filter(|n| n.fract() == 0.0).map(near))
}

fn near(number: f64) -> i128 {
    number.clamp(-FARTHEST, FARTHEST) as i128
}

fn ceil(value: &Value) -> Option<i128> {
    whole_number(value).or_else(|| value.as_f64().map(|n| near(n.ceil())))
}

fn floor(value: &Value) -> Option<i128> {
    whole_number(value).or_else(|| value.as_f64().map(|n| near(n.floor())))
}

fn ceil_to(number: i128, step: i128) -> i128 {
    let rest = number.rem_euclid(step);
    if rest == 0 { number } else { number.saturating_add(step - rest) }
}

/// As JSON holds it.
pub(super) fn value(number: i128) -> Option<Value> {
    i64::try_from(number).map(Value::from).or_else(|_| u64::try_from(number).map(Value::from)).ok()
}
