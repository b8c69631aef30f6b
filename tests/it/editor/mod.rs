//! What helps people write and type: the schema of the Memefile, completions, manual pages.

mod completions;
mod schema;

use crate::project::Project;

#[test]
fn there_is_a_manual_page_for_each_command() {
    let project = Project::new("memefile = 1\n");
    project.expect(0, &["man", "pages"]);
    let pages = project.files("pages");
    for name in ["memebuild", "memebuild-build", "memebuild-why", "memebuild-cache-gc"] {
        let page = pages.get(std::path::Path::new(&format!("pages/{name}.1")));
        let page = String::from_utf8_lossy(page.unwrap_or_else(|| panic!("no page {name}")));
        assert!(page.contains(".TH ") && page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
    let build = project.read("pages/memebuild-build.1");
    assert!(build.contains("\\-\\-watch") && build.contains("\\-\\-log"), "{build}");
    assert!(!pages.keys().any(|path| path.to_string_lossy().contains("tool")), "it is hidden");
}
