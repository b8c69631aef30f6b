//! Content-addressed store and action cache, behind two small traits.
//!
//! ```text
//! cache/
//!   cas/ab/<62 hex>   one file per blob, named by the blake3 of its bytes
//!   ac/ab/<62 hex>    one file per action result, named by the action's key; its first line is the
//!                     blake3 of the rest
//!   tmp/<process>/    where everything is written first; swept when a day old and nobody's
//!   state/            what may be forgotten at no cost but time: which stat data stands for which
//!                     bytes, which builds used what, how much room is taken
//! ```
//!
//! Nothing here is believed because it exists. A blob has its recorded length and hashes to its
//! name, a record carries its own checksum and its key, and stat data stands for bytes only under
//! git's racy-clean rule ([`stamp`]). A blob gets its name once its bytes are durable, a record
//! gets its name once the names of its blobs are ([`commit`]).

mod blobs;
pub mod collect;
mod commit;
pub mod error;
pub mod hash;
mod layout;
pub mod local;
mod memo;
pub mod place;
mod record;
pub mod session;
pub mod stamp;
pub mod stat_memo;
pub mod table;
pub mod verify;
pub mod walk;

pub use blobs::InPlace;
pub use error::StoreError;
pub use local::{Durability, LocalStore};
pub use stamp::{Stamp, Watch};
pub use stat_memo::FileDigests;

use crate::contract::action::ActionResult;
use crate::contract::digest::{ActionKey, Digest};
use crate::diagnostic::Diagnostic;
use std::path::Path;

/// Whether a blob is there, as far as a look at its length can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Present,
    Missing,
    /// It is not as long as its digest says: truncated, or written over.
    WrongLength(u64),
}

/// What the action cache knows of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The record's checksum and key hold. Its blobs may have been evicted.
    Hit(Box<ActionResult>),
    Missing,
    /// There is a record, and it cannot be believed: why, for people.
    Damaged(String),
}

/// Blobs by the hash of their bytes.
pub trait Cas: Send + Sync {
    /// Whether a blob has its recorded length. Says nothing of its bytes.
    fn contains(&self, digest: &Digest) -> Presence;

    /// Stores bytes. They can be read at once; they are durable after [`ActionCache::flush`].
    fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, StoreError>;

    /// Stores a file by moving it: the file is gone from `path` afterwards. It must be a regular
    /// file that nobody writes to any more. No copy within one file system.
    fn put_file(&self, path: &Path) -> Result<Digest, StoreError>;

    /// The bytes of a blob, verified.
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, StoreError>;

    /// Copies a blob to `dest`, whole or not at all, replacing what is there. The copy is verified;
    /// the stamp of the file that was placed is returned, to be recorded.
    fn copy_out(&self, digest: &Digest, dest: &Path) -> Result<Stamp, StoreError>;

    /// A path at which the blob's bytes can be read while the returned value lives. Bytes that
    /// were not verified since their file last changed are verified first.
    fn in_place(&self, digest: &Digest) -> Result<InPlace, StoreError>;
}

/// Action results by key.
pub trait ActionCache: Send + Sync {
    /// Looks for a result.
    fn get(&self, key: &ActionKey) -> Lookup;

    /// Remembers a result whose outputs were put into the store before. It can be found at once and
    /// is written once its blobs are durable. A cache that cannot be written gives a warning.
    fn put(&self, result: ActionResult);

    /// Waits until all that was put is durable.
    fn flush(&self);

    /// What people should know of the cache itself, each thing once: that it is full, that it
    /// cannot be written.
    fn warnings(&self) -> Vec<Diagnostic>;
}
