//! `cargo +nightly fuzz run memefile`: any bytes are a Memefile that is read, or refused with
//! messages whose spans lie within the text. `make test` replays what is kept in
//! `corpus/memefile/`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use memebuild::diagnostic::render::{Style, render_all};
use memebuild::memefile::Text;
use memebuild::node::batch::Scope;
use memebuild::node::expansion::Ingested;
use memebuild::node::registry;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let text = Text::new("Memefile.toml", String::from_utf8_lossy(bytes));
    let nowhere = Path::new("/nonexistent-memebuild");
    if let Err(mistakes) = registry::load(&text, nowhere, Ingested::NOTHING, Scope::All) {
        for label in mistakes.iter().flat_map(|mistake| &mistake.labels) {
            assert!(text.source.text.get(label.span.range.clone()).is_some());
        }
        render_all(&mistakes, Style::default());
    }
});
