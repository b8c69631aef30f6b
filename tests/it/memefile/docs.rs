//! The docs are the tables that read the file.

use super::{EXAMPLE_FILES, Project, examples};
use memebuild::memefile::{KeyDoc, REQUIRED};
use memebuild::node::catalogue::Catalogue;
use memebuild::node::declare::composite::Composite;
use memebuild::node::registry;

#[test]
fn the_examples_are_one_valid_memefile() {
    let project = Project::new(&EXAMPLE_FILES, &examples());
    let loaded = project.load().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert!(loaded.warnings.is_empty());
    let catalogue: &Catalogue = &loaded.catalogue;
    let vogue: &Composite = catalogue.get("vogue").expect("the composite of the examples");
    assert_eq!(vogue.captions.len(), 2);
}

#[test]
fn the_page_is_what_the_tables_say() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/memefile.md");
    let page = registry::reference();
    if std::env::var_os("MEMEBUILD_UPDATE_DOCS").is_some() {
        std::fs::write(path, &page).expect("docs/memefile.md is written");
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == page,
        "docs/memefile.md is stale: MEMEBUILD_UPDATE_DOCS=1 cargo test memefile"
    );
}

#[test]
fn every_key_says_what_may_stand_there() {
    fn check(keys: &[KeyDoc], path: &str) {
        for key in keys {
            let path = format!("{path}.{}", key.name);
            assert!(!key.kind.is_empty(), "{path} has no kind");
            let kebab = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(key.name.bytes().all(kebab), "{path} is not in kebab case");
            assert!(
                !key.doc.is_empty() || key.default == REQUIRED || !key.default.is_empty(),
                "{path} says nothing"
            );
            check(key.keys, &path);
        }
    }
    for doc in registry::sections() {
        assert!(!doc.about.is_empty(), "{}", doc.kind);
        check(doc.keys, doc.kind);
    }
}
