//! Captions from a CSV file: a row for each meme, a column for each caption slot of the template.

use super::{Rows, some};
use crate::contract::slug::slug;
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::memefile::{At, nearest};
use crate::node::declare::batch::{Batch, CaptionRows};
use crate::node::declare::composite::{Composite, check};
use crate::node::expansion::Expansion;
use csv::{Position, ReaderBuilder, StringRecord};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// Largest file of captions, in bytes.
const LARGEST: u64 = 256 << 20;

/// Longest name that is made of a row's text, in bytes.
const LONGEST_NAME: usize = 40;

/// The texts of one meme.
#[derive(Debug, Clone)]
pub struct Row {
    /// From its column `id`, else from its text.
    pub id: At<String>,
    /// For each caption of the template that the table has a column for: its number, and the text;
    /// none to leave it out.
    texts: Vec<(usize, Option<At<String>>)>,
}

impl Row {
    /// Puts its texts in place of the template's.
    pub(super) fn fill(&self, composite: &mut Composite) {
        for (slot, text) in &self.texts {
            if let (Some(text), Some(caption)) = (text, composite.captions.get_mut(*slot)) {
                caption.text.clone_from(text);
            }
        }
        let left_out = |slot: usize| self.texts.iter().any(|(at, t)| *at == slot && t.is_none());
        let mut slot = 0;
        composite.captions.retain(|_| {
            slot += 1;
            !left_out(slot - 1)
        });
    }
}

