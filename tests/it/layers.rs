//! Imports between the folders of `src/` go down only. The table of permitted arrows is the one
//! that people read, in `docs/ARCHITECTURE.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A file that grows past this is asking to be two.
const MAX_LINES: usize = 500;

/// Folder → folders that it may import.
type Table = BTreeMap<String, BTreeSet<String>>;

#[test]
fn imports_go_down_only() {
    let table = documented();
    let mut wrong = Vec::new();
    for (folder, file) in folder_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        for (line, imported) in imports(&text, depth(&file)) {
            let known = table.contains_key(&imported);
            if known && imported != folder && !table[&folder].contains(&imported) {
                wrong.push(format!("{}:{line}: {folder} → {imported}", shown(&file)));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports that the table in docs/ARCHITECTURE.md does not permit:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_table_lists_the_folders_that_exist() {
    let documented: Vec<String> = documented().into_keys().collect();
    let mut existing: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            existing.push(entry.file_name().into_string().unwrap());
        }
    }
    existing.sort();
    assert_eq!(documented, existing);
}

#[test]
fn the_table_has_no_cycle() {
    let mut left = documented();
    while !left.is_empty() {
        let leaves: Vec<String> =
            left.iter().filter(|(_, to)| to.is_empty()).map(|(from, _)| from.clone()).collect();
        assert!(!leaves.is_empty(), "these import each other in a circle: {:?}", left.keys());
        for leaf in leaves {
            left.remove(&leaf);
            for to in left.values_mut() {
                to.remove(&leaf);
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let mut long = Vec::new();
    for folder in ["src", "tests", "benches"] {
        for file in rust_files(&root().join(folder)) {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            if lines > MAX_LINES {
                long.push(format!("{}: {lines} lines", shown(&file)));
            }
        }
    }
    assert!(long.is_empty(), "files to divide:\n{}", long.join("\n"));
}

#[test]
fn imports_are_found_however_they_are_written() {
    let text = "\
//! Not [`crate::cli`].
use crate::contract::asset::AssetId;
use crate::{
    diagnostic::{Diagnostic, Span},
    store,
};
fn f() -> crate::media::Size { super::super::graph::size() } // nor crate::report
";
    let found: Vec<(usize, String)> = imports(text, 2);
    let expected = [(2, "contract"), (3, "diagnostic"), (3, "store"), (7, "media"), (7, "graph")];
    assert_eq!(found, expected.map(|(line, name)| (line, name.to_owned())));
}

/// The rows `| folder | one, another |` under the heading "Imports".
fn documented() -> Table {
    let text = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let (_, section) = text.split_once("\n## Imports\n").expect("a section `Imports`");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    let mut table = Table::new();
    // The heading and the rule beneath it come first.
    for row in rows.skip(2) {
        let (folder, imported) = row.split_once('|').expect("two columns");
        let imported = imported.split(',').map(|name| name.trim().to_owned());
        let twice =
            table.insert(folder.trim().to_owned(), imported.filter(|n| !n.is_empty()).collect());
        assert!(twice.is_none(), "`{}` has two rows", folder.trim());
    }
    table
}

/// Line and top-level module of each path that begins with `crate::`, or that climbs to the
/// crate's root by `super::` out of a module `depth` below it.
fn imports(text: &str, depth: usize) -> Vec<(usize, String)> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n")
        .collect();
    let climb = "super::".repeat(depth);
    let mut found = Vec::new();
    for root in ["crate::", climb.as_str()] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_') || code[..at].ends_with("$")
            {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            found.extend(heads(&code[at + root.len()..]).into_iter().map(|name| (line, name)));
        }
    }
    found.retain(|(_, name)| name != "super");
    found
}

/// The first names of what follows `crate::`: one, or those of a group in braces.
fn heads(path: &str) -> Vec<String> {
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut names = vec![name(group)];
    let mut open = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => open += 1,
            '}' if open == 0 => break,
            '}' => open -= 1,
            ',' if open == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// How far below the crate's root the module of a file is: 1 for `src/a/mod.rs`.
fn depth(file: &Path) -> usize {
    let parts = file.strip_prefix(root().join("src")).unwrap().components().count();
    if file.ends_with("mod.rs") { parts - 1 } else { parts }
}

/// Every file of a folder in `src/`, with the folder's name.
fn folder_files() -> Vec<(String, PathBuf)> {
    let source = root().join("src");
    let folder = |file: &Path| {
        let mut parts = file.strip_prefix(&source).unwrap().components();
        let first = parts.next()?.as_os_str().to_str()?.to_owned();
        parts.next().map(|_| first)
    };
    rust_files(&source).into_iter().filter_map(|file| Some((folder(&file)?, file))).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    files.sort();
    files
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).unwrap().display().to_string()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
