//! Captions from a CSV file: a row for each meme, a column for each caption slot of the template.
//!
//! Of a row only its name, its place and its digest are kept; its texts are read again where its
//! cells are made, so that a million of them take little room.

use super::header::{Column, columns};
use super::naming::Naming;
use super::scope::{Said, Table};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::memefile::At;
use crate::node::declare::batch::{Batch, CaptionRows};
use crate::node::declare::composite::{Composite, check};
use crate::node::expansion::Expansion;
use csv::{Position, Reader, ReaderBuilder, StringRecord};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{Cursor, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

/// Largest file of captions, in bytes.
const LARGEST: u64 = 256 << 20;

/// The rows of a table, in its order.
pub(super) struct Sheet {
    source: Arc<Source>,
    columns: Vec<Option<Column>>,
    header: Said,
    rows: Vec<Row>,
    /// Reads single rows again.
    reader: RefCell<Reader<Cursor<Bytes>>>,
}

/// One row.
#[derive(Debug)]
struct Row {
    /// From its column `id`, else from its text.
    id: Box<str>,
    /// Of its bytes, without line breaks.
    start: u32,
    end: u32,
    said: Said,
}

/// A text that can be read as bytes.
struct Bytes(Arc<Source>);

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self.0.text.as_bytes()
    }
}

/// A text for a caption of the template, by the caption's number; none to leave it out.
type Text = (usize, Option<String>);

impl Sheet {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn id(&self, row: usize) -> &str {
        &self.rows[row].id
    }

    fn span(&self, row: usize) -> Span {
        let Row { start, end, .. } = self.rows[row];
        Span { source: Arc::clone(&self.source), range: start as usize..end as usize }
    }

    /// Puts the texts of a row in place of the template's.
    pub fn fill(&self, row: usize, composite: &mut Composite) {
        let span = self.span(row);
        let mut left_out = Vec::new();
        for (slot, text) in self.texts(row) {
            match (text, composite.captions.get_mut(slot)) {
                (Some(value), Some(caption)) => {
                    caption.text = At { value, span: span.clone() };
                }
                (None, _) => left_out.push(slot),
                _ => {}
            }
        }
        let mut slot = 0;
        composite.captions.retain(|_| {
            slot += 1;
            !left_out.contains(&(slot - 1))
        });
    }

    /// The texts of a row, which was read before without a mistake.
    fn texts(&self, row: usize) -> Vec<Text> {
        let start = u64::from(self.rows[row].start);
        let mut reader = self.reader.borrow_mut();
        let mut at = Position::new();
        at.set_byte(start);
        let mut fields = StringRecord::new();
        let read = reader
            .seek_raw(SeekFrom::Start(start), at)
            .and_then(|()| reader.read_record(&mut fields));
        match read {
            Ok(true) => texts(&fields, &self.columns),
            // It lies in memory and was read once: there is nothing else to expect.
            _ => Vec::new(),
        }
    }

    /// The first text of a row, and where it stands.
    pub fn first(&self, row: usize) -> At<String> {
        let text = self.texts(row).into_iter().find_map(|(_, text)| text);
        At { value: text.unwrap_or_default(), span: self.span(row) }
    }

    /// What tells a changed row from one that is as it was.
    pub fn table(&self, batch: &str) -> Table {
        let rows = self.rows.iter().map(|row| (row.id.clone(), row.said)).collect();
        Table { batch: batch.to_owned(), header: self.header, rows }
    }
}

