//! The tables, and how they came to be: a list of migrations, of which each runs once.

use crate::provider::sql::COLUMNS;
use postgres::{Client, Error};

/// Of all memebuilds that migrate at the same time, one does.
const LOCK: i64 = 0x6d65_6d65_6275_696c;

/// Every migration in order. What was released is never changed; what comes is added behind.
fn migrations() -> Vec<String> {
    let columns: Vec<String> = COLUMNS
        .iter()
        // Compared byte by byte, as everything else compares ids.
        .map(|(name, text)| {
            format!("{name} {}", if *text { "text COLLATE \"C\"" } else { "bigint" })
        })
        .collect();
    vec![
        format!(
            "CREATE TABLE asset (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {},
                 words tsvector NOT NULL, digest text NOT NULL, record text NOT NULL, document bytea NOT NULL,
                 UNIQUE (kind, id));
             CREATE INDEX asset_words ON asset USING gin (words);
             CREATE INDEX asset_quality ON asset (quality);
             CREATE TABLE tag (asset bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
                 tag text COLLATE \"C\" NOT NULL, PRIMARY KEY (asset, tag));
             CREATE INDEX tag_tag ON tag (tag text_pattern_ops);
             CREATE TABLE part (asset bigint NOT NULL REFERENCES asset ON DELETE CASCADE,
                 name text COLLATE \"C\" NOT NULL, value bigint NOT NULL, PRIMARY KEY (asset, name));",
            columns.join(", ")
        ),
        // What made the vectors; their own table comes with the extension that they need.
        "CREATE TABLE about (key text PRIMARY KEY, value text NOT NULL)".to_owned(),
    ]
}

/// Brings a schema to this version.
pub fn migrate(client: &mut Client, schema: &str) -> Result<(), Error> {
    let mut transaction = client.transaction()?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
    let there = "SELECT EXISTS (SELECT 1 FROM information_schema.tables \
                 WHERE table_schema = $1 AND table_name = 'migration')";
    if !transaction.query_one(there, &[&schema])?.try_get::<_, bool>(0)? {
        // Who owns a schema need not be allowed to make others, and would be refused even so.
        let made = "SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)";
        if !transaction.query_one(made, &[&schema])?.try_get::<_, bool>(0)? {
            transaction.batch_execute(&format!("CREATE SCHEMA {schema}"))?;
        }
        transaction.batch_execute(&format!(
            "CREATE TABLE {schema}.migration (number integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
        ))?;
    }
    let done: i64 = transaction.query_one("SELECT count(*) FROM migration", &[])?.try_get(0)?;
    let all = migrations();
    for (number, migration) in (1i32..).zip(&all).skip(usize::try_from(done).unwrap_or(usize::MAX))
    {
        transaction.batch_execute(migration)?;
        transaction.execute("INSERT INTO migration (number) VALUES ($1)", &[&number])?;
    }
    transaction.commit()
}
