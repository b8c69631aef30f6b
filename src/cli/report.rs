//! `memebuild report`: one page that shows what was built and what was decided.

use super::shared::{Globals, say, talk};
use crate::contract;
use crate::contract::page::ReportPage;
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::page::{self, pictures, written};
use crate::report::html;
use crate::report::text::{percent, shown};
use crate::report::web;
use clap::Args;
use std::path::{Component, Path, PathBuf};

/// Bytes of a page, at most, as long as it is its pictures that decide.
const LARGEST: usize = 3_000_000;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Write the page here [default: artefacts/report.html of the project]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Compare the newest build with this one, by the first characters of its name [default: the last
    /// that anything differs from]
    #[arg(long, value_name = "BUILD")]
    against: Option<String>,
    /// Show stand-ins for the assets of this source, as they were built
    #[arg(long, value_name = "SOURCE")]
    mock: Vec<String>,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let mut project = match globals.project() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    project.mocked = arguments.mock.iter().cloned().collect();
    match report(globals, arguments, &project) {
        Ok(()) => Exit::Ok,
        Err(problems) => globals.complain(&problems),
    }
}

fn report(
    globals: &Globals,
    arguments: &Arguments,
    project: &Project,
) -> Result<(), Vec<Diagnostic>> {
    let out = match &arguments.out {
        Some(out) => absolute(out).map_err(|problem| vec![problem])?,
        None => project.root.join("artefacts/report.html"),
    };
    let root = way(out.parent().unwrap_or(Path::new("/")), &project.root);
    let mut page = page::gather(project, &root, arguments.against.as_deref())?;
    if page.builds.is_empty() {
        talk("nothing was built here yet: `memebuild build` makes what there is to see");
    }
    if globals.json() {
        say(&String::from_utf8_lossy(&contract::write(&page)));
        return Ok(());
    }
    let html = whole(project, &mut page);
    written::write(project, &out, html.as_bytes()).map_err(|e| {
        let message = format!("cannot write `{}`: {e}", out.display());
        vec![Diagnostic::error("io", message).hint("`--out` writes the page elsewhere")]
    })?;
    say(&format!("{}\n", shown(&out.to_string_lossy())));
    Ok(())
}

/// The page, with its pictures in it where there is room for them.
fn whole(project: &Project, page: &mut ReportPage) -> String {
    let bare = html::page(web::PARTS, page);
    if pictures::embed(project, page, LARGEST.saturating_sub(bare.len())) {
        html::page(web::PARTS, page)
    } else {
        bare
    }
}

/// A path of the command line, of which all but the last part must be there.
fn absolute(path: &Path) -> Result<PathBuf, Diagnostic> {
    let wrong = |why: String| {
        let message = format!("cannot write `{}`: {why}", path.display());
        Diagnostic::usage("bad-argument", message)
    };
    let name = path.file_name().ok_or_else(|| wrong("it is no file's name".to_owned()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    Ok(folder.map_err(|e| wrong(e.to_string()))?.join(name))
}

/// What leads from one folder to another, as it stands before a path in a URL: `../`, `../my%20memes/`.
/// Nothing from a folder to itself.
fn way(from: &Path, to: &Path) -> String {
    let from: Vec<Component<'_>> = from.components().collect();
    let to: Vec<Component<'_>> = to.components().collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(from.len() - shared);
    let down =
        to[shared..].iter().map(|part| percent(part.as_os_str().as_encoded_bytes(), b"") + "/");
    up + &down.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::way;
    use std::path::Path;

    #[test]
    fn a_page_knows_the_way_to_its_project() {
        let table = [
            ("/a/memes/artefacts", "/a/memes", "../"),
            ("/a/memes", "/a/memes", ""),
            ("/tmp", "/a/memes", "../a/memes/"),
            ("/a/b/c", "/a/my memes#2", "../../my%20memes%232/"),
        ];
        for (from, to, expected) in table {
            assert_eq!(way(Path::new(from), Path::new(to)), expected, "{from} → {to}");
        }
    }
}
