//! Collects what is wrong, so that one run tells all of it.

use crate::diagnostic::{Diagnostic, Level, Source, Span};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

/// Diagnostics of one source text. Reporting needs no unique access, so that nested readers can
/// share it.
#[derive(Debug)]
pub struct Mistakes {
    source: Arc<Source>,
    list: RefCell<Vec<Diagnostic>>,
}

impl Mistakes {
    pub fn new(source: Arc<Source>) -> Self {
        Self { source, list: RefCell::default() }
    }

    /// The text that ranges point into.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }

    /// A span of the text from a range of its bytes.
    pub fn span(&self, range: Range<usize>) -> Span {
        Span { source: Arc::clone(&self.source), range }
    }

    /// Keeps a diagnostic.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.list.borrow_mut().push(diagnostic);
    }

    /// How many of them stop the build.
    pub fn errors(&self) -> usize {
        self.list.borrow().iter().filter(|d| d.level == Level::Error).count()
    }

    /// Whether any of them stops the build.
    pub fn any_error(&self) -> bool {
        self.errors() > 0
    }

    pub fn len(&self) -> usize {
        self.list.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.borrow().is_empty()
    }

    /// Forgets those kept since there were `len` of them that say that something is missing: in a
    /// table of which parts could not be read, it may be there.
    pub fn forget_absences(&self, len: usize) {
        let absences = ["missing-key", "nothing-visible", "unused-output", "no-such-input"];
        let mut index = 0;
        self.list.borrow_mut().retain(|diagnostic| {
            index += 1;
            index <= len || !absences.contains(&diagnostic.code)
        });
    }

    /// All of them, in the order of the text; those without a place come last. What was said
    /// twice is said once.
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut list = self.list.into_inner();
        list.sort_by_key(|d| d.labels.first().map_or(usize::MAX, |label| label.span.range.start));
        list.dedup();
        list
    }
}
