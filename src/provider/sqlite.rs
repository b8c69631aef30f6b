//! SQLite: an index file made from a manifest, words in an FTS5 table. The file is a memo: where it
//! is missing, of another version or of another manifest, it is made anew.

use super::answer::answer;
use super::index::Index;
use super::manifest::read_manifest;
use super::meaning::Meaning;
use super::question::{Question, Target};
use super::record::{Record, records};
use super::sql::{COLUMNS, Dialect, Value, Writer, all_tags, all_tokens, columns};
use super::{Provider, failure};
use crate::contract;
use crate::contract::asset::{Manifest, SeedAsset};
use crate::contract::search::{AssetName, Page, Query};
use crate::diagnostic::Diagnostic;
use rusqlite::types::ToSql;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params_from_iter};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// Version of the tables and of what is in them.
const VERSION: &str = "1";

/// An open index.
pub struct SqliteProvider {
    path: PathBuf,
    connection: Mutex<Connection>,
    meaning: Meaning,
}

impl SqliteProvider {
    /// Opens an index, made anew where it does not hold what the manifest holds. Without a manifest
    /// the index has to be there.
    ///
    /// # Errors
    /// `no-manifest`, `contract-break`: see [`read_manifest`]; `provider`: the file is no index, or
    /// cannot be written.
    pub fn open(path: &Path, manifest: Option<&Path>) -> Result<Self, Box<Diagnostic>> {
        let who = format!("SQLite index {}", path.display());
        if let Some(manifest) = manifest {
            let digest = file_digest(manifest);
            if digest.is_none() || digest != held(path) {
                let read = read_manifest(manifest)?;
                let digest = digest.unwrap_or_default();
                create(path, &read, &digest).map_err(|e| failure(&who, e))?;
            }
        }
        Self::read(path).map_err(|e| failure(&who, e))
    }

    /// Makes an index of a manifest.
    ///
    /// # Errors
    /// `provider`: the file cannot be written.
    pub fn of(path: &Path, manifest: &Manifest) -> Result<Self, Box<Diagnostic>> {
        let who = format!("SQLite index {}", path.display());
        let made = create(path, manifest, "").and_then(|()| Ok(Self::read(path)?));
        made.map_err(|e| failure(&who, e))
    }

    fn read(path: &Path) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        let version: String =
            connection
                .query_row("SELECT value FROM about WHERE key = 'version'", [], |row| row.get(0))?;
        if version != VERSION {
            return Err(rusqlite::Error::InvalidQuery);
        }
        let (path, connection) = (path.to_owned(), Mutex::new(connection));
        Ok(Self { path, connection, meaning: Meaning::default() })
    }

    /// With a model that knows what words mean. Its vectors are reckoned when they are asked for,
    /// of what the conditions leave.
    #[must_use]
    pub fn with_meaning(self, meaning: Meaning) -> Self {
        Self { meaning, ..self }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // Reading leaves nothing half done.
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn fail(&self, why: impl std::fmt::Display) -> Box<Diagnostic> {
        failure(&self.describe(), why)
    }

    fn records(&self, condition: &str, values: &[Value]) -> Result<Vec<Record>, Box<Diagnostic>> {
        let connection = self.connection();
        let text = format!("SELECT record FROM asset WHERE {condition} ORDER BY kind_order, id");
        let mut statement = connection.prepare(&text).map_err(|e| self.fail(e))?;
        let rows = statement
            .query_map(params_from_iter(values), |row| row.get::<_, String>(0))
            .map_err(|e| self.fail(e))?;
        rows.map(|row| {
            let text = row.map_err(|e| self.fail(e))?;
            serde_json::from_str(&text).map_err(|e| self.fail(e))
        })
        .collect()
    }

    fn target(&self, name: &AssetName) -> Result<Target, Box<Diagnostic>> {
        let values = [Value::Text(name.kind.to_string()), Value::Text(name.id.to_string())];
        let found = self.records("kind = ?1 AND id = ?2", &values)?;
        Ok(super::manifest::target(&Index::new(found), name))
    }
}

impl Provider for SqliteProvider {
    fn describe(&self) -> String {
        format!("SQLite index {}", self.path.display())
    }

    fn search(&self, query: &Query) -> Result<Page, Box<Diagnostic>> {
        let question = Question::new(query, &self.meaning, |name| self.target(name))?;
        let mut writer = Writer::new(&Sqlite);
        let condition = match query.explain || query.explain_asset.is_some() {
            // What was removed can be told only of those that are there.
            true => "TRUE".to_owned(),
            false => writer.candidates(&question),
        };
        let found = self.records(&condition, &writer.values)?;
        Ok(answer(&Index::new(found), &question))
    }

    fn get_asset_by_id(&self, name: &AssetName) -> Result<Option<SeedAsset>, Box<Diagnostic>> {
        let connection = self.connection();
        let text = "SELECT document FROM asset WHERE kind = ?1 AND id = ?2";
        let names = [name.kind.as_str(), name.id.as_str()];
        let found: Option<Vec<u8>> = connection
            .query_row(text, names, |row| row.get(0))
            .optional()
            .map_err(|e| self.fail(e))?;
        found.map(|bytes| contract::read(&bytes).map_err(|e| self.fail(e))).transpose()
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Number(number) => number.to_sql(),
        }
    }
}

