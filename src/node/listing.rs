//! Files that globs find: the same ones in the same order on every machine.

use super::expansion::Expansion;
use crate::diagnostic::{Diagnostic, Level};
use crate::memefile::{At, nearest};
use globset::{GlobBuilder, GlobMatcher, GlobSet, GlobSetBuilder};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Folders of a project that are ours: no glob finds what is in them, and what appears there is our own
/// doing.
pub const OWN_FOLDERS: [&str; 2] = ["artefacts", "cache"];

/// Whether a text has a meaning beyond its letters.
pub(super) fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{', '\\'])
}

/// Files that any of `patterns` finds and none of `exclude`, relative to the project, sorted. What
/// is wrong with a pattern, and that it finds nothing, is reported.
pub(super) fn list(
    patterns: &[At<String>],
    exclude: &[At<String>],
    expansion: &mut Expansion<'_>,
) -> Vec<String> {
    let mut excluded = GlobSetBuilder::new();
    for pattern in exclude {
        if let Some(glob) = compile(pattern, expansion) {
            excluded.add(glob.glob().clone());
        }
    }
    let excluded = excluded.build().unwrap_or_else(|_| GlobSet::empty());
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let Some(glob) = compile(pattern, expansion) else { continue };
        let mut walk = Walk {
            pattern,
            glob,
            excluded: &excluded,
            matches: Vec::new(),
            all_found: 0,
            bad_names: false,
            expansion,
        };
        walk.run();
        let Walk { matches, all_found, bad_names, .. } = walk;
        if all_found == 0 {
            expansion.report(empty(pattern, expansion.root()));
        } else if matches.is_empty() && !bad_names {
            expansion.report(empty_glob(pattern, "all files that it finds are excluded"));
        }
        found.extend(matches);
    }
    found.into_iter().collect()
}

fn compile(pattern: &At<String>, expansion: &Expansion<'_>) -> Option<GlobMatcher> {
    let text = pattern.value.as_str();
    let why = if text.is_empty() {
        "it is empty".to_owned()
    } else if text.starts_with('/') {
        "it is not relative to the Memefile".to_owned()
    } else if text.split('/').any(|part| part == "..") {
        "it leads out of the project".to_owned()
    } else if text.contains('\0') {
        "it has a NUL character".to_owned()
    } else {
        match GlobBuilder::new(text.trim_start_matches("./")).literal_separator(true).build() {
            Ok(glob) => return Some(glob.compile_matcher()),
            Err(error) => error.kind().to_string(),
        }
    };
    let shown: String = text.chars().take(80).collect();
    let message = format!("`{}` is not a glob", shown.escape_debug());
    let mut diagnostic = Diagnostic::usage("bad-glob", message).label(&pattern.span, why.clone());
    if why.starts_with("it leads") || why.starts_with("it is not relative") {
        diagnostic = diagnostic.hint(
            "files lie in the project; a symbolic link to a folder elsewhere will do: \
             `ln -s /elsewhere media`",
        );
    }
    expansion.report(diagnostic);
    None
}

/// The folders that a pattern names before its first wildcard, and how deep it can reach below
/// them; `None` for any depth.
fn fixed_part(pattern: &str) -> (PathBuf, Option<usize>) {
    let parts: Vec<&str> = pattern.split('/').filter(|part| *part != ".").collect();
    let fixed = parts.iter().take(parts.len() - 1).take_while(|part| !is_glob(part)).count();
    // A brace may span folders, so that the parts of its pattern say nothing of its depth.
    let deep = pattern.contains("**") || pattern.contains('{');
    (parts[..fixed].iter().collect(), (!deep).then_some(parts.len() - fixed))
}

/// One walk for one pattern.
struct Walk<'w, 'm> {
    pattern: &'w At<String>,
    glob: GlobMatcher,
    excluded: &'w GlobSet,
    matches: Vec<String>,
    /// How many files it found, those that are excluded among them.
    all_found: usize,
    /// It found files whose names cannot be used.
    bad_names: bool,
    expansion: &'w mut Expansion<'m>,
}

