//! Conditions with a name: `duration:2s..8s`, `quality.noise>=50`, `mood:happy`.

use super::super::{mistake, tokens::tokens, usage::Use};
use super::lex::Word;
use super::value::{self, Unit};
use super::{Bounds, Flag, Leaf, Number, Pattern, Phrase, Property, Similar};
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::search::AssetName;
use crate::diagnostic::Diagnostic;
use std::ops::Range;

/// Between a name and a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `:`
    Has,
    /// `=`
    Equal,
    /// `~`
    About,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Names that mean something; any other is the namespace of a tag.
const NAMES: [&str; 25] = [
    "tag", "kind", "id", "creator", "title", "platform", "post", "url", "licence", "license",
    "use", "usable", "expires", "duration", "width", "height", "side", "ratio", "fps", "bytes",
    "quality", "sound", "still", "alpha", "similar",
];

/// Thousandths of their bits in which similar fingerprints differ, at most, where nobody says how
/// many: copies of one thing are within 190, of sound 200 or 250.
const USUAL_DISTANCE: u32 = 200;

/// One condition as it is written.
struct Field<'t> {
    text: &'t str,
    range: &'t Range<usize>,
    name: &'t str,
    part: Option<&'t str>,
    operator: Operator,
    value: &'t str,
}

/// The condition of a word that has a name and an operator; none where it is a plain word.
pub fn leaf(
    text: &str,
    word: &Word,
    range: &Range<usize>,
) -> Result<Option<Leaf>, Box<Diagnostic>> {
    let Some((head, operator, value)) = split(word) else { return Ok(None) };
    let (name, part) = match head.split_once('.') {
        Some((name, part)) => (name, Some(part)),
        None => (head, None),
    };
    let field = Field { text, range, name, part, operator, value };
    if value.is_empty() {
        return Err(field.wrong("a value is missing", "nothing stands behind the operator"));
    }
    if part.is_some() && name != "quality" {
        return Err(field.wrong(&format!("`{name}` has no parts"), "only `quality` has"));
    }
    field.leaf(head).map(Some)
}

/// Name, operator and value, where a word has a name: letters, digits, `-`, `_` and `.` before the
/// first operator that is not quoted.
fn split(word: &Word) -> Option<(&str, Operator, &str)> {
    let text = word.text.as_str();
    let at = text.find([':', '=', '<', '>', '~'])?;
    let head = &text[..at];
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if head.is_empty() || word.is_quoted(0) || word.is_quoted(at) || !head.chars().all(plain) {
        return None;
    }
    let table = [
        (">=", Operator::AtLeast),
        ("<=", Operator::AtMost),
        (">", Operator::More),
        ("<", Operator::Less),
        ("=", Operator::Equal),
        (":~", Operator::About),
        ("~", Operator::About),
        (":", Operator::Has),
    ];
    let (sign, operator) = table.into_iter().find(|(sign, _)| text[at..].starts_with(sign))?;
    Some((head, operator, &text[at + sign.len()..]))
}

/// The ratios of a shape that has a name, in thousandths.
fn shape(name: &str) -> Option<Bounds> {
    match name {
        "portrait" => Some(Bounds { min: 1, max: 979 }),
        "square" => Some(Bounds { min: 980, max: 1020 }),
        "landscape" => Some(Bounds { min: 1021, max: i64::MAX }),
        _ => None,
    }
}

