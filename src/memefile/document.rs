//! The frame of a Memefile: its syntax, its version, its sections and their names.

use super::reader::{Reader, Value, entries};
use super::syntax::{Damage, read_toml};
use super::{Mistakes, SectionDoc, suggest};
use crate::diagnostic::{Diagnostic, Source, Span};
use std::cell::OnceCell;
use std::ops::Range;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};

/// What the file is called.
pub const FILE_NAME: &str = "Memefile.toml";

/// The version of the Memefile that this build reads: `memefile = 1`.
pub const VERSION: i64 = 1;

/// The text of a Memefile, which the parsed document borrows from.
#[derive(Debug)]
pub struct Text {
    pub source: Arc<Source>,
    /// The text with broken lines blanked out, made where there are any.
    mended: OnceCell<String>,
}

impl Text {
    /// `name` is how people call the file: relative to the project.
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        let source = Arc::new(Source { name: name.into(), text: text.into() });
        Self { source, mended: OnceCell::new() }
    }
}

/// A parsed Memefile.
#[derive(Debug)]
pub struct Document<'t> {
    root: DeTable<'t>,
    damage: Damage,
}

/// One section: `[kind.name]`.
pub struct Section<'d> {
    pub doc: &'static SectionDoc,
    /// Empty for a section that has none.
    pub name: &'d str,
    /// The bytes of the name, or of the header where there is no name.
    pub range: Range<usize>,
    /// Parts of it could not be read, so that what it lacks may stand there.
    pub damaged: bool,
    header: Range<usize>,
    table: &'d DeTable<'d>,
}

impl<'d> Section<'d> {
    /// Where its name stands.
    pub fn span(&self, mistakes: &Mistakes) -> Span {
        mistakes.span(self.range.clone())
    }

    /// Reads its table. Unknown keys are reported.
    pub fn reader<'m>(&self, mistakes: &'m Mistakes) -> Reader<'d, 'm> {
        let what = match self.name {
            "" => self.doc.kind.to_owned(),
            name => format!("{} `{name}`", self.doc.kind),
        };
        Reader::new(self.table, self.header.clone(), what.into(), self.doc.keys, mistakes)
    }
}

impl<'t> Document<'t> {
    /// Parses the syntax and checks the version. `None` where the version is one that this build
    /// cannot read, since then nothing else in the file means anything.
    pub fn parse(text: &'t Text, mistakes: &Mistakes) -> Option<Self> {
        let (root, damage) = read_toml(&text.source.text, &text.mended, mistakes);
        let document = Self { root, damage };
        document.check_version(mistakes).then_some(document)
    }

    /// Whether every header could be read, so that a name that is not there is really missing.
    pub fn has_all_names(&self) -> bool {
        !self.damage.headers
    }

    fn check_version(&self, mistakes: &Mistakes) -> bool {
        let Some((key, value)) = self.root.get_key_value("memefile") else {
            if self.damage.parts.is_empty() {
                let message =
                    format!("the Memefile does not say its version, `memefile = {VERSION}`");
                let diagnostic = Diagnostic::usage("memefile-version", message)
                    .label(&mistakes.span(0..0), "expected at the top of the file")
                    .hint(format!("begin the file with `memefile = {VERSION}`"));
                mistakes.report(diagnostic);
            }
            return true;
        };
        let found = match value.get_ref() {
            DeValue::Integer(number) if number.as_str() == "1" => return true,
            DeValue::Integer(number) => number.to_string(),
            _ => String::new(),
        };
        let span = mistakes.span(value.span());
        let newer = found.parse::<i64>().is_ok_and(|n| n > VERSION);
        mistakes.report(if newer {
            Diagnostic::usage("memefile-version", format!("this Memefile has version {found}"))
                .label(&span, format!("this memebuild reads version {VERSION}"))
                .hint("it needs a newer memebuild")
        } else {
            let message = "`memefile` is not a version of the Memefile";
            Diagnostic::usage("memefile-version", message)
                .label(&span, format!("expected the number {VERSION}"))
                .hint(format!("write `memefile = {VERSION}`"))
        });
        // A file whose version is no number at all is read as the one that is known.
        let _ = key;
        found.is_empty()
    }

