//! PostgreSQL, 15 or newer: one schema that several memebuilds share, filled from a manifest by
//! `memebuild provider sync`. Words are a `tsvector` of our own tokens under a GIN index, meanings
//! are vectors of pgvector.

mod connect;
mod load;
mod schema;
mod vectors;

use super::answer::{answer, satisfying};
use super::hybrid::{LEAST, NEAREST, Wanted};
use super::index::Index;
use super::meaning::Meaning;
use super::question::{Question, Target};
use super::record::Record;
use super::sql::{Dialect, Value, Writer};
use super::{Provider, failure};
use crate::contract;
use crate::contract::asset::{Manifest, SeedAsset};
use crate::contract::search::{AssetName, Page, Query};
use crate::diagnostic::Diagnostic;
use connect::Connector;
use postgres::Client;
use postgres::types::{ToSql, Type};
use std::sync::{Mutex, MutexGuard};
use vectors::Nearest;

pub use load::Loaded;
pub use vectors::Vectors;

/// A connection, made again where it broke.
pub struct PostgresProvider {
    connector: Connector,
    /// A plain name.
    schema: String,
    client: Mutex<Client>,
    meaning: Meaning,
}

impl PostgresProvider {
    /// Connects, and brings the schema to this version. `password` comes beside the address, which
    /// holds none.
    ///
    /// # Errors
    /// `bad-provider`: the address or the schema's name is none; `provider`: nobody answers.
    pub fn connect(
        url: &str,
        password: Option<String>,
        schema: &str,
    ) -> Result<Self, Box<Diagnostic>> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let named =
            schema.bytes().all(plain) && schema.bytes().next().is_some_and(|b| !b.is_ascii_digit());
        if !named || schema.len() > 60 {
            let what = format!("`{}` is no name of a schema", schema.escape_debug());
            let problem = Diagnostic::usage("bad-provider", what);
            return Err(Box::new(problem.hint("use `a-z`, `0-9` and `_`, a letter first")));
        }
        let connector = Connector::new(url, password)?;
        let mut client = connector.connect(schema)?;
        schema::migrate(&mut client, schema).map_err(|e| failure(connector.name(), told(&e)))?;
        let (schema, client) = (schema.to_owned(), Mutex::new(client));
        Ok(Self { connector, schema, client, meaning: Meaning::default() })
    }

    /// With a model that knows what words mean.
    #[must_use]
    pub fn with_meaning(self, meaning: Meaning) -> Self {
        Self { meaning, ..self }
    }

    /// Makes the database hold what a manifest holds, and nothing else, in one transaction.
    ///
    /// # Errors
    /// `provider`: the database refused; `bad-model`: the model cannot be read.
    pub fn load(&self, manifest: &Manifest) -> Result<Loaded, Box<Diagnostic>> {
        let model = self.meaning.is_there().then(|| self.meaning.model()).transpose()?;
        load::load(&mut *self.client()?, &self.schema, manifest, model.as_deref())
            .map_err(|e| self.fail(told(&e)))
    }

    fn client(&self) -> Result<MutexGuard<'_, Client>, Box<Diagnostic>> {
        let mut client = self.client.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if client.is_closed() {
            *client = self.connector.connect(&self.schema)?;
        }
        Ok(client)
    }

    /// Asks; once more where the connection turns out to have been cut since the last time.
    fn ask<T>(
        &self,
        mut ask: impl FnMut(&mut Client) -> Result<T, postgres::Error>,
    ) -> Result<T, Box<Diagnostic>> {
        let first = ask(&mut *self.client()?);
        match first {
            Err(e) if e.is_closed() => ask(&mut *self.client()?).map_err(|e| self.fail(told(&e))),
            other => other.map_err(|e| self.fail(told(&e))),
        }
    }

    fn fail(&self, why: impl std::fmt::Display) -> Box<Diagnostic> {
        failure(&self.describe(), why)
    }

    fn records(&self, condition: &str, values: &[Value]) -> Result<Vec<Record>, Box<Diagnostic>> {
        self.select(&format!("SELECT record FROM asset WHERE {condition}"), values)
    }

    /// The records that a query selects.
    fn select(&self, text: &str, values: &[Value]) -> Result<Vec<Record>, Box<Diagnostic>> {
        // With their types said, a question is one exchange instead of two.
        let values: Vec<(&(dyn ToSql + Sync), Type)> = values
            .iter()
            .map(|value| match value {
                Value::Text(text) => (text as &(dyn ToSql + Sync), Type::TEXT),
                Value::Number(number) => (number as &(dyn ToSql + Sync), Type::INT8),
            })
            .collect();
        let rows = self.ask(|client| client.query_typed(text, &values))?;
        rows.iter()
            .map(|row| {
                let text: &str = row.try_get(0).map_err(|e| self.fail(e))?;
                serde_json::from_str(text).map_err(|e| self.fail(e))
            })
            .collect()
    }

    /// A part of the assets that holds the nearest of those that satisfy what has to hold.
    fn nearest(
        &self,
        question: &Question,
        wanted: &Wanted,
    ) -> Result<Vec<Record>, Box<Diagnostic>> {
        let Some(vector) = &wanted.vector else { return Ok(Vec::new()) };
        let who = self.describe();
        let nearest =
            self.ask(|client| Nearest::new(client, &who, &wanted.model, vector, LEAST))??;
        let mut writer = Writer::new(&Postgres);
        let condition = writer.candidates(question);
        writer.values.push(Value::Text(nearest.value().to_owned()));
        let mut most = 2 * NEAREST;
        loop {
            let text = nearest.select(&condition, writer.values.len(), most);
            let found = self.select(&text, &writer.values)?;
            // Not all conditions can be said in SQL: there are enough once enough satisfy them all.
            let enough = || satisfying(&Index::new(found.clone()), question).len() >= NEAREST;
            if found.len() < most || enough() {
                return Ok(found);
            }
            most *= 4;
        }
    }

    fn target(&self, name: &AssetName) -> Result<Target, Box<Diagnostic>> {
        let values = [Value::Text(name.kind.to_string()), Value::Text(name.id.to_string())];
        let found = self.records("kind = $1 AND id = $2", &values)?;
        Ok(super::manifest::target(&Index::new(found), name))
    }
}