/// The rows of a batch that has a table. Every mistake of the file is found in one go.
pub(super) fn read(
    batch: &Batch,
    template: &Composite,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Rows>, Vec<Diagnostic>> {
    let Some(table) = &batch.captions else { return Ok(None) };
    let source = source(table, expansion).map_err(|problem| vec![*problem])?;
    let mut mistakes = Vec::new();
    let mut lines = lines(&source, &mut mistakes);
    let header = if lines.is_empty() { None } else { Some(lines.remove(0)) };
    let Some(header) = header else {
        let diagnostic = Diagnostic::usage("bad-csv", format!("`{}` is empty", source.name));
        mistakes
            .push(diagnostic.label(&table.csv.span, "expected a header and a row for each meme"));
        return Err(mistakes);
    };
    let columns = columns(&header, template, &mut mistakes);
    let mut rows: Vec<Row> = Vec::with_capacity(lines.len());
    for line in &lines {
        match row(line, &header, &columns) {
            Ok(row) => rows.push(row),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let rows = name(rows, &mut mistakes);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let rows = rows.into_iter().map(Arc::new).collect();
    let rows = some(rows, &table.csv.span, &format!("`{}`", source.name));
    rows.map(Some).map_err(|problem| vec![*problem])
}

/// One line of the file, or several where a field has line breaks.
struct Line {
    fields: StringRecord,
    span: Span,
}

fn source(
    table: &CaptionRows,
    expansion: &mut Expansion<'_>,
) -> Result<Arc<Source>, Box<Diagnostic>> {
    let name = &table.csv.value;
    let path = expansion.root().join(name);
    expansion.read.insert(path.clone());
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

/// The lines that can be read; the others are mistakes.
fn lines(source: &Arc<Source>, mistakes: &mut Vec<Diagnostic>) -> Vec<Line> {
    let text = &source.text;
    // Spreadsheets begin a file of UTF-8 with a byte order mark.
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let bytes = &text.as_bytes()[start..];
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let at = |position: Option<&Position>| {
        position.map_or(text.len(), |p| start + usize::try_from(p.byte()).unwrap_or(text.len()))
    };
    let mut lines: Vec<Line> = Vec::new();
    let mut fields = StringRecord::new();
    loop {
        match reader.read_record(&mut fields) {
            Ok(false) => return lines,
            Ok(true) => {
                let end = at(Some(reader.position()));
                let range = trimmed(text, at(fields.position())..end);
                let span = Span { source: Arc::clone(source), range };
                let expected = lines.first().map_or(fields.len(), |header| header.fields.len());
                if fields.len() == expected {
                    lines.push(Line { fields: fields.clone(), span });
                    continue;
                }
                let message = format!("a row has {} fields, not {expected}", fields.len());
                let diagnostic = Diagnostic::usage("bad-csv", message)
                    .label(&span, "as many as the header has columns")
                    .hint("put a text with commas or line breaks into double quotes");
                mistakes.push(diagnostic);
            }
            Err(error) => {
                let range = at(error.position())..at(error.position());
                let span = Span { source: Arc::clone(source), range };
                mistakes.push(Diagnostic::usage("bad-csv", error.to_string()).label(&span, "here"));
                return lines;
            }
        }
    }
}

/// Without the line breaks around.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let skipped = part.len() - part.trim_start_matches(['\n', '\r']).len();
    let start = range.start + skipped;
    start..start + part.trim_matches(['\n', '\r']).len()
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Id,
    /// The number of the template's caption.
    Slot(usize),
}

/// The name of a caption's column.
fn slot_name(composite: &Composite, slot: usize) -> String {
    match &composite.captions[slot].slot {
        Some(own) => own.value.clone(),
        None if slot == 0 => "text".to_owned(),
        None => format!("text-{}", slot + 1),
    }
}

fn columns(
    header: &Line,
    template: &Composite,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Option<Column>> {
    let slots: BTreeMap<String, usize> =
        (0..template.captions.len()).map(|slot| (slot_name(template, slot), slot)).collect();
    let mut columns: Vec<Option<Column>> = Vec::new();
    for field in &header.fields {
        let name = field.trim();
        let column = match slots.get(name) {
            _ if name == "id" => Some(Column::Id),
            slot => slot.map(|slot| Column::Slot(*slot)),
        };
        let mut wrong = |message: String, hint: Option<String>| {
            let mut diagnostic =
                Diagnostic::usage("bad-csv", message).label(&header.span, "the header");
            diagnostic.hints.extend(hint);
            mistakes.push(diagnostic);
        };
        if column.is_none() {
            let known = || slots.keys().map(String::as_str).chain(["id"]);
            let hint = match nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => {
                    format!("the columns may be `{}`", known().collect::<Vec<_>>().join("`, `"))
                }
            };
            wrong(format!("the template has no caption `{}`", name.escape_debug()), Some(hint));
        } else if columns.contains(&column) {
            wrong(format!("two columns are called `{name}`"), None);
        }
        columns.push(column);
    }
    if !columns.iter().any(|column| matches!(column, Some(Column::Slot(_)))) && mistakes.is_empty()
    {
        let message = "no column holds the text of a caption";
        mistakes.push(Diagnostic::usage("bad-csv", message).label(&header.span, "the header"));
    }
    columns
}

fn row(line: &Line, header: &Line, columns: &[Option<Column>]) -> Result<Row, Diagnostic> {
    let mut texts = Vec::new();
    let mut id = None;
    let at = |text: &str| At { value: text.to_owned(), span: line.span.clone() };
    for ((field, column), title) in line.fields.iter().zip(columns).zip(&header.fields) {
        match column {
            Some(Column::Id) if field.trim().is_empty() => {
                return Err(Diagnostic::usage("bad-csv", "a row has no id")
                    .label(&line.span, "its field `id` is empty"));
            }
            Some(Column::Id) => id = Some(at(field.trim())),
            Some(Column::Slot(slot)) if field.trim().is_empty() => texts.push((*slot, None)),
            Some(Column::Slot(slot)) => {
                if let Some(why) = check::bad_text(field) {
                    let message = format!("`{}` is not a caption", title.trim());
                    return Err(Diagnostic::usage("wrong-value", message).label(&line.span, why));
                }
                texts.push((*slot, Some(at(field))));
            }
            None => {}
        }
    }
    if let Some(id) = &id {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let shaped = id.value.bytes().all(plain) && !id.value.starts_with(['.', '-']);
        if !shaped || id.value.len() > 100 {
            let message = format!("`{}` cannot name a meme", id.value.escape_debug());
            return Err(Diagnostic::usage("bad-name", message)
                .label(&line.span, "ids become file names")
                .note("an id has letters a to z, digits, `_`, `-` and `.`, at most 100"));
        }
    }
    let id = id.unwrap_or_else(|| At { value: String::new(), span: line.span.clone() });
    Ok(Row { id, texts })
}

/// Gives the rows without an id one of their text; a text that stands twice gets its digest behind
/// it, which is the same wherever the row stands. Two rows of one id are a mistake.
fn name(mut rows: Vec<Row>, mistakes: &mut Vec<Diagnostic>) -> Vec<Row> {
    let said = |row: &Row| -> String {
        let texts = row.texts.iter().filter_map(|(_, text)| text.as_ref());
        texts.map(|text| text.value.as_str()).collect::<Vec<_>>().join("\n")
    };
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.id.value.is_empty()) {
        *count.entry(slug(&said(row), LONGEST_NAME)).or_default() += 1;
    }
    for row in rows.iter_mut().filter(|row| row.id.value.is_empty()) {
        let text = said(row);
        let name = slug(&text, LONGEST_NAME);
        let digest = blake3::hash(text.as_bytes()).to_hex();
        row.id.value = match (name.is_empty(), count.get(&name)) {
            (true, _) => digest[..8].to_owned(),
            (false, Some(1)) => name,
            (false, _) => format!("{name}-{}", &digest[..8]),
        };
    }
    let mut seen: BTreeMap<&str, &Span> = BTreeMap::new();
    for row in &rows {
        if let Some(first) = seen.insert(&row.id.value, &row.id.span) {
            let message = format!("two rows are called `{}`", row.id.value);
            let diagnostic = Diagnostic::usage("duplicate-value", message)
                .label(&row.id.span, "the second")
                .label(first, "the first")
                .hint("give each row an `id` of its own, or remove one");
            mistakes.push(diagnostic);
        }
    }
    rows
}
