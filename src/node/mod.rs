//! One file (or folder) per node type. Each parses its own table of the Memefile, adds its nodes
//! to the graph, lowers a node to actions once what it depends on is done, and does its own
//! `memebuild tool STEP`. A new type is one file and one line in [`TYPES`]; nothing else in the
//! program matches on types.

pub mod argument;
pub mod asset;
pub mod assets;
pub mod batch;
pub mod caption;
pub mod catalogue;
pub mod choice;
mod command;
pub mod composite;
pub mod conform;
pub mod critic;
pub mod declare;
pub mod director;
pub mod expansion;
mod fetched;
pub mod known;
mod listing;
pub mod manifest;
pub mod mock;
pub mod plan;
mod ready;
pub mod registry;
pub mod render;
pub mod reviews;
pub mod schema;
pub mod search;
mod source;
pub mod tool;

pub use listing::OWN_FOLDERS;

use crate::contract::Contract;
use crate::contract::digest::Digest;
use crate::diagnostic::{Diagnostic, Span};
use plan::{Done, Finish, Plan};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `type:name`, as people write it: `asset:green-screen/gorilla`, `render:vogue@tiktok`.
pub type NodeName = String;

/// One node of the graph.
pub trait Node: Send + Sync {
    /// The part before the colon of its name.
    fn type_name(&self) -> &'static str;

    /// Where in the Memefile it was declared.
    fn span(&self) -> Option<&Span> {
        None
    }

    /// Where in the Memefile, or in a table that it names, a parameter of one of its actions stands:
    /// a JSON pointer into the action's params, empty for the whole.
    fn place(&self, pointer: &str) -> Option<&Span> {
        let _ = pointer;
        self.span()
    }

    /// What its parameters are parts of, as people write it in the Memefile: `captions[0]`.
    fn scope(&self) -> Option<String> {
        None
    }

    /// All that [`Node::lower`] and [`Node::finish`] depend on besides what they get through their
    /// arguments. Two nodes of one type with equal declarations and equal dependencies lower to
    /// equal plans; the engine skips lowering by it, and `why` compares two of them by field.
    fn declaration(&self) -> Value;

    /// Files of the user's own that the node reads, absolute or relative to the project. The
    /// engine hashes them before it lowers the node, and a node whose file cannot be read fails.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Whether it is skipped as soon as one dependency failed. A node that says no is lowered with
    /// those that are done: the manifest lists the assets that could be ingested.
    fn needs_every_dependency(&self) -> bool {
        true
    }

    /// Whether another node tells what became of it, so that its failure stops only those that need
    /// it, as if a person had asked to keep going.
    fn failure_is_told(&self) -> bool {
        false
    }

    /// Whether it stands in for something that is not there yet. What is made of it is tainted.
    fn is_mock(&self) -> bool {
        false
    }

    /// The contract by which others can go on before it is done: a stand-in of what it makes can be
    /// made from that alone.
    fn seam(&self) -> Option<&str> {
        None
    }

    /// Programs of the user's that its actions run: paths within the project, or names on `PATH`.
    fn programs(&self) -> Vec<String> {
        Vec::new()
    }

    /// The actions to run, now that everything it depends on is done. Pure: reads documents
    /// through `deps` and nothing else.
    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic>;

    /// What the node leaves behind, once its actions are done: outputs for its dependants, files
    /// for people, the critic's decision. The default publishes nothing.
    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let _ = done;
        Ok(Finish::default())
    }
}

/// What a finished node offers to those that depend on it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Output {
    /// A blob in the store.
    Blob(Digest),
    /// A file of the user's own, read in place: path as given (absolute, or relative to the
    /// project) and the digest of its bytes.
    File { path: PathBuf, digest: Digest },
}

impl Output {
    pub fn digest(&self) -> Digest {
        match self {
            Self::Blob(digest) | Self::File { digest, .. } => *digest,
        }
    }
}

/// Named outputs of a node.
pub type Outputs = BTreeMap<String, Output>;

/// Reads blobs for [`Node::lower`]; the engine implements it over its store.
pub trait Blobs: Sync {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic>;
}

/// The finished nodes that a node depends on, and the digests of the files that it reads.
pub struct Deps<'a> {
    pub outputs: BTreeMap<&'a str, &'a Outputs>,
    pub files: BTreeMap<PathBuf, Digest>,
    pub blobs: &'a dyn Blobs,
}

impl Deps<'_> {
    /// An output of a node that this one declared it depends on.
    pub fn output(&self, node: &str, output: &str) -> Result<&Output, Diagnostic> {
        output_of(&self.outputs, node, output)
    }

    /// A file that this node named in [`Node::files`], as an input of an action.
    pub fn file(&self, path: &Path) -> Result<Output, Diagnostic> {
        let digest = *self.files.get(path).ok_or_else(|| {
            Diagnostic::error("bug", format!("`{}` was not declared", path.display()))
                .exit(crate::diagnostic::Exit::Bug)
        })?;
        Ok(Output::File { path: path.to_owned(), digest })
    }

    /// Reads an output through its contract's parser.
    pub fn read<T: Contract>(&self, node: &str, output: &str) -> Result<T, Diagnostic> {
        let digest = self.output(node, output)?.digest();
        let bytes = self.blobs.bytes(&digest)?;
        crate::contract::read(&bytes).map_err(|e| {
            Diagnostic::error("contract-break", format!("output `{output}` of `{node}`: {e}"))
        })
    }
}

/// One output of one of `nodes`; that it is not there is a bug of the node that asks.
fn output_of<'a>(
    nodes: &BTreeMap<&str, &'a Outputs>,
    node: &str,
    output: &str,
) -> Result<&'a Output, Diagnostic> {
    nodes.get(node).and_then(|outputs| outputs.get(output)).ok_or_else(|| {
        Diagnostic::error("bug", format!("node `{node}` has no output `{output}`"))
            .exit(crate::diagnostic::Exit::Bug)
    })
}