/// What a database says, with what the server adds: `postgres` alone only says `db error`.
fn told(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(db) => db.to_string(),
        None => {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
            format!("{error}{}", cause.unwrap_or_default())
        }
    }
}

impl Provider for PostgresProvider {
    fn describe(&self) -> String {
        format!("{}, schema {}", self.connector.name(), self.schema)
    }

    fn search(&self, query: &Query) -> Result<Page, Box<Diagnostic>> {
        let question = Question::new(query, &self.meaning, |name| self.target(name))?;
        let mut writer = Writer::new(&Postgres);
        let found = match (&question.wanted, query.explain || query.explain_asset.is_some()) {
            // What was removed can be told only of those that are there.
            (_, true) => self.records("TRUE", &[])?,
            (None, false) => {
                let condition = writer.candidates(&question);
                self.records(&condition, &writer.values)?
            }
            (Some(wanted), false) => {
                let condition = writer.worded(&question);
                let mut found = self.records(&condition, &writer.values)?;
                found.extend(self.nearest(&question, wanted)?);
                found
            }
        };
        Ok(answer(&Index::new(found), &question))
    }

    fn get_asset_by_id(&self, name: &AssetName) -> Result<Option<SeedAsset>, Box<Diagnostic>> {
        let text = "SELECT document FROM asset WHERE kind = $1 AND id = $2";
        let (kind, id) = (name.kind.as_str(), name.id.as_str());
        let row = self.ask(|client| client.query_opt(text, &[&kind, &id]))?;
        let Some(row) = row else { return Ok(None) };
        let bytes: &[u8] = row.try_get(0).map_err(|e| self.fail(e))?;
        contract::read(bytes).map(Some).map_err(|e| self.fail(e))
    }
}

struct Postgres;

impl Dialect for Postgres {
    fn place(&self, number: usize) -> String {
        format!("${number}")
    }

    fn words(&self, tokens: &[String], prefix: bool, place: &str) -> (String, Value) {
        let last = tokens.len() - 1;
        // Tokens are letters, digits and marks: quoted, nothing in them means anything.
        let word = |(at, token): (usize, &String)| {
            format!("'{token}'{}", if prefix && at == last { ":*" } else { "" })
        };
        let all: Vec<String> = tokens.iter().enumerate().map(word).collect();
        (format!("words @@ CAST({place}::text AS tsquery)"), Value::Text(all.join(" & ")))
    }
}