/// The rows of a batch that has a table. Every mistake of the file is found in one go.
pub(super) fn read(
    batch: &Batch,
    template: &Composite,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Sheet>, Vec<Diagnostic>> {
    let Some(table) = &batch.captions else { return Ok(None) };
    expansion.tables_read.insert(expansion.root().join(&table.csv.value));
    rows(table, template, expansion).map(Some)
}

/// The rows of a table for a template.
pub(super) fn rows(
    table: &CaptionRows,
    template: &Composite,
    expansion: &Expansion<'_>,
) -> Result<Sheet, Vec<Diagnostic>> {
    let source = source(table, expansion).map_err(|problem| vec![*problem])?;
    let mut mistakes = Vec::new();
    let sheet = sheet(&source, template, &mut mistakes);
    let Some(sheet) = sheet else {
        let diagnostic = Diagnostic::usage("bad-csv", format!("`{}` is empty", source.name));
        mistakes
            .push(diagnostic.label(&table.csv.span, "expected a header and a row for each meme"));
        return Err(mistakes);
    };
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    if sheet.rows.is_empty() {
        let none = super::no_values(&table.csv.span, &format!("`{}`", source.name));
        return Err(vec![*none]);
    }
    Ok(sheet)
}

fn source(table: &CaptionRows, expansion: &Expansion<'_>) -> Result<Arc<Source>, Box<Diagnostic>> {
    let name = &table.csv.value;
    let path = expansion.root().join(name);
    let wrong = |message: String| {
        Box::new(Diagnostic::usage("cannot-read", message).label(&table.csv.span, "this table"))
    };
    let unreadable = |e: std::io::Error| wrong(format!("cannot read `{name}`: {e}"));
    let length = std::fs::metadata(&path).map_err(unreadable)?.len();
    if length > LARGEST {
        return Err(wrong(format!("`{name}` is larger than {} MiB", LARGEST >> 20)));
    }
    let bytes = std::fs::read(&path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|e| {
        let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
        let line = good.iter().filter(|b| **b == b'\n').count() + 1;
        Box::new((*wrong(format!("line {line} of `{name}` is not UTF-8"))).hint("save it as UTF-8"))
    })?;
    Ok(Arc::new(Source { name: name.clone(), text: text.into() }))
}

/// Reads the lines; `None` where there is not even a header.
fn sheet(
    source: &Arc<Source>,
    template: &Composite,
    mistakes: &mut Vec<Diagnostic>,
) -> Option<Sheet> {
    let text = &source.text;
    // Spreadsheets begin a file of UTF-8 with a byte order mark.
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let bytes = &text.as_bytes()[start..];
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let at = |position: Option<&Position>| {
        position.map_or(text.len(), |p| start + usize::try_from(p.byte()).unwrap_or(text.len()))
    };
    let mut head: Option<Head> = None;
    let mut rows = Vec::new();
    let mut naming = Naming::default();
    let mut fields = StringRecord::new();
    loop {
        match reader.read_record(&mut fields) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                let range = at(error.position())..at(error.position());
                let span = Span { source: Arc::clone(source), range };
                mistakes.push(Diagnostic::usage("bad-csv", error.to_string()).label(&span, "here"));
                break;
            }
        }
        let range = trimmed(text, at(fields.position())..at(Some(reader.position())));
        let span = || Span { source: Arc::clone(source), range: range.clone() };
        let Some(head) = &head else {
            let columns = columns(&fields, &span(), template, mistakes);
            head = Some(Head { titles: fields.clone(), columns });
            continue;
        };
        if fields.len() != head.titles.len() {
            let (found, expected) = (fields.len(), head.titles.len());
            let message = format!("a row has {found} fields, not {expected}");
            let diagnostic = Diagnostic::usage("bad-csv", message)
                .label(&span(), "as many as the header has columns")
                .hint("put a text with commas or line breaks into double quotes");
            mistakes.push(diagnostic);
            continue;
        }
        match row(&fields, head, &range, &span, &mut naming) {
            Ok(row) => rows.push(row),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let Head { titles, columns } = head?;
    naming.name(&mut rows, |row, name| row.id = name.into());
    let mut sheet = Sheet {
        columns,
        header: Said::of(titles.iter().map(str::as_bytes)),
        rows,
        reader: RefCell::new(
            ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .buffer_capacity(1 << 10)
                .from_reader(Cursor::new(Bytes(Arc::clone(source)))),
        ),
        source: Arc::clone(source),
    };
    sheet.rows.shrink_to_fit();
    check_doubles(&sheet, mistakes);
    Some(sheet)
}

/// The first line.
struct Head {
    titles: StringRecord,
    columns: Vec<Option<Column>>,
}

/// Without the line breaks around.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let skipped = part.len() - part.trim_start_matches(['\n', '\r']).len();
    let start = range.start + skipped;
    start..start + part.trim_matches(['\n', '\r']).len()
}

fn texts(fields: &StringRecord, columns: &[Option<Column>]) -> Vec<Text> {
    let fields = fields.iter().zip(columns);
    let text = |(field, column): (&str, &Option<Column>)| match column {
        Some(Column::Slot(slot)) => {
            Some((*slot, (!field.trim().is_empty()).then(|| field.to_owned())))
        }
        _ => None,
    };
    fields.filter_map(text).collect()
}

/// Checks one row. One without an id is named later, when all are known.
fn row(
    fields: &StringRecord,
    head: &Head,
    range: &Range<usize>,
    span: &dyn Fn() -> Span,
    naming: &mut Naming,
) -> Result<Row, Diagnostic> {
    let mut id = None;
    for ((field, column), title) in fields.iter().zip(&head.columns).zip(&head.titles) {
        match column {
            Some(Column::Id) if field.trim().is_empty() => {
                return Err(Diagnostic::usage("bad-csv", "a row has no id")
                    .label(&span(), "its field `id` is empty"));
            }
            Some(Column::Id) => id = Some(field.trim()),
            Some(Column::Slot(_)) if !field.trim().is_empty() => {
                if let Some(why) = check::bad_text(field) {
                    let message = format!("`{}` is not a caption", title.trim());
                    return Err(Diagnostic::usage("wrong-value", message).label(&span(), why));
                }
            }
            Some(Column::Slot(_)) | None => {}
        }
    }
    if let Some(id) = id {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let shaped = id.bytes().all(plain) && !id.starts_with(['.', '-']);
        if !shaped || id.len() > 100 {
            let message = format!("`{}` cannot name a meme", id.escape_debug());
            return Err(Diagnostic::usage("bad-name", message)
                .label(&span(), "ids become file names")
                .note("an id has letters a to z, digits, `_`, `-` and `.`, at most 100"));
        }
    }
    naming.see(id.is_some(), || texts(fields, &head.columns));
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Ok(Row {
        id: id.unwrap_or_default().into(),
        start: place(range.start),
        end: place(range.end),
        said: Said::of(fields.iter().map(str::as_bytes)),
    })
}

/// Two rows of one id are a mistake.
fn check_doubles(sheet: &Sheet, mistakes: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&str, usize> = HashMap::with_capacity(sheet.len());
    for (at, row) in sheet.rows.iter().enumerate() {
        if let Some(first) = seen.insert(&row.id, at) {
            let message = format!("two rows are called `{}`", row.id);
            let diagnostic = Diagnostic::usage("duplicate-value", message)
                .label(&sheet.span(at), "the second")
                .label(&sheet.span(first), "the first")
                .hint("give each row an `id` of its own, or remove one");
            mistakes.push(diagnostic);
        }
    }
}