struct Sqlite;

impl Dialect for Sqlite {
    fn place(&self, number: usize) -> String {
        format!("?{number}")
    }

    fn words(&self, tokens: &[String], prefix: bool, place: &str) -> (String, Value) {
        let last = tokens.len() - 1;
        let word = |(at, token): (usize, &String)| {
            format!("\"{}\"{}", plain(token), if prefix && at == last { "*" } else { "" })
        };
        let all: Vec<String> = tokens.iter().enumerate().map(word).collect();
        let text = format!("asset.number IN (SELECT rowid FROM words WHERE words MATCH {place})");
        (text, Value::Text(all.join(" AND ")))
    }
}

/// A token in letters that FTS5's tokenizer leaves as they are, whatever it thinks of Unicode: what
/// is no ASCII letter or digit becomes `z` and two hexadecimal digits a byte, and `z` becomes `zz`.
/// What one token begins with, the other begins with after this too.
fn plain(token: &str) -> String {
    let mut text = String::with_capacity(token.len());
    for byte in token.bytes() {
        match byte {
            b'z' => text.push_str("zz"),
            b'a'..=b'y' | b'0'..=b'9' => text.push(char::from(byte)),
            _ => text.push_str(&format!("z{byte:02x}")),
        }
    }
    text
}

/// The digest of the manifest that an index was made from.
fn held(path: &Path) -> Option<String> {
    let provider = SqliteProvider::read(path).ok()?;
    let connection = provider.connection();
    let text = "SELECT value FROM about WHERE key = 'manifest'";
    connection.query_row(text, [], |row| row.get(0)).ok()
}

fn file_digest(path: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(std::fs::File::open(path).ok()?).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}

/// Writes an index beside its place, and moves it there once it is whole.
fn create(
    path: &Path,
    manifest: &Manifest,
    digest: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let file = tempfile::Builder::new().prefix(".index-").tempfile_in(folder)?;
    let mut connection = Connection::open(file.path())?;
    // A file that nobody sees until it is flushed needs no journal.
    connection.pragma_update(None, "journal_mode", "OFF")?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    let transaction = connection.transaction()?;
    let columns_text: Vec<String> = COLUMNS
        .iter()
        .map(|(name, is_text)| format!("{name} {}", if *is_text { "TEXT" } else { "INTEGER" }))
        .collect();
    transaction.execute_batch(&format!(
        "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
         CREATE TABLE asset (number INTEGER PRIMARY KEY, kind_order INTEGER NOT NULL, {},
             record TEXT NOT NULL, document BLOB NOT NULL);
         CREATE UNIQUE INDEX asset_name ON asset (kind_order, id);
         CREATE INDEX asset_kind ON asset (kind, id);
         CREATE INDEX asset_quality ON asset (quality);
         CREATE TABLE tag (tag TEXT NOT NULL, asset INTEGER NOT NULL, PRIMARY KEY (asset, tag)) WITHOUT ROWID;
         CREATE INDEX tag_tag ON tag (tag);
         CREATE TABLE part (asset INTEGER NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
             PRIMARY KEY (asset, name)) WITHOUT ROWID;
         CREATE VIRTUAL TABLE words USING fts5(text, content='', detail=none, tokenize='ascii', prefix='1 2 3');",
        columns_text.join(", ")
    ))?;
    let places: Vec<String> = (1..=COLUMNS.len() + 4).map(|n| format!("?{n}")).collect();
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    {
        let mut asset = transaction.prepare(&format!(
            "INSERT INTO asset (number, kind_order, record, document, {}) VALUES ({})",
            names.join(", "),
            places.join(", ")
        ))?;
        let mut words = transaction.prepare("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?;
        let mut tag = transaction.prepare("INSERT INTO tag (asset, tag) VALUES (?1, ?2)")?;
        let mut part =
            transaction.prepare("INSERT INTO part (asset, name, value) VALUES (?1, ?2, ?3)")?;
        for (number, (record, document)) in
            (1i64..).zip(records(manifest).iter().zip(&manifest.assets))
        {
            let mut values: Vec<Box<dyn ToSql>> = vec![
                Box::new(number),
                Box::new(record.kind as i64),
                Box::new(serde_json::to_string(record)?),
                Box::new(contract::write(document)),
            ];
            values
                .extend(columns(record).into_iter().map(|value| Box::new(value) as Box<dyn ToSql>));
            asset.execute(params_from_iter(values))?;
            let text: Vec<String> = all_tokens(record).iter().map(|token| plain(token)).collect();
            words.execute((number, text.join(" ")))?;
            for text in all_tags(record) {
                tag.execute((number, text))?;
            }
            for (name, value) in record.found.iter().flat_map(|found| &found.parts) {
                part.execute((number, name, value))?;
            }
        }
    }
    transaction
        .execute("INSERT INTO about VALUES ('version', ?1), ('manifest', ?2)", [VERSION, digest])?;
    transaction.execute_batch("INSERT INTO words (words) VALUES ('optimize');")?;
    transaction.commit()?;
    connection.close().map_err(|(_, e)| e)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}
