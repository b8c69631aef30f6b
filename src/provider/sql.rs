//! The part of a question that a database can select by: conditions over the columns that both of
//! ours have. What cannot be said in SQL is left out, so that every match is among the candidates;
//! [`answer`](super::answer) decides.

use super::index;
use super::query::{Filter, Flag, Leaf, Number, Phrase, Property, Term};
use super::question::Question;
use super::record::Record;
use super::tokens::{folded, tokens};

/// A value of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Number(i64),
}

/// What differs between databases.
pub trait Dialect {
    /// The place of the value of that number, counted from 1.
    fn place(&self, number: usize) -> String;

    /// A condition that an asset has all of these tokens somewhere, and the value for it.
    fn words(&self, tokens: &[String], prefix: bool, place: &str) -> (String, Value);
}

/// A condition being written.
pub struct Writer<'d> {
    dialect: &'d dyn Dialect,
    pub values: Vec<Value>,
}

/// A condition, and whether it holds exactly where the term holds, rather than wherever it may.
struct Written {
    text: String,
    exact: bool,
}

impl<'d> Writer<'d> {
    pub fn new(dialect: &'d dyn Dialect) -> Self {
        Self { dialect, values: Vec::new() }
    }

    /// The condition of all candidates; `TRUE` where nothing can be said.
    pub fn candidates(&mut self, question: &Question) -> String {
        self.satisfying(question, question.conditions())
    }

    /// The condition of all that have the words too, where they are wishes.
    pub fn worded(&mut self, question: &Question) -> String {
        self.satisfying(question, question.term.parts().iter())
    }

    fn satisfying<'q>(
        &mut self,
        question: &Question,
        terms: impl Iterator<Item = &'q Term>,
    ) -> String {
        let mut parts = Vec::new();
        if let Some(kind) = question.query.kind {
            parts.push(format!("kind = {}", self.text(kind.as_str())));
        }
        parts.extend(terms.filter_map(|term| self.term(term)).map(|written| written.text));
        if parts.is_empty() { "TRUE".to_owned() } else { parts.join(" AND ") }
    }

    fn value(&mut self, value: Value) -> String {
        self.values.push(value);
        self.dialect.place(self.values.len())
    }

    fn text(&mut self, text: &str) -> String {
        self.value(Value::Text(storable(text)))
    }

    fn term(&mut self, term: &Term) -> Option<Written> {
        match &term.filter {
            Filter::And(terms) => {
                let parts: Vec<Option<Written>> =
                    terms.iter().map(|term| self.term(term)).collect();
                let exact = parts.iter().all(|part| part.as_ref().is_some_and(|part| part.exact));
                let said: Vec<String> = parts.into_iter().flatten().map(|part| part.text).collect();
                (!said.is_empty())
                    .then(|| Written { text: format!("({})", said.join(" AND ")), exact })
            }
            Filter::Or(terms) => {
                // One of which nothing can be said may hold anywhere. Its values were not used yet.
                let kept = self.values.len();
                let parts: Option<Vec<Written>> =
                    terms.iter().map(|term| self.term(term)).collect();
                let Some(parts) = parts else {
                    self.values.truncate(kept);
                    return None;
                };
                let exact = parts.iter().all(|part| part.exact);
                let said: Vec<String> = parts.into_iter().map(|part| part.text).collect();
                Some(Written { text: format!("({})", said.join(" OR ")), exact })
            }
            Filter::Not(term) => {
                let kept = self.values.len();
                match self.term(term) {
                    Some(Written { text, exact: true }) => {
                        Some(Written { text: format!("NOT COALESCE({text}, FALSE)"), exact: true })
                    }
                    _ => {
                        self.values.truncate(kept);
                        None
                    }
                }
            }
            Filter::Leaf(leaf) => self.leaf(leaf),
        }
    }

    fn words(&mut self, phrase: &Phrase) -> String {
        let place = self.dialect.place(self.values.len() + 1);
        let (text, value) = self.dialect.words(&phrase.tokens, phrase.prefix, &place);
        self.values.push(value);
        text
    }

    fn like(&mut self, column: &str, pattern: &super::query::Pattern) -> String {
        match pattern.literal() {
            Some(text) => format!("{column} = {}", self.text(text)),
            None => format!("{column} LIKE {} ESCAPE '\\'", self.text(&pattern.like())),
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> Option<Written> {
        let exactly = |text: String| Some(Written { text, exact: true });
        let roughly = |text: String| Some(Written { text, exact: false });
        match leaf {
            Leaf::Words(phrase) => {
                let text = self.words(phrase);
                // Several tokens have to follow each other.
                Some(Written { text, exact: phrase.tokens.len() == 1 })
            }
            Leaf::Creator(phrase) | Leaf::Title(phrase) => roughly(self.words(phrase)),
            Leaf::Tag(pattern) => {
                let tag = self.like("tag.tag", pattern);
                exactly(format!(
                    "EXISTS (SELECT 1 FROM tag WHERE tag.asset = asset.number AND {tag})"
                ))
            }
            Leaf::Kind(kind) => exactly(format!("kind = {}", self.text(kind.as_str()))),
            Leaf::Id(pattern) => exactly(self.like("id", pattern)),
            Leaf::Platform(pattern) => exactly(self.like("platform", pattern)),
            Leaf::Post(pattern) => exactly(self.like("post", pattern)),
            Leaf::Url(pattern) => exactly(self.like("url", pattern)),
            Leaf::Licence(pattern) => {
                let within = format!("%{}%", pattern.like());
                roughly(format!("licence LIKE {} ESCAPE '\\'", self.text(&within)))
            }
            Leaf::Use(_) => roughly("licence IS NOT NULL".to_owned()),
            Leaf::Unknown(property) => match property {
                Property::Platform => exactly("platform IS NULL".to_owned()),
                Property::Post => exactly("post IS NULL".to_owned()),
                Property::Url => exactly("url IS NULL".to_owned()),
                Property::Licence => exactly("licence IS NULL".to_owned()),
                Property::Expires => exactly("expires IS NULL".to_owned()),
                Property::Tag => exactly(
                    "NOT EXISTS (SELECT 1 FROM tag WHERE tag.asset = asset.number)".to_owned(),
                ),
                Property::Creator | Property::Title => None,
            },
            Leaf::Usable(day) => {
                let day = self.value(Value::Number(*day));
                exactly(format!("(expires IS NULL OR expires >= {day})"))
            }
            Leaf::Number(number, bounds) => {
                let (min, max) = (Value::Number(bounds.min), Value::Number(bounds.max));
                let (min, max) = (self.value(min), self.value(max));
                exactly(format!("{} BETWEEN {min} AND {max}", column(*number)))
            }
            Leaf::Part(name, bounds) => {
                let name = self.text(name);
                let (min, max) = (Value::Number(bounds.min), Value::Number(bounds.max));
                let (min, max) = (self.value(min), self.value(max));
                exactly(format!(
                    "EXISTS (SELECT 1 FROM part WHERE part.asset = asset.number \
                     AND part.name = {name} AND part.value BETWEEN {min} AND {max})"
                ))
            }
            Leaf::Flag(flag, wanted) => {
                let column = match flag {
                    Flag::Sound => "sound",
                    Flag::Still => "still",
                    Flag::Alpha => "alpha",
                };
                let wanted = self.value(Value::Number(i64::from(*wanted)));
                exactly(format!("{column} = {wanted}"))
            }
            Leaf::Similar(_) => None,
        }
    }
}

fn column(number: Number) -> &'static str {
    match number {
        Number::Duration => "duration",
        Number::Width => "width",
        Number::Height => "height",
        Number::Side => "side",
        Number::Ratio => "ratio",
        Number::Rate => "rate",
        Number::Bytes => "bytes",
        Number::Quality => "quality",
        Number::Expires => "expires",
    }
}

