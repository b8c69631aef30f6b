//! From a manifest to tables: only what differs is written.

use super::vectors::{self, Vectors};
use crate::contract;
use crate::contract::asset::Manifest;
use crate::provider::meaning::Model;
use crate::provider::record::{Record, records};
use crate::provider::sql::{COLUMNS, Value, all_tags, all_tokens, columns};
use postgres::types::ToSql;
use postgres::{Client, Error, Statement, Transaction};
use std::collections::HashMap;

/// What loading came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded {
    /// Written, new or anew.
    pub written: usize,
    pub removed: usize,
    /// As they were.
    pub same: usize,
    pub vectors: Vectors,
}

/// Makes the tables hold what the manifest holds.
pub fn load(
    client: &mut Client,
    schema: &str,
    manifest: &Manifest,
    model: Option<&Model>,
) -> Result<Loaded, Error> {
    let mut transaction = client.transaction()?;
    // Two that load at once would each see the other's half. Readers go on meanwhile.
    transaction.batch_execute(&format!("LOCK TABLE {schema}.asset IN SHARE ROW EXCLUSIVE MODE"))?;
    let mut held: HashMap<(String, String), String> = HashMap::new();
    for row in transaction.query("SELECT kind, id, digest FROM asset", &[])? {
        held.insert((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?);
    }
    let mut loaded = Loaded::default();
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let places: Vec<String> = (1..=names.len() + 4).map(|n| format!("${n}")).collect();
    let count = names.len();
    let insert = format!(
        "INSERT INTO asset ({}, words, digest, record, document) VALUES ({}, array_to_tsvector(${}), {}) \
         RETURNING number",
        names.join(", "),
        places[..count].join(", "),
        count + 1,
        places[count + 1..].join(", "),
    );
    let insert = transaction.prepare(&insert)?;
    let lists = Lists {
        tags: transaction
            .prepare("INSERT INTO tag (asset, tag) SELECT $1, unnest($2::text[])")?,
        parts: transaction.prepare(
            "INSERT INTO part (asset, name, value) SELECT $1, * FROM unnest($2::text[], $3::bigint[])",
        )?,
    };
    for (record, asset) in records(manifest).iter().zip(&manifest.assets) {
        let document = contract::write(asset);
        let text = serde_json::to_string(record).expect("a record serialises");
        let digest = blake3::hash(&[text.as_bytes(), &document].concat()).to_hex().to_string();
        let name = (record.kind.to_string(), record.id.to_string());
        match held.remove(&name) {
            Some(own) if own == digest => {
                loaded.same += 1;
                continue;
            }
            Some(_) => remove(&mut transaction, &name)?,
            None => {}
        }
        let row = columns(record);
        let mut values: Vec<Box<dyn ToSql + Sync>> = Vec::with_capacity(count + 4);
        for (value, (_, is_text)) in row.into_iter().zip(COLUMNS) {
            values.push(match (value, is_text) {
                (Some(Value::Text(text)), _) => Box::new(text),
                (Some(Value::Number(number)), _) => Box::new(number),
                (None, true) => Box::new(None::<String>),
                (None, false) => Box::new(None::<i64>),
            });
        }
        values.push(Box::new(all_tokens(record)));
        values.push(Box::new(digest));
        values.push(Box::new(text));
        values.push(Box::new(document));
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value).collect();
        let number: i64 = transaction.query_one(&insert, &values)?.try_get(0)?;
        lists.write(&mut transaction, number, record)?;
        loaded.written += 1;
    }
    for name in held.keys() {
        remove(&mut transaction, name)?;
        loaded.removed += 1;
    }
    loaded.vectors = vectors::load(&mut transaction, manifest, model)?;
    transaction.commit()?;
    if loaded.written + loaded.removed > 0 {
        // The planner knows nothing of rows that were only just written.
        client.batch_execute("ANALYZE asset; ANALYZE tag; ANALYZE part")?;
    }
    Ok(loaded)
}

fn remove(transaction: &mut Transaction<'_>, (kind, id): &(String, String)) -> Result<(), Error> {
    transaction.execute("DELETE FROM asset WHERE kind = $1 AND id = $2", &[kind, id]).map(drop)
}

/// How the tags and parts of one asset are written.
struct Lists {
    tags: Statement,
    parts: Statement,
}

impl Lists {
    fn write(
        &self,
        transaction: &mut Transaction<'_>,
        number: i64,
        record: &Record,
    ) -> Result<(), Error> {
        let tags = all_tags(record);
        if !tags.is_empty() {
            transaction.execute(&self.tags, &[&number, &tags])?;
        }
        let parts = record.found.iter().flat_map(|found| &found.parts);
        let (names, values): (Vec<&str>, Vec<i64>) =
            parts.map(|(name, value)| (name.as_str(), *value)).unzip();
        if !names.is_empty() {
            transaction.execute(&self.parts, &[&number, &names, &values])?;
        }
        Ok(())
    }
}
