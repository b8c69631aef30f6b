//! What words mean, as vectors of whole numbers: a static embedding model, which is a table of rows
//! and a rule that cuts words into pieces that have one. The meaning of a text is the direction of
//! the sum of its pieces' rows. That needs no framework and no floating point beyond reading the
//! rows, so that every machine finds the same to the last bit, and with it the same order.
//!
//! ```text
//! word ──Pieces──▶ numbers of rows ──Rows──▶ their sum ──Vector::of──▶ a direction, one byte each
//! ```

mod pieces;
mod rows;
mod vector;

use super::index::{Field, texts};
use super::record::Record;
use super::tokens::tokens;
use crate::diagnostic::Diagnostic;
use pieces::Pieces;
use rows::Rows;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

pub use vector::{Vector, dot, least, thousandths};

/// The two files of a model, as they are usually called.
pub const FILES: [&str; 2] = ["model.safetensors", "tokenizer.json"];

/// Largest file that is read, in bytes.
const LARGEST: u64 = 1 << 30;

/// Raised whenever the same files come to give other vectors, or assets are said in other words.
const VERSION: &str = "memebuild meaning v1";

/// A model in memory.
pub struct Model {
    pieces: Pieces,
    rows: Rows,
    digest: String,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Model({})", self.digest)
    }
}

impl Model {
    /// Reads the model in a folder.
    ///
    /// # Errors
    /// `bad-model`: a file is missing, or is not what it has to be.
    pub fn open(folder: &Path) -> Result<Self, Box<Diagnostic>> {
        let [rows, pieces] = FILES.map(|name| folder.join(name));
        let (rows_bytes, pieces_bytes) = (read(&rows)?, read(&pieces)?);
        let mut hasher = blake3::Hasher::new_derive_key(VERSION);
        for bytes in [&rows_bytes, &pieces_bytes] {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        let digest = hasher.finalize().to_hex().to_string();
        let pieces = Pieces::read(&pieces_bytes).map_err(|why| bad(&pieces, why))?;
        let rows = Rows::read(rows_bytes).map_err(|why| bad(&rows, why))?;
        Ok(Self { pieces, rows, digest })
    }

    /// Of both files: equal models give equal vectors.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How many numbers a vector has.
    pub fn width(&self) -> usize {
        self.rows.width()
    }

    /// The numbers of a word's pieces, in their order.
    pub fn pieces(&self, word: &str) -> Vec<u32> {
        self.pieces.cut(word)
    }

    /// What these words mean together; none where the model has nothing for any of them.
    pub fn meaning<'w>(&self, words: impl IntoIterator<Item = &'w str>) -> Option<Vector> {
        let mut sum = vec![0i64; self.width()];
        for piece in words.into_iter().flat_map(|word| self.pieces(word)) {
            self.rows.add(piece, &mut sum);
        }
        Vector::of(&sum)
    }

    /// What an asset is, by its id, tags and title. Who made it says nothing of that.
    pub fn of(&self, record: &Record) -> Option<Vector> {
        let mut words = BTreeSet::new();
        for (field, text) in texts(record) {
            // Of a tag in a namespace, `mood:happy`, what it says and not what it is about.
            let text = match field {
                Field::Creator => continue,
                Field::Tag if text.starts_with("creator:") => continue,
                Field::Tag => text.rsplit(':').next().unwrap_or(text),
                Field::Id | Field::Title => text,
            };
            words.extend(tokens(text).into_iter().filter(|word| speaks(word)));
        }
        self.meaning(words.iter().map(String::as_str))
    }
}

/// Whether a word may mean something: counters, hashes and sizes in names do not.
pub fn speaks(word: &str) -> bool {
    !word.chars().any(char::is_numeric)
}

fn read(path: &Path) -> Result<Vec<u8>, Box<Diagnostic>> {
    let long = std::fs::metadata(path).is_ok_and(|about| about.len() > LARGEST);
    if long {
        return Err(bad(path, "it is larger than 1 GiB"));
    }
    std::fs::read(path).map_err(|e| bad(path, e))
}

fn bad(path: &Path, why: impl std::fmt::Display) -> Box<Diagnostic> {
    let what = format!("`{}` is no part of a model: {why}", path.display());
    let [rows, pieces] = FILES;
    let hint = format!(
        "the folder that `model` names holds {rows} and {pieces} of a static embedding model; \
         `scripts/fetch-model FOLDER` fetches one"
    );
    Box::new(Diagnostic::error("bad-model", what).hint(hint))
}

/// Where a provider's model is, if it has one. It is read once, by the first who needs it, so that
/// those who do not ask for meaning wait for nothing.
#[derive(Debug, Clone, Default)]
pub struct Meaning(Option<Arc<Place>>);

#[derive(Debug)]
struct Place {
    folder: PathBuf,
    /// Held while it is read, so that a hundred askers read it once.
    model: Mutex<Option<Arc<Model>>>,
}

impl Meaning {
    pub fn in_folder(folder: PathBuf) -> Self {
        Self(Some(Arc::new(Place { folder, model: Mutex::new(None) })))
    }

    /// A model that was read.
    pub fn of(model: Arc<Model>) -> Self {
        Self(Some(Arc::new(Place { folder: PathBuf::new(), model: Mutex::new(Some(model)) })))
    }

    /// Whether there is one to ask.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// # Errors
    /// `no-model`: none is configured; `bad-model`: it cannot be read.
    pub fn model(&self) -> Result<Arc<Model>, Box<Diagnostic>> {
        let Some(place) = &self.0 else {
            let what = "there is no model that knows what words mean";
            let problem = Diagnostic::usage("no-model", what)
                .note("ordering by meaning was asked for; ordering by words needs none")
                .hint("name one by `model` in `[provider]`; `scripts/fetch-model` fetches one");
            return Err(Box::new(problem));
        };
        let mut held = place.model.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = &*held {
            return Ok(Arc::clone(model));
        }
        let model = Arc::new(Model::open(&place.folder)?);
        *held = Some(Arc::clone(&model));
        Ok(model)
    }
}
