//! `[source.NAME]`: where assets come from.

use super::rights;
use crate::contract::asset::AssetKind;
use crate::contract::rights::Provenance;
use crate::memefile::{At, KeyDoc, Mistakes, OneOrMany, REQUIRED, Section, SectionDoc};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;
use crate::node::source;

/// What a `[source.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub kind: AssetKind,
    /// Globs, relative to the Memefile. At least one.
    pub files: Vec<At<String>>,
    pub exclude: Vec<At<String>>,
    pub tags: Vec<String>,
    /// What is said of all its assets; what is known of a single one goes first.
    pub provenance: Provenance,
}

impl Declared for Source {
    const SECTION: &'static str = "source";
}

static DOC: SectionDoc = SectionDoc {
    kind: "source",
    named: true,
    about: "Files that become assets of one kind. An asset's id is the name of its file without \
extension, in lower case, everything but `a-z0-9` turned to `-`; where two files of a kind would \
get the same id, both get eight digits of their content's hash behind it. Files and folders whose \
names begin with a point are passed over, and so are `artefacts/` and `cache/`. A symbolic link \
that you name yourself is followed wherever it leads; one that a wildcard finds is followed only \
if it stays within the project, and passed over with a warning if not.",
    keys: &[
        KeyDoc::new(
            "asset",
            "`green-screen`, `background`, `music` or `sound-effect`",
            REQUIRED,
            "What the files are for.",
        ),
        KeyDoc::new(
            "files",
            "glob or list of globs",
            REQUIRED,
            "Relative to the Memefile. `*` and `?` stay within a folder, `**` crosses folders, \
             `{a,b}` and `[a-z]` are alternatives. A glob that finds nothing is a mistake.",
        ),
        KeyDoc::new("exclude", "glob or list of globs", "", "Files to leave out."),
        KeyDoc::new("tags", "list of strings", "[]", "Tags that each of these assets gets."),
        KeyDoc::new(
            "licence",
            "SPDX expression or `LicenseRef-*`",
            "",
            "Under which terms they may be used: `CC-BY-4.0`, `CC0-1.0`, `LicenseRef-patreon`. It \
             goes into the metadata of each asset, and from there into the credits of each render.",
        ),
        KeyDoc::new("creator", "string", "", "Who made them."),
        KeyDoc::new(
            "attribution",
            "string",
            "",
            "What the licence asks to be said, word for word.",
        ),
        KeyDoc::new("source-url", "string", "", "The page that they come from."),
        KeyDoc::new("expires", "day", "", "The last day on which they may be used: `2027-01-31`."),
    ],
    example: r#"
[source.greens]
asset = "green-screen"
files = "media/green/**/*.{mp4,mov,webm}"
tags = ["reaction"]

[source.places]
asset = "background"
files = ["media/places/*.jpg", "media/places/*.mp4"]

[source.beats]
asset = "music"
files = "media/music/*"
exclude = "media/music/*.txt"
tags = ["loopable"]
licence = "CC-BY-4.0"
creator = "the band"
attribution = "Beats by the band, CC BY 4.0"

[source.sounds]
asset = "sound-effect"
files = "media/sounds/*.wav""#,
};

pub struct SourceType;

impl NodeType for SourceType {
    fn name(&self) -> &'static str {
        "source"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let kind = reader.require("asset");
        let files: Option<OneOrMany<At<String>>> = reader.require("files");
        let exclude: Option<OneOrMany<At<String>>> = reader.get("exclude");
        let tags: Option<Vec<String>> = reader.get("tags");
        let provenance = rights::read(&reader);
        let (Some(kind), Some(OneOrMany(files))) = (kind, files) else { return };
        if files.is_empty() {
            if let Some(value) = reader.value("files") {
                value.wrong_type::<()>("at least one glob", mistakes);
            }
            return;
        }
        let exclude = exclude.map_or_else(Vec::new, |list| list.0);
        let tags = tags.unwrap_or_default();
        let source = Source { kind, files, exclude, tags, provenance };
        catalogue.insert(section.name, section.span(mistakes), source);
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        source::expand(catalogue, expansion);
    }
}
