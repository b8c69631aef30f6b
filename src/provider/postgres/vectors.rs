//! What assets mean, in a database: a vector each, by the extension pgvector.
//!
//! The vectors are those of [`Model`], whole numbers that the extension's numbers of 24 bits hold
//! and multiply exactly, so that the nearest that a database selects are the nearest. All are
//! compared: there is no approximate index, which would leave out some of them.
//!
//! The extension may be missing, and then so is this. Nobody notices but those who order by meaning.

use super::told;
use crate::contract::asset::{AssetKind, Manifest};
use crate::diagnostic::Diagnostic;
use crate::provider::meaning::{Model, Vector, least};
use crate::provider::record::records;
use postgres::{Client, Error, GenericClient, Transaction};
use std::collections::HashMap;

/// What loading made of vectors.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Vectors {
    /// No model is configured; there are none.
    #[default]
    Unasked,
    /// So many were written.
    Written(usize),
    /// There are none, and why.
    Impossible(String),
}

/// The key under which the model is held that made the vectors.
const MODEL: &str = "model";

/// The schema in which the extension lies.
fn extension(client: &mut impl GenericClient) -> Result<Option<String>, Error> {
    let text = "SELECT quote_ident(nspname) FROM pg_extension \
                JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'vector'";
    client.query_opt(text, &[])?.map(|row| row.try_get(0)).transpose()
}

/// Sees to it that the extension and the table are there. Whoever owns a database may add this
/// extension; others have to ask.
fn prepare(transaction: &mut Transaction<'_>) -> Result<Result<String, String>, Error> {
    let schema = match extension(transaction)? {
        Some(schema) => schema,
        None => {
            // What fails within it does not end the transaction.
            let mut attempt = transaction.transaction()?;
            match attempt.batch_execute("CREATE EXTENSION vector WITH SCHEMA public") {
                Ok(()) => attempt.commit()?,
                Err(e) if e.is_closed() => return Err(e),
                Err(e) => {
                    attempt.rollback()?;
                    return Ok(Err(told(&e)));
                }
            }
            "public".to_owned()
        }
    };
    transaction.batch_execute(&format!(
        "CREATE TABLE IF NOT EXISTS meaning (asset bigint PRIMARY KEY REFERENCES asset ON DELETE CASCADE,
             vector {schema}.vector)"
    ))?;
    Ok(Ok(schema))
}

/// Makes the table hold the vector of every asset by this model, or none without one: some of them,
/// or those of another model, would be a lie.
pub fn load(
    transaction: &mut Transaction<'_>,
    manifest: &Manifest,
    model: Option<&Model>,
) -> Result<Vectors, Error> {
    let held = "SELECT value FROM about WHERE key = $1";
    let held = transaction.query_opt(held, &[&MODEL])?;
    let held: Option<String> = held.map(|row| row.try_get(0)).transpose()?;
    if held.is_some() && held.as_deref() != model.map(Model::digest) {
        transaction.execute("DELETE FROM about WHERE key = $1", &[&MODEL])?;
        transaction.batch_execute("DELETE FROM meaning")?;
    }
    let Some(model) = model else { return Ok(Vectors::Unasked) };
    let schema = match prepare(transaction)? {
        Ok(schema) => schema,
        Err(why) => return Ok(Vectors::Impossible(why)),
    };
    let bare = "SELECT number, kind, id FROM asset \
                WHERE NOT EXISTS (SELECT 1 FROM meaning WHERE meaning.asset = asset.number)";
    let mut bare: HashMap<(String, String), i64> = transaction
        .query(bare, &[])?
        .iter()
        .map(|row| Ok(((row.try_get(1)?, row.try_get(2)?), row.try_get(0)?)))
        .collect::<Result<_, Error>>()?;
    let insert = format!(
        "INSERT INTO meaning (asset, vector) VALUES ($1, CAST($2::text AS {schema}.vector))"
    );
    let insert = transaction.prepare(&insert)?;
    let mut written = 0;
    for record in records(manifest) {
        let Some(number) = bare.remove(&(record.kind.to_string(), record.id.to_string())) else {
            continue;
        };
        let vector = model.of(&record).map(|vector| written_out(&vector));
        transaction.execute(&insert, &[&number, &vector])?;
        written += 1;
    }
    let now = "INSERT INTO about (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    transaction.execute(now, &[&MODEL, &model.digest()])?;
    Ok(Vectors::Written(written))
}

/// `[1,-2,3]`, as the extension reads it.
fn written_out(vector: &Vector) -> String {
    let numbers: Vec<String> = vector.numbers().iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(","))
}

/// How to select by nearness.
pub struct Nearest {
    /// Where the extension lies.
    schema: String,
    vector: String,
    least: i32,
}

impl Nearest {
    /// Ready to select those that are at least so near, in thousandths, to a vector of a model.
    /// `who` is the database for people.
    pub fn new(
        client: &mut Client,
        who: &str,
        model: &Model,
        vector: &Vector,
        share: u32,
    ) -> Result<Result<Self, Box<Diagnostic>>, Error> {
        let text = "SELECT value FROM about WHERE key = $1";
        let held = client.query_opt(text, &[&MODEL])?;
        let held: Option<String> = held.map(|row| row.try_get(0)).transpose()?;
        let schema = extension(client)?;
        let none = |why: &str| {
            let what = format!("{who} cannot order by meaning: {why}");
            let hint = "`memebuild provider sync` writes the vectors, where the database has the \
                        extension pgvector";
            Ok(Err(Box::new(Diagnostic::error("no-vectors", what).hint(hint))))
        };
        match (held, schema) {
            (None, None) => none("it has no vectors, nor the extension pgvector"),
            (None, Some(_)) | (Some(_), None) => none("it has no vectors"),
            (Some(held), Some(_)) if held != model.digest() => {
                none("its vectors are those of another model than the one that is configured")
            }
            (Some(_), Some(schema)) => {
                let (vector, least) = (written_out(vector), least(share, model.width()));
                Ok(Ok(Self { schema, vector, least }))
            }
        }
    }

    /// A query for at most so many records that satisfy a condition, the nearest first, and of
    /// those that are equally near by kind and id. Its last value, of that number, is
    /// [`Nearest::value`].
    pub fn select(&self, condition: &str, place: usize, most: usize) -> String {
        let Self { schema, least, .. } = self;
        let kinds: Vec<String> = AssetKind::ALL.iter().map(|kind| format!("'{kind}'")).collect();
        // The operator gives the product with its sign turned, so that the nearest come first.
        let product = format!(
            "(meaning.vector OPERATOR({schema}.<#>) CAST(${place}::text AS {schema}.vector))"
        );
        format!(
            "SELECT record FROM asset JOIN meaning ON meaning.asset = asset.number \
             WHERE ({condition}) AND {product} <= -{least} \
             ORDER BY {product}, array_position(ARRAY[{}], kind), id LIMIT {most}",
            kinds.join(", ")
        )
    }

    pub fn value(&self) -> &str {
        &self.vector
    }
}
