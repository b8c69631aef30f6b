//! Whatever a Memefile holds, it is read or refused with messages: never a panic.

use super::examples;
use memebuild::diagnostic::render::{Style, render_all};
use memebuild::memefile::Text;
use memebuild::node::batch::Scope;
use memebuild::node::known::Known;
use memebuild::node::registry;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

/// Reads it as a build would, in a folder that is not there, and shows all that is said.
fn read(text: &str) {
    let text = Text::new("Memefile.toml", text);
    let nowhere = Path::new("/nonexistent-memebuild");
    match registry::load(&text, nowhere, Known::NOTHING, Scope::All, &mut BTreeSet::new()) {
        Ok(loaded) => drop(render_all(&loaded.warnings, Style::default())),
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            for mistake in &mistakes {
                for label in &mistake.labels {
                    let range = label.span.range.clone();
                    assert!(text.source.text.get(range).is_some(), "{mistake:?}");
                }
            }
            drop(render_all(&mistakes, Style::default()));
        }
    }
}

/// A random edit: bytes of the text replaced by something else.
fn edit() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    let snippet = prop_oneof![
        "\\PC{0,8}",
        "[\\[\\]{}=\",.'#\n0-9a-z-]{0,12}",
        prop::sample::select(vec![
            "\"", "'''", "[[", "]]", "= {", "}", "\n[", "\u{0}", "\"\"\"", "1e999", "\r", "..",
            "\\",
        ])
        .prop_map(str::to_owned),
    ];
    (any::<prop::sample::Index>(), 0..40usize, snippet)
}

proptest! {
    #[test]
    fn no_edit_of_a_valid_memefile_panics(edits in prop::collection::vec(edit(), 1..6)) {
        let mut text = examples();
        for (at, length, snippet) in edits {
            let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let start = at.index(boundaries.len());
            let from = boundaries[start];
            let to = boundaries.get(start + length).copied().unwrap_or(text.len());
            text.replace_range(from..to, &snippet);
        }
        read(&text);
    }

    #[test]
    fn no_text_panics(text in "(?s).{0,200}") {
        read(&text);
        read(&format!("memefile = 1\n{text}"));
    }
}

#[test]
fn the_corpus_of_the_fuzzer_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/memefile");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus is kept") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        read(&String::from_utf8_lossy(&bytes));
        files += 1;
    }
    assert!(files >= 10, "only {files} files");
}
