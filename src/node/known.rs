//! What is known of nodes while a Memefile is expanded. Some of what a Memefile comes to depends on
//! documents that nodes make: metadata of assets, choices, verdicts. Expansion asks for them here; what
//! is not there yet is built first, and then the Memefile is expanded again.

use crate::contract::Contract;
use std::collections::BTreeSet;

/// A document, or why it is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    There(T),
    /// Its node ended without it: the code of the failure, and its message.
    Failed {
        code: String,
        why: String,
    },
    /// Its node waits for somebody to decide.
    Waits,
    /// Its node is not built yet.
    Pending,
}

impl<T> Found<T> {
    pub fn there(self) -> Option<T> {
        match self {
            Self::There(value) => Some(value),
            _ => None,
        }
    }
}

impl Found<Vec<u8>> {
    /// The document of a contract. One that breaks it is as good as none.
    pub fn parse<T: Contract>(self) -> Found<T> {
        match self {
            Self::There(bytes) => match crate::contract::read(&bytes) {
                Ok(document) => Found::There(document),
                Err(error) => {
                    Found::Failed { code: "contract-break".to_owned(), why: error.to_string() }
                }
            },
            Self::Failed { code, why } => Found::Failed { code, why },
            Self::Waits => Found::Waits,
            Self::Pending => Found::Pending,
        }
    }
}

/// All that an expansion is told besides the Memefile and the files that it reads.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// An output of a node, by the node's name and its own.
    pub document: &'a dyn Fn(&str, &str) -> Found<Vec<u8>>,
    /// What a node's actions took, milliseconds; zero where nothing is known.
    pub cost_ms: &'a dyn Fn(&str) -> u64,
    /// Sources that stand-ins are made for, whatever they declare.
    pub mocked: &'a BTreeSet<String>,
    pub asking: Asking,
    /// Whether everything is rendered as a draft too.
    pub drafts: bool,
    /// Whether somebody still waits for the expansion. What comes of one that nobody waits for is not all,
    /// and mistakes in it may be none.
    pub wanted: &'a dyn Fn() -> bool,
}

/// Whether choosers may be asked for what is not pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asking {
    /// Nobody: the lock must hold every choice.
    pub locked: bool,
    /// Nobody over a network.
    pub offline: bool,
}

static NOT_MOCKED: BTreeSet<String> = BTreeSet::new();

impl Known<'_> {
    /// Nothing is known: whatever depends on a document is pending.
    pub const NOTHING: Self = Self {
        document: &|_, _| Found::Pending,
        cost_ms: &|_| 0,
        mocked: &NOT_MOCKED,
        asking: Asking { locked: false, offline: false },
        drafts: false,
        wanted: &|| true,
    };
}
