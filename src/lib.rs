//! memebuild: a declarative build graph, make-style, for media.
//!
//! One type per stage, and data goes one way:
//!
//! ```text
//! Memefile.toml text → declared model → graph → action → action key → hit? or execute → result
//!                                                              → artefacts → verdict → report
//! ```
//!
//! Each stage is a folder, and imports between folders go down only; the table of permitted
//! arrows stands in `docs/ARCHITECTURE.md` and `tests/it/layers.rs` enforces it.

pub mod chooser;
pub mod cli;
pub mod contract;
pub mod critic;
pub mod diagnostic;
pub mod director;
pub mod engine;
pub mod exec;
pub mod graph;
pub mod mcp;
pub mod media;
pub mod memefile;
pub mod node;
pub mod page;
pub mod provider;
pub mod report;
pub mod server;
pub mod source;
pub mod store;
