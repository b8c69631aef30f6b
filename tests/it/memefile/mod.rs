//! What a Memefile may say, and what is said of one that is wrong.

mod commands;
mod docs;
mod edits;
mod files;
mod frame;
mod keys;
mod references;
mod values;

use memebuild::diagnostic::render::{Style, render_all};
use memebuild::memefile::{Document, Mistakes, Text};
use memebuild::node::batch::Scope;
use memebuild::node::known::Known;
use memebuild::node::registry::{self, Loaded};
use std::collections::BTreeSet;
use std::path::Path;
use tempfile::TempDir;

/// A project of files that each hold their own name, and a Memefile.
struct Project {
    root: TempDir,
    text: Text,
}

impl Project {
    fn new(files: &[&str], memefile: &str) -> Self {
        let root = TempDir::new().expect("a folder");
        for file in files {
            let bytes = match file.rsplit('.').next() {
                Some("csv") => "id,text\nship-it,SHIP IT\n",
                Some("json") => "{}",
                _ => file,
            };
            write(root.path(), file, bytes.as_bytes());
        }
        Self { root, text: Text::new("Memefile.toml", memefile) }
    }

    fn load(&self) -> Result<Loaded, String> {
        registry::load(
            &self.text,
            self.root.path(),
            Known::NOTHING,
            Scope::All,
            &mut BTreeSet::new(),
        )
        .map_err(|mistakes| render_all(&mistakes, Style::default()))
    }

    /// What is said of a Memefile that is wrong.
    fn mistakes(&self) -> String {
        self.load().err().expect("the Memefile has mistakes")
    }

    /// What is said of a Memefile that is odd, but good.
    fn warnings(&self) -> String {
        match self.load() {
            Ok(loaded) => render_all(&loaded.warnings, Style::default()),
            Err(mistakes) => panic!("{mistakes}"),
        }
    }
}

fn write(root: &Path, file: &str, bytes: &[u8]) {
    let path = root.join(file);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    std::fs::write(path, bytes).expect("a file");
}

/// What is said of the tables alone, without looking at any file. `memefile = 1` is added.
fn said(sections: &str) -> String {
    let text = Text::new("Memefile.toml", format!("memefile = 1\n{sections}"));
    let mistakes = Mistakes::new(text.source.clone());
    let document = Document::parse(&text, &mistakes).expect("a version that is known");
    registry::declare_all(&document, &mistakes);
    render_all(&mistakes.into_sorted(), Style::default())
}

/// The examples of all sections, as one file.
pub fn examples() -> String {
    let mut text = String::from("memefile = 1\n");
    for doc in registry::sections() {
        text.push('\n');
        text.push_str(doc.example.trim());
        text.push('\n');
    }
    text
}

/// The files that the examples name.
const EXAMPLE_FILES: [&str; 12] = [
    "count.sh",
    "schemas/words.schema.json",
    "captions.csv",
    "media/green/gorilla.mp4",
    "media/green/cats/Keyboard Cat.mov",
    "media/places/city-night.jpg",
    "media/places/logo.jpg",
    "media/places/rain.mp4",
    "media/music/vogue.mp3",
    "media/music/credits.txt",
    "media/sounds/john-cena.wav",
    "transcribe.sh",
];
