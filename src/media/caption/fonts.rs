//! The installed fonts, and which of them a caption needs.
//!
//! Only folders are scanned (no fontconfig): `fonts/` of the project first, then
//! `~/.local/share/fonts`, `/usr/local/share/fonts` and `/usr/share/fonts`. What is found where
//! decides only which files are declared as inputs of a caption; keys hold the bytes of those
//! files, so neither paths nor other fonts that come and go change a key.

mod choose;
mod family;
mod index;

use super::Typeset;
use super::coverage::Coverage;
use crate::contract::caption::CaptionSpec;
use crate::diagnostic::Diagnostic;
use index::Described;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use walkdir::WalkDir;

/// One face of a font file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaceRef {
    /// Absolute, or relative to the project.
    pub path: PathBuf,
    /// Which face of a collection (`.ttc`); 0 in other files.
    pub index: u32,
    /// How much bolder it is drawn than it is, on every side, thousandths of the font size: where
    /// a family has no face of the weight that is wished for.
    pub embolden_milli: u32,
}

/// The faces that draw a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// In order of preference; never empty. The first gives the caption its metrics.
    pub faces: Vec<FaceRef>,
    /// Clusters that no installed face can draw, in order of first use, without repetition.
    pub missing: Vec<String>,
}

/// All installed faces. Made once a process, and only if there is a caption; then cheap to ask.
#[derive(Debug)]
pub struct Library {
    project: PathBuf,
    faces: Vec<Installed>,
    /// Sorted by key.
    families: Vec<Family>,
    /// All families in the order in which fallback asks them.
    fallback: Vec<usize>,
    searched: BTreeSet<PathBuf>,
}

#[derive(Debug)]
struct Family {
    /// Its name in lower case.
    key: String,
    /// In order of preference of their folders; never empty.
    faces: Vec<usize>,
}

#[derive(Debug)]
struct Installed {
    /// As it is declared: relative to the project if it lies in there.
    path: PathBuf,
    /// Where it can be opened.
    file: PathBuf,
    described: Described,
    coverage: OnceLock<Coverage>,
    /// Weights that a variable font can be set to.
    weights: OnceLock<Option<(f32, f32)>>,
}

impl Library {
    /// Looks through the project's `fonts/` and the folders of the user and of the system. `index`
    /// is a file of memebuild's own (`cache/state/fonts.json`) in which it may remember what it
    /// read.
    pub fn scan(project: &Path, index: Option<&Path>) -> Self {
        let mut folders = Vec::new();
        if let Some(home) = std::env::var_os("HOME").filter(|home| !home.is_empty()) {
            folders.push(Path::new(&home).join(".local/share/fonts"));
        }
        folders.push(PathBuf::from("/usr/local/share/fonts"));
        folders.push(PathBuf::from("/usr/share/fonts"));
        Self::of(project, &folders, index)
    }

    /// Looks through the project's `fonts/` and these folders, first come first preferred. A
    /// folder that is not there, or a file that is not a font, counts for nothing.
    pub fn of(project: &Path, folders: &[PathBuf], index: Option<&Path>) -> Self {
        let own = project.join("fonts");
        let files: Vec<PathBuf> =
            std::iter::once(&own).chain(folders).flat_map(|folder| font_files(folder)).collect();
        let described = index::describe(&files, index);
        let faces: Vec<Installed> = files
            .iter()
            .zip(described)
            .flat_map(|(file, faces)| faces.into_iter().map(move |described| (file, described)))
            .map(|(file, described)| Installed {
                path: file.strip_prefix(project).unwrap_or(file).to_owned(),
                file: file.clone(),
                described,
                coverage: OnceLock::new(),
                weights: OnceLock::new(),
            })
            .collect();
        let mut by_key: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (n, face) in faces.iter().enumerate() {
            by_key.entry(face.described.family.to_lowercase()).or_default().push(n);
        }
        let families: Vec<Family> =
            by_key.into_iter().map(|(key, faces)| Family { key, faces }).collect();
        let mut fallback: Vec<usize> = (0..families.len()).collect();
        fallback.sort_by_key(|n| family::rank(&families[*n].key));
        let mut searched = BTreeSet::new();
        for root in std::iter::once(&own).chain(folders) {
            let within = |file: &&PathBuf| file.starts_with(root);
            for file in files.iter().filter(within) {
                let folders = file.ancestors().skip(1).take_while(|folder| *folder != root);
                searched.extend(folders.map(Path::to_owned));
            }
            searched.insert(root.clone());
        }
        Self { project: project.to_owned(), faces, families, fallback, searched }
    }

    /// The folders that were looked into, and those that would have been if they were there: a
    /// font that comes or goes changes one of them.
    pub fn searched(&self) -> impl Iterator<Item = &Path> {
        self.searched.iter().map(PathBuf::as_path)
    }

    /// Draws a caption outside of a build: chooses its faces and sets it. `scratch` is as for
    /// [`super::draw`].
    ///
    /// # Errors
    /// Those of [`Library::resolve`] and of [`super::draw`].
    pub fn draw(&self, spec: &CaptionSpec, scratch: &Path) -> Result<Typeset, Diagnostic> {
        let mut faces = self.resolve(spec)?.faces;
        for face in &mut faces {
            face.path = self.project.join(&face.path);
        }
        super::draw(spec, &faces, scratch)
    }

    /// Families as they call themselves, sorted.
    pub fn families(&self) -> impl Iterator<Item = &str> {
        self.families.iter().map(|family| self.faces[family.faces[0]].described.family.as_str())
    }

    /// That at least one of these families is installed (a generic one like `sans-serif` always
    /// is, if any font is).
    ///
    /// # Errors
    /// None is: says so, with the families whose names come nearest.
    pub fn require(&self, families: &[String]) -> Result<(), Diagnostic> {
        let installed = families
            .iter()
            .flat_map(|name| family::expand(name))
            .any(|key| self.family(&key).is_some());
        if families.is_empty() || installed {
            return Ok(());
        }
        let named = families.iter().map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", ");
        let mut diagnostic =
            Diagnostic::usage("missing-font", format!("no installed font is called {named}"));
        let wanted = families[0].to_lowercase();
        let near = self
            .families()
            .map(|family| (strsim::jaro_winkler(&family.to_lowercase(), &wanted), family))
            .filter(|(likeness, _)| *likeness > 0.85)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, near)) = near {
            diagnostic = diagnostic.hint(format!("did you mean `{near}`?"));
        }
        Err(diagnostic
            .hint("put the font file into the project's `fonts/` folder, or install its package"))
    }
}

/// Font files below a folder, sorted by path.
fn font_files(folder: &Path) -> Vec<PathBuf> {
    let is_font = |path: &Path| {
        path.extension().and_then(|e| e.to_str()).is_some_and(|e| {
            ["ttf", "otf", "ttc", "otc"].iter().any(|known| e.eq_ignore_ascii_case(known))
        })
    };
    WalkDir::new(folder)
        .follow_links(true)
        .max_depth(8)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file() && is_font(entry.path()))
        .map(walkdir::DirEntry::into_path)
        .collect()
}
