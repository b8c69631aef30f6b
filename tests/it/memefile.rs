//! What a Memefile may say, and what is said of one that is wrong.

use memebuild::memefile::{Document, Mistakes, Text};
use memebuild::node::registry;

/// The examples of all sections, as one file.
fn examples() -> String {
    let mut text = String::from("memefile = 1\n");
    for doc in registry::sections() {
        text.push_str(doc.example.trim());
        text.push('\n');
    }
    text
}

#[test]
fn the_examples_of_the_docs_are_one_valid_memefile() {
    let text = Text::new("Memefile.toml", examples());
    let mistakes = Mistakes::new(text.source.clone());
    let document = Document::parse(&text, &mistakes).expect("a version that is known");
    registry::declare_all(&document, &mistakes);
    let mistakes = mistakes.into_sorted();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}
