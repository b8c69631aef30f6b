//! `Memefile.toml`: text → spanned sections → typed values, with every mistake found in one run.
//!
//! This folder knows the frame of the file (TOML, the version line, `[kind.name]` sections) and
//! how to read any one table; which sections and keys there are is known by the node types.
//!
//! ```text
//! text ──Document::parse──▶ sections ──Reader──▶ typed values ──▶ what a node type declares
//!                   └──────────────── Mistakes ──────────────────▶ diagnostics
//! ```

mod document;
pub mod json_schema;
mod key;
mod markdown;
mod mistakes;
mod number;
mod reader;
mod space;
mod suggest;
mod syntax;
mod unit;
mod value;

pub use document::{Document, FILE_NAME, Section, Text, VERSION};
pub use key::{KeyDoc, REQUIRED, SectionDoc};
pub use markdown::reference;
pub use mistakes::Mistakes;
pub use reader::{Reader, Value};
pub use space::{Color, DeciPixels, Factor, FrameRate, Length, PixelSize, Share};
pub use suggest::nearest;
pub use unit::{Decibels, Dollars, FileSize, Loudness, Millis, TimeRange, TruePeak};
pub use value::{At, FromText, FromValue, OneOrMany, Wrong, words};
