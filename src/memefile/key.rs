//! What there is to know about a key: one table drives reading, did-you-mean and the docs.

/// The default of a key that must be there.
pub const REQUIRED: &str = "required";

/// One key of a table, as documented and as accepted.
#[derive(Debug, Clone, Copy)]
pub struct KeyDoc {
    pub name: &'static str,
    /// What may stand there: `time`, `list of strings`, `id or table`.
    pub kind: &'static str,
    /// [`REQUIRED`], the default as one would write it, or empty for none.
    pub default: &'static str,
    /// One or two sentences.
    pub doc: &'static str,
    /// The keys of the table that may stand there.
    pub keys: &'static [KeyDoc],
}

impl KeyDoc {
    pub const fn new(
        name: &'static str,
        kind: &'static str,
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self { name, kind, default, doc, keys: &[] }
    }

    /// The same key, holding a table with these keys.
    #[must_use]
    pub const fn table(self, keys: &'static [KeyDoc]) -> Self {
        Self { keys, ..self }
    }
}

/// One kind of section.
#[derive(Debug, Clone, Copy)]
pub struct SectionDoc {
    /// As in `[composite.NAME]`.
    pub kind: &'static str,
    /// Whether it has a name: `[project]` has none.
    pub named: bool,
    /// What it is for: a paragraph of Markdown.
    pub about: &'static str,
    pub keys: &'static [KeyDoc],
    /// TOML that a test reads; all sections' examples together are one valid Memefile.
    pub example: &'static str,
}
