//! `[source.NAME]`: where assets come from.

use super::rights;
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::mock::MOST;
use crate::contract::rights::Provenance;
use crate::diagnostic::Diagnostic;
use crate::memefile::{
    At, KeyDoc, Millis, Mistakes, OneOrMany, REQUIRED, Reader, Section, SectionDoc,
};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;
use crate::node::source;

/// What a `[source.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub kind: AssetKind,
    /// Globs, relative to the Memefile. At least one, unless it is mocked.
    pub files: Vec<At<String>>,
    pub exclude: Vec<At<String>>,
    pub tags: Vec<String>,
    /// What is said of all its assets; what is known of a single one goes first.
    pub provenance: Provenance,
    /// Stand-ins are made, and no file is looked for.
    pub mock: Option<Mock>,
}

/// What stands in for the assets of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mock {
    /// How many in all, at least; none for as many as are asked for.
    pub count: Option<u32>,
    pub seed: u64,
    pub ids: Vec<AssetId>,
    /// How long clips and sounds are, if not as usual.
    pub length_ms: Option<u64>,
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
            "Not needed where there is a `mock`. Relative to the Memefile. `*` and `?` stay within a folder, `**` crosses folders, \
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
        KeyDoc::new(
            "mock",
            "table",
            "",
            "Stand-ins for all of them, until the real ones are there: tiny media, made by rule, with \
             MOCK written on what can be seen. There is one for each id that the Memefile asks for \
             and no other source has. What is made of them is marked, and `build --release` refuses \
             it. `build --mock NAME` does the same without a change here.",
        )
        .table(&[
            KeyDoc::new(
                "count",
                "whole number, 0 to 100000",
                "",
                "How many in all, at least. Without it, as many as are named, and three where a batch \
                 takes whichever there are.",
            ),
            KeyDoc::new("seed", "whole number", "0", "Other numbers make other stand-ins."),
            KeyDoc::new("ids", "list of ids", "[]", "Ids that there must be."),
            KeyDoc::new("length", "time", "", "How long clips and sounds are."),
        ]),
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
        let mocked = reader.value("mock").is_some();
        let mock = reader.table("mock").and_then(|table| mock(&table));
        if mocked && mock.is_none() {
            return;
        }
        let files: Option<OneOrMany<At<String>>> = match mocked && reader.value("files").is_none() {
            true => Some(OneOrMany(Vec::new())),
            false => reader.require("files"),
        };
        let exclude: Option<OneOrMany<At<String>>> = reader.get("exclude");
        let tags: Option<Vec<String>> = reader.get("tags");
        let provenance = rights::read(&reader);
        let (Some(kind), Some(OneOrMany(files))) = (kind, files) else { return };
        if files.is_empty() && !mocked {
            if let Some(value) = reader.value("files") {
                value.wrong_type::<()>("at least one glob", mistakes);
            }
            return;
        }
        let exclude = exclude.map_or_else(Vec::new, |list| list.0);
        let tags = tags.unwrap_or_default();
        let source = Source { kind, files, exclude, tags, provenance, mock };
        catalogue.insert(section.name, section.span(mistakes), source);
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        source::expand(catalogue, expansion);
    }
}

fn mock(table: &Reader<'_, '_>) -> Option<Mock> {
    let before = table.mistakes().errors();
    let count = table.int("count", 0..=i64::from(MOST));
    let seed = table.int("seed", 0..=i64::MAX);
    let length: Option<Millis> = table.get("length");
    let names: Vec<At<String>> = table.get("ids").unwrap_or_default();
    let mut ids = Vec::new();
    for At { value, span } in names {
        match AssetId::try_from(value) {
            Ok(id) => ids.push(id),
            Err(why) => {
                table.mistakes().report(Diagnostic::usage("bad-id", why).label(&span, "not an id"));
            }
        }
    }
    let mock = Mock {
        count: count.and_then(|n| u32::try_from(n).ok()),
        seed: seed.map_or(0, i64::cast_unsigned),
        ids,
        length_ms: length.map(|Millis(ms)| ms.clamp(200, 600_000)),
    };
    (table.mistakes().errors() == before).then_some(mock)
}