impl Field<'_> {
    fn wrong(&self, message: &str, label: &str) -> Box<Diagnostic> {
        mistake(self.text, self.range.clone(), message, label)
    }

    fn leaf(&self, head: &str) -> Result<Leaf, Box<Diagnostic>> {
        let unknown = self.value == "none" && self.operator == Operator::Has;
        let or_unknown = |property: Property, leaf: Leaf| {
            // `licence:none`, and `-licence:none`, are asked more often than for the word.
            if unknown { Leaf::Unknown(property) } else { leaf }
        };
        match self.name {
            "duration" => self.number(Number::Duration, Unit::Milliseconds),
            "width" => self.number(Number::Width, Unit::Whole),
            "height" => self.number(Number::Height, Unit::Whole),
            "side" => self.number(Number::Side, Unit::Whole),
            "ratio" => match shape(self.value).filter(|_| self.operator == Operator::Has) {
                Some(bounds) => Ok(Leaf::Number(Number::Ratio, bounds)),
                None => self.number(Number::Ratio, Unit::Ratio),
            },
            "fps" => self.number(Number::Rate, Unit::Thousandths),
            "bytes" => self.number(Number::Bytes, Unit::Bytes),
            "expires" if unknown => Ok(Leaf::Unknown(Property::Expires)),
            "expires" => self.number(Number::Expires, Unit::Day),
            "quality" => match self.part {
                None => self.number(Number::Quality, Unit::Whole),
                Some(part) => Ok(Leaf::Part(part.to_lowercase(), self.bounds(Unit::Whole)?)),
            },
            _ if !matches!(self.operator, Operator::Has | Operator::Equal) => {
                if NAMES.contains(&self.name) {
                    let what = format!("`{}` cannot be compared by size", self.name);
                    return Err(self.wrong(&what, "write `:` here"));
                }
                let problem = self.wrong(
                    &format!("`{head}` is nothing that is measured"),
                    "no number has this name",
                );
                Err(Box::new(self.near(*problem)))
            }
            "tag" => Ok(or_unknown(Property::Tag, Leaf::Tag(Pattern::new(self.value)))),
            "kind" => self.kind(self.value).map(Leaf::Kind),
            "id" => Ok(Leaf::Id(Pattern::new(self.value))),
            "creator" if unknown => Ok(Leaf::Unknown(Property::Creator)),
            "creator" => self.phrase().map(Leaf::Creator),
            "title" if unknown => Ok(Leaf::Unknown(Property::Title)),
            "title" => self.phrase().map(Leaf::Title),
            "platform" => {
                Ok(or_unknown(Property::Platform, Leaf::Platform(Pattern::new(self.value))))
            }
            "post" => Ok(or_unknown(Property::Post, Leaf::Post(Pattern::new(self.value)))),
            "url" => Ok(or_unknown(Property::Url, Leaf::Url(Pattern::within(self.value)))),
            "licence" | "license" => {
                Ok(or_unknown(Property::Licence, Leaf::Licence(Pattern::new(self.value))))
            }
            "use" => self.usage(),
            "usable" => self.one(Unit::Day).map(Leaf::Usable),
            "sound" => self.flag(Flag::Sound),
            "still" => self.flag(Flag::Still),
            "alpha" => self.flag(Flag::Alpha),
            "similar" => self.similar(),
            _ => self.namespaced(head),
        }
    }

    /// `mood:happy`: a tag, unless the name is nearly one that is known.
    fn namespaced(&self, head: &str) -> Result<Leaf, Box<Diagnostic>> {
        let near = NAMES.iter().any(|name| head.len() > 3 && strsim::osa_distance(head, name) == 1);
        if near {
            let what = format!("`{head}` is no name that a query knows");
            let problem = *self.wrong(&what, "neither a field nor likely a tag's namespace");
            return Err(Box::new(
                self.near(problem).hint(format!(
                    "`tag:{head}:{}` asks for such a tag",
                    self.value.escape_debug()
                )),
            ));
        }
        Ok(Leaf::Tag(Pattern::new(&format!("{head}:{}", self.value))))
    }

    fn near(&self, problem: Diagnostic) -> Diagnostic {
        let best = NAMES.iter().min_by_key(|name| strsim::osa_distance(self.name, name));
        match best.filter(|name| strsim::osa_distance(self.name, name) <= 2) {
            Some(name) => problem.hint(format!("did you mean `{name}`?")),
            None => problem.note(format!("names are {}", NAMES.join(", "))),
        }
    }

    fn phrase(&self) -> Result<Phrase, Box<Diagnostic>> {
        let found = tokens(self.value);
        if found.is_empty() {
            return Err(self.wrong("a word of the query is empty", "a letter or a digit is needed"));
        }
        Ok(Phrase { tokens: found, prefix: self.value.ends_with('*') })
    }

    fn kind(&self, text: &str) -> Result<AssetKind, Box<Diagnostic>> {
        text.parse().map_err(|()| {
            let known = AssetKind::ALL.map(AssetKind::as_str).join(", ");
            let what = format!("`{}` is no kind of asset", text.escape_debug());
            self.wrong(&what, &format!("kinds are {known}"))
        })
    }

    fn flag(&self, flag: Flag) -> Result<Leaf, Box<Diagnostic>> {
        match self.value {
            "yes" => Ok(Leaf::Flag(flag, true)),
            "no" => Ok(Leaf::Flag(flag, false)),
            _ => Err(self.wrong(&format!("`{}` is `yes` or `no`", self.name), "not one of these")),
        }
    }

    fn usage(&self) -> Result<Leaf, Box<Diagnostic>> {
        let known = Use::ALL.map(Use::as_str).join(", ");
        let found = Use::ALL.into_iter().find(|usage| usage.as_str() == self.value);
        let what = format!("`{}` is no use that licences tell of", self.value.escape_debug());
        found.map(Leaf::Use).ok_or_else(|| self.wrong(&what, &format!("uses are {known}")))
    }

    /// `similar:gorilla`, `similar:music/vogue~120`.
    fn similar(&self) -> Result<Leaf, Box<Diagnostic>> {
        let (name, distance) = match self.value.split_once('~') {
            None => (self.value, USUAL_DISTANCE),
            Some((name, distance)) => match distance.parse::<u32>() {
                Ok(distance) if distance <= 1000 => (name, distance),
                _ => {
                    let what = "a distance is thousandths of the bits that differ, 0 to 1000";
                    return Err(self.wrong(what, "as in `similar:ID~120`"));
                }
            },
        };
        let (kind, id) = match name.parse::<AssetName>() {
            Ok(name) => (Some(name.kind), name.id),
            Err(_) => match AssetId::try_from(name.to_owned()) {
                Ok(id) => (None, id),
                Err(why) => return Err(self.wrong(&why, "neither `ID` nor `KIND/ID`")),
            },
        };
        Ok(Leaf::Similar(Similar { kind, id, distance }))
    }

    fn number(&self, number: Number, unit: Unit) -> Result<Leaf, Box<Diagnostic>> {
        Ok(Leaf::Number(number, self.bounds(unit)?))
    }

    fn one(&self, unit: Unit) -> Result<i64, Box<Diagnostic>> {
        value::read(self.value, unit).ok_or_else(|| {
            let what = format!("`{}` is not {}", self.value.escape_debug(), unit.expected());
            self.wrong(&what, "not understood")
        })
    }

    /// The numbers that operator and value allow.
    fn bounds(&self, unit: Unit) -> Result<Bounds, Box<Diagnostic>> {
        let all = Bounds { min: i64::MIN, max: i64::MAX };
        let range = self
            .value
            .split_once("..")
            .filter(|_| matches!(self.operator, Operator::Has | Operator::Equal));
        if let Some((from, to)) = range {
            let end = |text: &str, open: i64| match text {
                "" => Ok(open),
                _ => value::read(text, unit).ok_or_else(|| {
                    let what = format!("`{}` is not {}", text.escape_debug(), unit.expected());
                    self.wrong(&what, "not understood")
                }),
            };
            let bounds = Bounds { min: end(from, i64::MIN)?, max: end(to, i64::MAX)? };
            if bounds.min > bounds.max {
                return Err(self.wrong("the range ends before it begins", "nothing lies in it"));
            }
            return Ok(bounds);
        }
        let number = self.one(unit)?;
        Ok(match self.operator {
            Operator::Equal => Bounds { min: number, max: number },
            Operator::Has => unit.near(number),
            Operator::About => unit.about(number),
            Operator::Less => Bounds { max: number.saturating_sub(1), ..all },
            Operator::AtMost => Bounds { max: number, ..all },
            Operator::More => Bounds { min: number.saturating_add(1), ..all },
            Operator::AtLeast => Bounds { min: number, ..all },
        })
    }
}
