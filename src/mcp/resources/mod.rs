//! What may be read: the Memefile, the manifest, and what lies of renders among the artefacts.
//! Nothing else of the disk.

mod uri;

pub use uri::{Part, Uri};

use super::bound::{MOST_RESOURCE, MOST_RESOURCES};
use super::page;
use crate::diagnostic::Diagnostic;
use crate::memefile::FILE_NAME;
use crate::node::render;
use crate::provider::settings::MANIFEST;
use crate::report::text::bytes;
use crate::server::beneath;
use rustix::fs::{Mode, OFlags};
use std::io::Read;
use std::path::Path;

/// Where everything of ours for people lies, relative to the project.
const ARTEFACTS: &str = "artefacts";

/// Something that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub uri: Uri,
    /// Where it lies, relative to the project.
    pub path: String,
    pub mime: &'static str,
    /// Bytes.
    pub size: u64,
}

impl Link {
    /// What people call it.
    pub fn title(&self) -> String {
        match &self.uri {
            Uri::Memefile => "what the project declares".to_owned(),
            Uri::Manifest => "every asset of the project".to_owned(),
            Uri::Of(Part::Film, name) => format!("the film {name}"),
            Uri::Of(Part::Poster, name) => format!("a picture of {name}"),
            Uri::Of(Part::Verdict, name) => format!("what the critic says of {name}"),
            Uri::Of(Part::Credits, name) => format!("whom to credit for {name}"),
        }
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub link: Link,
    pub bytes: Vec<u8>,
}

/// A page of everything that can be read, in one order, and the cursor of the next.
///
/// # Errors
/// `bad-cursor`.
pub fn list(root: &Path, cursor: Option<&str>) -> Result<(Vec<Link>, Option<String>), Diagnostic> {
    let own = [Uri::Memefile, Uri::Manifest].into_iter().filter_map(|uri| look(root, uri));
    let links = own.chain(renders(root));
    page::cut(links, &page::question(&["resources"]), cursor, MOST_RESOURCES)
}

/// What lies of renders, in the order of their names.
fn renders(root: &Path) -> impl Iterator<Item = Link> {
    let folder = root.join(render::FOLDER);
    let found = walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().flatten();
    let files = found.filter(|entry| entry.file_type().is_file());
    files.filter_map(move |entry| {
        let path = entry.path().strip_prefix(&folder).ok()?.to_str()?;
        let (part, name, mime) = Part::of_file(path)?;
        let size = entry.metadata().ok()?.len();
        let path = format!("{}{path}", render::FOLDER);
        Some(Link { uri: Uri::Of(part, name.to_owned()), path, mime, size })
    })
}

/// All that lies of one render; of a rejected one, under its name and `.rejected`.
pub fn of_render(root: &Path, name: &str) -> Vec<Link> {
    let uris = Part::ALL.into_iter().filter_map(|part| Uri::of(part, name));
    uris.filter_map(|uri| look(root, uri)).collect()
}

/// The renders of which a verdict lies there.
pub fn judged(root: &Path) -> Vec<String> {
    let names = renders(root).filter_map(|link| match link.uri {
        Uri::Of(Part::Verdict, name) => Some(name.trim_end_matches(".rejected").to_owned()),
        _ => None,
    });
    names.collect()
}

/// Where something lies, if it is there.
fn look(root: &Path, uri: Uri) -> Option<Link> {
    open(root, uri).map(|(_, link)| link)
}

fn open(root: &Path, uri: Uri) -> Option<(std::fs::File, Link)> {
    let one = |folder: &Path, path: &str, mime| {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(folder, flags, Mode::empty()).ok()?;
        let (file, size) = beneath::open(&folder, path)?;
        Some((file, size, mime))
    };
    // The folder of artefacts may lie on another disk; what is in it may lead nowhere else.
    let artefacts = root.join(ARTEFACTS);
    let within = |path: &str| path.strip_prefix("artefacts/").unwrap_or(path).to_owned();
    let (file, path, size, mime) = match &uri {
        Uri::Memefile => {
            let (file, size, mime) = one(root, FILE_NAME, "application/toml")?;
            (file, FILE_NAME.to_owned(), size, mime)
        }
        Uri::Manifest => {
            let (file, size, mime) = one(&artefacts, &within(MANIFEST), "application/json")?;
            (file, MANIFEST.to_owned(), size, mime)
        }
        Uri::Of(part, name) => part.files().iter().find_map(|(end, mime)| {
            let path = format!("{}{name}{end}", render::FOLDER);
            let (file, size, mime) = one(&artefacts, &within(&path), *mime)?;
            Some((file, path, size, mime))
        })?,
    };
    Some((file, Link { uri, path, mime, size }))
}

/// Reads one.
///
/// # Errors
/// `unknown-resource`: it names nothing of ours, or nothing that is there; `too-large`, with the place
/// where it lies.
pub fn read(root: &Path, uri: &str) -> Result<Content, Diagnostic> {
    let missing = || {
        let shown: String = uri.chars().take(200).collect();
        let message = format!("there is no resource `{}`", shown.escape_debug());
        Diagnostic::usage("unknown-resource", message)
            .hint("`resources/list` lists them; `build` makes renders")
    };
    let (file, link) = Uri::parse(uri).and_then(|uri| open(root, uri)).ok_or_else(missing)?;
    let mut content = Vec::new();
    let cannot = |e| Diagnostic::error("io", format!("cannot read `{}`: {e}", link.path));
    // It may have grown since it was opened.
    file.take(MOST_RESOURCE + 1).read_to_end(&mut content).map_err(cannot)?;
    if content.len() as u64 > MOST_RESOURCE {
        let (size, most) = (bytes(link.size), bytes(MOST_RESOURCE));
        let message = format!("`{}` has {size}, and {most} may be read at once", link.path);
        let problem = Diagnostic::usage("too-large", message);
        return Err(problem.hint(match link.uri {
            Uri::Manifest => "`search_assets` and `get_asset` tell what is in it".to_owned(),
            _ => format!("open the file: it lies at `{}` in the project's folder", link.path),
        }));
    }
    Ok(Content { link, bytes: content })
}

#[cfg(test)]
mod tests;