impl Walk<'_, '_> {
    fn run(&mut self) {
        let root = self.expansion.root();
        let (fixed, depth) = fixed_part(&self.pattern.value);
        let base = root.join(&fixed);
        if !base.is_dir() {
            self.watch_for(&base);
            return;
        }
        // What the user named leads where it leads; what a wildcard finds may not lead elsewhere.
        let homes: Vec<PathBuf> =
            [root, &base].iter().filter_map(|path| path.canonicalize().ok()).collect();
        let mut walk = WalkDir::new(&base)
            .follow_links(true)
            .sort_by_file_name()
            .max_depth(depth.unwrap_or(usize::MAX))
            .into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.failed(&error);
                    continue;
                }
            };
            let directory = entry.file_type().is_dir();
            if self.passed_over(&entry, &homes) {
                if directory {
                    walk.skip_current_dir();
                }
            } else if directory {
                self.expansion.walked.insert(entry.into_path());
            } else if entry.file_type().is_file() {
                self.file(entry.path());
            }
        }
    }

    /// Hidden things, our own folders, and links that lead elsewhere.
    fn passed_over(&mut self, entry: &DirEntry, homes: &[PathBuf]) -> bool {
        if entry.depth() == 0 {
            return false;
        }
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            return true;
        }
        let ours = OWN_FOLDERS.iter().any(|name| entry.file_name() == *name);
        if ours && entry.path().parent() == Some(self.expansion.root()) {
            return true;
        }
        if !entry.path_is_symlink() {
            return false;
        }
        let target = entry.path().canonicalize();
        if target.is_ok_and(|target| homes.iter().any(|home| target.starts_with(home))) {
            return false;
        }
        let shown = self.shown(entry.path());
        let message = format!("the link `{shown}` leads out of the project");
        let diagnostic = Diagnostic::usage("link-outside", message)
            .label(&self.pattern.span, "found by this glob, and passed over")
            .hint("name it yourself if it is meant: links that a glob names are followed");
        self.expansion.report(Diagnostic { level: Level::Warning, ..diagnostic });
        true
    }

    fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(self.expansion.root()).unwrap_or(path);
        path.to_string_lossy().escape_debug().to_string()
    }

    fn file(&mut self, path: &Path) {
        let relative = path.strip_prefix(self.expansion.root()).unwrap_or(path);
        if !self.glob.is_match(relative) {
            return;
        }
        self.all_found += 1;
        if self.excluded.is_match(relative) {
            return;
        }
        if let Some(text) = relative.to_str().filter(|text| !text.chars().any(char::is_control)) {
            self.matches.push(text.to_owned());
            return;
        }
        let message = format!("the name of `{}` is not clean UTF-8", self.shown(path));
        let diagnostic = Diagnostic::usage("bad-file-name", message)
            .label(&self.pattern.span, "found by this glob")
            .hint("rename the file, or exclude it");
        self.expansion.report(diagnostic);
        self.bad_names = true;
    }

    fn failed(&mut self, error: &walkdir::Error) {
        if error.loop_ancestor().is_some() {
            return;
        }
        let path = error.path().unwrap_or(Path::new(""));
        let broken = path.is_symlink() && !path.exists();
        let (level, message) = if broken {
            (Level::Warning, format!("the link `{}` leads nowhere", self.shown(path)))
        } else {
            let reason = error.io_error().map_or_else(String::new, ToString::to_string);
            (Level::Error, format!("cannot read `{}`: {reason}", self.shown(path)))
        };
        let diagnostic = Diagnostic::usage("cannot-read", message)
            .label(&self.pattern.span, "looked at for this glob");
        self.expansion.report(Diagnostic { level, ..diagnostic });
    }

    /// The nearest folder that is there: a change in it may bring the missing one.
    fn watch_for(&mut self, missing: &Path) {
        if let Some(folder) = missing.ancestors().find(|folder| folder.is_dir()) {
            self.expansion.walked.insert(folder.to_owned());
        }
    }
}

fn empty_glob(pattern: &At<String>, why: &str) -> Diagnostic {
    let message = format!("`{}` finds no files", pattern.value.escape_debug());
    Diagnostic::usage("empty-glob", message).label(&pattern.span, why)
}

/// Why a pattern finds nothing, as far as one can tell.
fn empty(pattern: &At<String>, root: &Path) -> Diagnostic {
    let (fixed, _) = fixed_part(&pattern.value);
    let mut folder = root.to_owned();
    for part in fixed.components() {
        let here = folder.join(part);
        if here.is_dir() {
            folder = here;
            continue;
        }
        let name = part.as_os_str().to_string_lossy().into_owned();
        let diagnostic = empty_glob(pattern, &format!("there is no folder `{name}`"));
        let siblings = names(&folder, true);
        return match nearest(&name, siblings.iter().map(String::as_str)) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic,
        };
    }
    let diagnostic = empty_glob(pattern, "nothing matches");
    let last = pattern.value.rsplit('/').next().unwrap_or_default();
    let siblings = names(&folder, false);
    if is_glob(last) {
        let bare = siblings.is_empty() && names(&folder, true).is_empty();
        let hint = "the folder is empty: put files there, or take the source out";
        return if bare { diagnostic.hint(hint) } else { diagnostic };
    }
    match nearest(last, siblings.iter().map(String::as_str)) {
        Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
        None => diagnostic,
    }
}

/// Names in a folder, sorted.
fn names(folder: &Path, directories: bool) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir() == directories)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