/// The columns of an asset by which candidates are selected, in the order of [`COLUMNS`].
pub fn columns(record: &Record) -> Vec<Option<Value>> {
    let text = |text: Option<&str>| text.map(|text| Value::Text(storable(&folded(text))));
    let from = &record.provenance;
    let found = record.found.as_ref();
    let number = |n: Option<i64>| n.map(Value::Number);
    let size = |n: u32| (n > 0).then_some(Value::Number(i64::from(n)));
    let flag = |is: bool| Some(Value::Number(i64::from(is)));
    vec![
        Some(Value::Text(record.kind.to_string())),
        Some(Value::Text(record.id.to_string())),
        number(found.filter(|f| !f.still).and_then(|f| i64::try_from(f.duration_ms).ok())),
        found.and_then(|f| size(f.width)),
        found.and_then(|f| size(f.height)),
        found.and_then(|f| size(f.width.min(f.height))),
        number(found.and_then(index::ratio_milli)),
        found.and_then(|f| size(f.rate_milli)),
        number(found.and_then(|f| i64::try_from(f.bytes).ok())),
        found.map(|f| Value::Number(i64::from(f.quality))),
        number(record.expires()),
        found.and_then(|f| flag(f.sound)),
        found.and_then(|f| flag(f.still)),
        found.and_then(|f| flag(f.alpha)),
        text(from.platform.as_deref()),
        text(from.post.as_deref()),
        text(from.source_url.as_deref()),
        text(from.licence.as_ref().map(|licence| licence.as_str())),
    ]
}

/// Name of each column, and whether it is a text.
pub const COLUMNS: [(&str, bool); 18] = [
    ("kind", true),
    ("id", true),
    ("duration", false),
    ("width", false),
    ("height", false),
    ("side", false),
    ("ratio", false),
    ("rate", false),
    ("bytes", false),
    ("quality", false),
    ("expires", false),
    ("sound", false),
    ("still", false),
    ("alpha", false),
    ("platform", true),
    ("post", true),
    ("url", true),
    ("licence", true),
];

/// Every token of an asset, each once.
pub fn all_tokens(record: &Record) -> Vec<String> {
    let mut all: Vec<String> = index::texts(record).flat_map(|(_, text)| tokens(text)).collect();
    all.sort();
    all.dedup();
    all
}

/// The tags of an asset as they are compared, each once.
pub fn all_tags(record: &Record) -> Vec<String> {
    let mut all: Vec<String> = record.tags.iter().map(|tag| storable(&folded(tag))).collect();
    all.sort();
    all.dedup();
    all
}

/// A text that every database stores: PostgreSQL's have no NUL.
pub fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
