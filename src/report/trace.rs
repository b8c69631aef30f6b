//! A build in the trace event format of Chrome and Perfetto: a bar for each span, a row for each thread.
//!
//! ```text
//! span entered and left on a thread ─▶ a bar ("X") in the row of that thread
//! span that no thread ever entered  ─▶ something that waited ("b", "e"), in a row beside them
//! field `decode_us` of a span       ─▶ a part of the span's time, drawn as a sum from its start
//! event                             ─▶ an instant ("i")
//! ```
//!
//! The file is a JSON array with an event on each line, and viewers read one that was never closed: what
//! a kill leaves is still a trace. Texts are escaped by `serde_json`, whoever wrote them.

use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// The end of a field's name that is a part of its span's time, microseconds.
const PART: &str = "_us";

/// A trace file that is being written. Clones write into the same one.
#[derive(Clone)]
pub struct Trace {
    shared: Arc<Mutex<Shared>>,
    began: Instant,
}

struct Shared {
    /// `None` once it is closed, or could not be written.
    out: Option<BufWriter<File>>,
    /// What went wrong while it was written.
    problem: Option<io::Error>,
    /// Name of a thread → its row.
    rows: HashMap<String, u64>,
    /// The last number given to something that waited.
    waits: u64,
}

thread_local! {
    /// The row of this thread, and the trace that gave it.
    static ROW: RefCell<Option<(usize, u64)>> = const { RefCell::new(None) };
}

impl Trace {
    /// Begins a trace. `file` is empty; `what` names the process in the viewer.
    pub fn new(file: File, what: &str) -> Self {
        let shared = Shared {
            out: Some(BufWriter::new(file)),
            problem: None,
            rows: HashMap::new(),
            waits: 0,
        };
        let trace = Self { shared: Arc::new(Mutex::new(shared)), began: Instant::now() };
        trace.lock().first(&json!({
            "ph": "M", "name": "process_name", "pid": std::process::id(), "args": { "name": what },
        }));
        trace
    }

    /// Closes the file.
    ///
    /// # Errors
    /// It could not be written, now or before.
    pub fn finish(&self) -> io::Result<()> {
        let mut shared = self.lock();
        if let Some(mut out) = shared.out.take() {
            out.write_all(b"\n]\n").and_then(|()| out.flush())?;
        }
        shared.problem.take().map_or(Ok(()), Err)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Microseconds from the trace's beginning to a moment, to a thousandth.
    fn at(&self, moment: Instant) -> f64 {
        moment.saturating_duration_since(self.began).as_nanos() as f64 / 1000.0
    }

    /// The row of the thread that calls.
    fn row(&self) -> u64 {
        let trace = Arc::as_ptr(&self.shared) as usize;
        ROW.with_borrow_mut(|known| match known {
            Some((of, row)) if *of == trace => *row,
            known => {
                let row = self.lock().row(std::thread::current().name());
                *known = Some((trace, row));
                row
            }
        })
    }

    /// A bar from `from` until now, and the sums among its fields.
    fn bar(&self, name: &str, target: &str, from: Instant, args: &Map<String, Value>) {
        let row = self.row();
        let (start, end) = (self.at(from), self.at(Instant::now()));
        let (pid, category) = (std::process::id(), category(target));
        let mut shared = self.lock();
        shared.line(&json!({
            "ph": "X", "name": name, "cat": category, "pid": pid, "tid": row,
            "ts": start, "dur": end - start, "args": args,
        }));
        for (field, value) in args {
            let part = field.strip_suffix(PART).zip(value.as_f64());
            let Some((part, lasted)) = part else { continue };
            let about = json!({ "of": name, "sum": true });
            shared.wait(&format!("{part}, summed"), "sum", (start, start + lasted), &about, row);
        }
    }
}

impl Shared {
    fn first(&mut self, event: &Value) {
        self.write(b"[\n", event);
    }

    fn line(&mut self, event: &Value) {
        self.write(b",\n", event);
    }

    fn write(&mut self, before: &[u8], event: &Value) {
        let Some(out) = &mut self.out else { return };
        let written = out
            .write_all(before)
            .and_then(|()| serde_json::to_writer(&mut *out, event).map_err(io::Error::from));
        if let Err(error) = written {
            self.out = None;
            self.problem = Some(error);
        }
    }

    /// The row of a thread of this name: slots of one build after the other share theirs. A thread
    /// without a name has a row of its own.
    fn row(&mut self, name: Option<&str>) -> u64 {
        let row = self.rows.len() as u64 + 1;
        let name = name.map_or_else(|| format!("helper {row}"), str::to_owned);
        if let Some(row) = self.rows.get(&name) {
            return *row;
        }
        self.rows.insert(name.clone(), row);
        let pid = std::process::id();
        let event = |what: &str, args: Value| json!({ "ph": "M", "name": what, "pid": pid, "tid": row, "args": args });
        self.line(&event("thread_name", json!({ "name": name })));
        self.line(&event("thread_sort_index", json!({ "sort_index": row })));
        row
    }

    /// Something that lasted without keeping a thread busy.
    fn wait(&mut self, name: &str, cat: &str, (start, end): (f64, f64), args: &Value, row: u64) {
        self.waits += 1;
        let (pid, id) = (std::process::id(), self.waits);
        for (ph, ts) in [("b", start), ("e", end)] {
            self.line(&json!({
                "ph": ph, "name": name, "cat": cat, "id": id, "pid": pid, "tid": row, "ts": ts,
                "args": if ph == "b" { args.clone() } else { json!({}) },
            }));
        }
    }
}

/// The folder of `src/` that a span is of.
fn category(target: &str) -> &str {
    target.split("::").nth(1).unwrap_or(target)
}

/// What is kept of an open span.
struct Open {
    args: Map<String, Value>,
    made: Instant,
    /// When each entry that is not left yet was.
    entered: Vec<Instant>,
    was_entered: bool,
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Trace {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut args = Map::new();
        attributes.record(&mut Fields(&mut args));
        let open = Open { args, made: Instant::now(), entered: Vec::new(), was_entered: false };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            values.record(&mut Fields(&mut open.args));
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(open) = span.extensions_mut().get_mut::<Open>() {
            open.entered.push(Instant::now());
            open.was_entered = true;
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(open) = extensions.get_mut::<Open>() else { return };
        if let Some(from) = open.entered.pop() {
            self.bar(span.name(), span.metadata().target(), from, &open.args);
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(open) = span.extensions_mut().remove::<Open>() else { return };
        if !open.was_entered {
            let lasted = (self.at(open.made), self.at(Instant::now()));
            let row = self.row();
            let category = category(span.metadata().target());
            self.lock().wait(span.name(), category, lasted, &Value::Object(open.args), row);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut args = Map::new();
        event.record(&mut Fields(&mut args));
        let row = self.row();
        let name = args.remove("message").unwrap_or_else(|| event.metadata().name().into());
        let at = self.at(Instant::now());
        self.lock().line(&json!({
            "ph": "i", "s": "t", "name": name, "cat": category(event.metadata().target()),
            "pid": std::process::id(), "tid": row, "ts": at, "args": args,
        }));
    }
}

/// Fields as JSON.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}