    /// All sections in the order of the text. What is no section is reported.
    pub fn sections<'d>(
        &'d self,
        kinds: &[&'static SectionDoc],
        mistakes: &Mistakes,
    ) -> Vec<Section<'d>> {
        let mut sections = Vec::new();
        for ((key, range), value) in entries(&self.root) {
            if key == "memefile" {
                continue;
            }
            match kinds.iter().find(|doc| doc.kind == key) {
                None => unknown_section(key, range, kinds, mistakes),
                Some(doc) if doc.named => named(doc, range, &value, &mut sections, mistakes),
                Some(doc) => unnamed(doc, range, &value, &mut sections, mistakes),
            }
        }
        sections.sort_by_key(|section| section.header.start);
        self.mark_damage(&mut sections);
        sections
    }

    fn mark_damage(&self, sections: &mut [Section<'_>]) {
        if self.damage.parts.is_empty() {
            return;
        }
        for index in 0..sections.len() {
            let end = sections.get(index + 1).map_or(usize::MAX, |next| next.header.start);
            let extent = sections[index].header.start..end;
            sections[index].damaged =
                self.damage.parts.iter().any(|part| extent.contains(&part.start));
        }
    }
}

fn unknown_section(
    key: &str,
    range: Range<usize>,
    kinds: &[&'static SectionDoc],
    mistakes: &Mistakes,
) {
    let message = format!("there is no section `{}`", key.escape_debug());
    let mut diagnostic = Diagnostic::usage("unknown-section", message)
        .label(&mistakes.span(range), "not a section of a Memefile");
    diagnostic.hints.extend(suggest::hint(key, kinds.iter().map(|doc| doc.kind)));
    mistakes.report(diagnostic);
}

fn unnamed<'d>(
    doc: &'static SectionDoc,
    range: Range<usize>,
    value: &Value<'d>,
    sections: &mut Vec<Section<'d>>,
    mistakes: &Mistakes,
) {
    let DeValue::Table(table) = value.get() else {
        value.wrong_type::<()>("a table", mistakes);
        return;
    };
    let header = value.range();
    sections.push(Section { doc, name: "", range, damaged: false, header, table });
}

fn named<'d>(
    doc: &'static SectionDoc,
    range: Range<usize>,
    value: &Value<'d>,
    sections: &mut Vec<Section<'d>>,
    mistakes: &Mistakes,
) {
    let kind = doc.kind;
    let nameless = |range: Range<usize>| {
        let message = format!("section `{kind}` needs a name");
        let diagnostic = Diagnostic::usage("missing-name", message)
            .label(&mistakes.span(range), "no name")
            .hint(format!("write `[{kind}.NAME]`"));
        mistakes.report(diagnostic);
    };
    let header = value.range();
    let explicit = mistakes.source().text.get(header.clone()).is_some_and(|h| h.starts_with('['));
    let range = if explicit { header } else { range };
    let Some(items) = value.entries().filter(|items| !items.is_empty()) else {
        return nameless(range);
    };
    let mut said = false;
    for ((name, place), item) in items {
        match item.get() {
            DeValue::Table(table) => {
                check_name(doc, name, &place, mistakes);
                let header = item.range();
                let range = place;
                sections.push(Section { doc, name, range, damaged: false, header, table });
            }
            _ if !said => {
                said = true;
                nameless(range.clone());
            }
            _ => {}
        }
    }
}

/// Names become parts of paths: `a-z`, `A-Z`, `0-9`, `_`, `-`, `.` and `/`, and no part of them
/// begins with a point or a dash.
fn check_name(doc: &SectionDoc, name: &str, range: &Range<usize>, mistakes: &Mistakes) {
    let shaped = |part: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        part.bytes().all(plain) && part.bytes().next().is_some_and(|b| !matches!(b, b'-' | b'.'))
    };
    if name.len() <= 200 && name.split('/').all(shaped) {
        return;
    }
    let shown: String = name.chars().take(60).collect();
    let message = format!("`{}` cannot name a {}", shown.escape_debug(), doc.kind);
    let diagnostic = Diagnostic::usage("bad-name", message)
        .label(&mistakes.span(range.clone()), "names become file names")
        .note("a name has letters a to z, digits, `_`, `-`, `.` and `/`, at most 200, and no part of it begins with `.` or `-`");
    mistakes.report(diagnostic);
}
