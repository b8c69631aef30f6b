//! `[provider]`: who answers searches for assets.

use super::kind::strays;
use crate::diagnostic::Diagnostic;
use crate::memefile::{
    FromText, KeyDoc, Mistakes, REQUIRED, Reader, Section, SectionDoc, Wrong, words,
};
use crate::node::catalogue::{self, Catalogue};
use crate::node::registry::NodeType;
use crate::provider::meaning::Meaning;
use crate::provider::settings::{INDEX, MANIFEST, Settings};
use std::path::{Component, Path, PathBuf};

/// What `[provider]` declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Declared {
    pub settings: Settings,
    /// The folder of a model that knows what words mean.
    pub model: Option<PathBuf>,
}

impl Declared {
    /// The model, for who asks the provider in that order.
    pub fn meaning(&self, root: &Path) -> Meaning {
        let folder = self.model.as_ref().map(|folder| root.join(folder));
        folder.map_or_else(Meaning::default, Meaning::in_folder)
    }
}

impl catalogue::Declared for Declared {
    const SECTION: &'static str = "provider";
}

static DOC: SectionDoc = SectionDoc {
    kind: "provider",
    named: false,
    about: "Who answers searches for assets: the queries of batches and composites, `memebuild \
            search` and `memebuild serve`. Optional; without it the project's own assets are searched, \
            from their declarations before they are ingested. All providers give the same answers; \
            what a query may say is told in [search.md](search.md).",
    keys: &[
        KeyDoc::new(
            "kind",
            "`manifest`, `sqlite`, `postgres`, `http` or `mock`",
            REQUIRED,
            "`manifest` holds a manifest in memory, `sqlite` an index file of one, `postgres` a \
             schema of a database that `memebuild provider sync` fills, `http` is another \
             memebuild's `serve`, `mock` makes assets up.",
        ),
        KeyDoc::new(
            "path",
            "file",
            "",
            "Of `manifest`, the manifest of any producer, by default the project's; of `sqlite`, the \
             index, by default in `cache/state/`. Relative to the Memefile, or absolute.",
        ),
        KeyDoc::new(
            "manifest",
            "file",
            "",
            "Of `sqlite`, the manifest that the index is made from, by default the project's.",
        ),
        KeyDoc::new(
            "url",
            "URL",
            "",
            "Of `postgres`, as in `postgres://user@host:5432/database`; of `http`, where it is \
             served. No password and no token in it.",
        ),
        KeyDoc::new(
            "secret-env",
            "name of an environment variable",
            "",
            "The variable that holds the password of `postgres` or the token of `http`.",
        ),
        KeyDoc::new("schema", "name", "\"memebuild\"", "Of `postgres`: the schema of its tables."),
        KeyDoc::new(
            "model",
            "folder",
            "",
            "A static embedding model (`model.safetensors` and `tokenizer.json`, as \
             `scripts/fetch-model` leaves them), so that searches may be ordered by meaning too. \
             Relative to the Memefile, or absolute. Of `http`, the server has its own.",
        ),
        KeyDoc::new("seed", "whole number", "0", "Of `mock`: from which assets are made up."),
        KeyDoc::new("assets", "whole number", "200", "Of `mock`: how many."),
    ],
    example: "[provider]\nkind = \"sqlite\"",
};

/// Every key, and the kinds that have it.
const KEYS: [(&str, &[Kind]); 8] = [
    ("path", &[Kind::Manifest, Kind::Sqlite]),
    ("manifest", &[Kind::Sqlite]),
    ("url", &[Kind::Postgres, Kind::Http]),
    ("secret-env", &[Kind::Postgres, Kind::Http]),
    ("schema", &[Kind::Postgres]),
    ("seed", &[Kind::Mock]),
    ("assets", &[Kind::Mock]),
    ("model", &[Kind::Manifest, Kind::Sqlite, Kind::Postgres, Kind::Mock]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Manifest,
    Sqlite,
    Postgres,
    Http,
    Mock,
}

impl FromText for Kind {
    const EXPECTED: &'static str = "a kind of provider such as \"sqlite\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let table = [
            ("manifest", Self::Manifest),
            ("sqlite", Self::Sqlite),
            ("postgres", Self::Postgres),
            ("http", Self::Http),
            ("mock", Self::Mock),
        ];
        words(text, &table)
    }
}

pub struct ProviderType;

impl NodeType for ProviderType {
    fn name(&self) -> &'static str {
        "provider"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let before = mistakes.len();
        let settings = read(&reader);
        let model = reader.value("model").and_then(|_| file(&reader, "model"));
        if let (Some(settings), true) = (settings, mistakes.len() == before) {
            catalogue.insert("", section.span(mistakes), Declared { settings, model });
        }
    }
}

fn read(reader: &Reader<'_, '_>) -> Option<Settings> {
    let kind: Kind = reader.require("kind")?;
    strays(reader, "provider", kind, &KEYS);
    let path = |key, usual: &str| match reader.value(key) {
        None => Some(PathBuf::from(usual)),
        Some(_) => file(reader, key),
    };
    let url = || -> Option<String> {
        let url: Option<String> = reader.get("url");
        if reader.value("url").is_none() {
            let problem = Diagnostic::usage("missing-key", "this kind of provider needs a `url`")
                .label(&reader.span(), "nothing says where it is");
            reader.mistakes().report(problem);
        }
        url
    };
    let number = |key, bounds| reader.int(key, bounds).and_then(|n| u64::try_from(n).ok());
    Some(match kind {
        Kind::Manifest => Settings::Manifest { path: path("path", MANIFEST)? },
        Kind::Sqlite => {
            Settings::Sqlite { path: path("path", INDEX)?, manifest: path("manifest", MANIFEST)? }
        }
        Kind::Postgres => Settings::Postgres {
            url: url()?,
            secret_env: reader.get("secret-env"),
            schema: reader.get("schema").unwrap_or_else(|| "memebuild".to_owned()),
        },
        Kind::Http => Settings::Http { url: url()?, secret_env: reader.get("secret-env") },
        Kind::Mock => Settings::Mock {
            seed: number("seed", 0..=i64::MAX).unwrap_or(0),
            assets: number("assets", 1..=1_000_000)
                .and_then(|n| usize::try_from(n).ok())
                .unwrap_or(200),
        },
    })
}

/// A path that the user wrote, without `..` in the middle of it.
fn file(reader: &Reader<'_, '_>, key: &'static str) -> Option<PathBuf> {
    let text: String = reader.get(key)?;
    let path = PathBuf::from(&text);
    let mut named = path.components().skip_while(|part| *part == Component::ParentDir);
    if text.is_empty() || named.any(|part| part == Component::ParentDir) {
        let problem = Diagnostic::usage("bad-path", format!("`{key}` is no path of a file"))
            .label(&reader.span_of(key), "empty, or it climbs out of a folder that it names");
        reader.mistakes().report(problem);
        return None;
    }
    Some(path)
}
