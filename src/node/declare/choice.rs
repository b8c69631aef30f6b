//! `[choice.NAME]`: what somebody is to choose for a composite.

use super::batch::{Axis, axes};
use super::chooser::Chooser;
use super::composite::Composite;
use crate::contract::decision::{LONGEST_CAPTION, MOST_CANDIDATES};
use crate::diagnostic::Diagnostic;
use crate::memefile::{
    At, FromText, KeyDoc, Mistakes, REQUIRED, Reader, Section, SectionDoc, Wrong, words,
};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;
use crate::node::tool::Step;

/// Candidates of a slot, where nothing is said.
const CANDIDATES: usize = 8;

/// Characters of a caption, where nothing is said.
const LONGEST: u32 = 80;

/// Longest brief, in characters.
const LONGEST_BRIEF: usize = 4000;

/// What a `[choice.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What the person wants.
    pub brief: At<String>,
    pub composite: At<String>,
    pub chooser: Option<At<String>>,
    /// What parts of the composite may become, in the order of their roles.
    pub slots: Vec<Axis>,
    /// Whether the composite's captions are written anew.
    pub writes: bool,
    /// Characters of each of those.
    pub longest: u32,
}

impl Choice {
    /// The name of its chooser.
    pub fn chooser(&self) -> &str {
        self.chooser.as_ref().map_or("rules", |chooser| &chooser.value)
    }

    /// How many of the best candidates of a slot are shown.
    pub fn shown(slot: &Axis) -> usize {
        slot.limit.unwrap_or(CANDIDATES).min(MOST_CANDIDATES)
    }
}

impl Declared for Choice {
    const SECTION: &'static str = "choice";
}

const SLOT: &[KeyDoc] = &[
    KeyDoc::new("id", "id, glob, or list of these", "\"*\"", "Assets of this kind by id."),
    KeyDoc::new(
        "query",
        "query",
        "",
        "Assets that match, in the language of [search.md](search.md).",
    ),
    KeyDoc::new("min-quality", "whole number", "", "Least quality score, 0 to 100."),
    KeyDoc::new(
        "sample",
        "whole number",
        "",
        "Draws so many of those, from the project's `seed`, and shows the best of what was drawn.",
    ),
    KeyDoc::new("limit", "whole number, 1 to 50", "8", "So many are shown, the best of them."),
];

const SLOTS: &[KeyDoc] = &[
    KeyDoc::new("green-screen", "id, list of ids, or table", "", "In place of the composite's.")
        .table(SLOT),
    KeyDoc::new("background", "id, list of ids, or table", "", "In place of the composite's.")
        .table(SLOT),
    KeyDoc::new("music", "id, list of ids, or table", "", "In place of the composite's.")
        .table(SLOT),
    KeyDoc::new("sound-effect", "id, list of ids, or table", "", "In place of its first.")
        .table(SLOT),
];

static DOC: SectionDoc = SectionDoc {
    kind: "choice",
    named: true,
    about: "A choice: parts of a composite that somebody picks, and words that somebody writes. \
`[render.*]` and `[director.*]` take it in place of a composite. It is asked once, checked (only what was \
shown can be picked), and pinned in `Memefile.lock`; [director.md](director.md) tells more.",
    keys: &[
        KeyDoc::new("brief", "text", REQUIRED, "What is wanted, in plain words."),
        KeyDoc::new("composite", "name of a composite", REQUIRED, "What is chosen for."),
        KeyDoc::new(
            "chooser",
            "name of a chooser",
            "\"rules\"",
            "Who decides: `rules`, `host`, or one that is declared in `[chooser.NAME]`.",
        ),
        KeyDoc::new("slots", "table", "", "What parts of the composite may become.").table(SLOTS),
        KeyDoc::new(
            "captions",
            "`keep` or `write`",
            "\"keep\"",
            "Whether the composite's captions stay, or are drafts that the chooser writes anew.",
        ),
        KeyDoc::new(
            "longest",
            "whole number, 1 to 500",
            "80",
            "Characters of each caption, at most.",
        ),
    ],
    example: r#"
[choice.vogue]
brief = "A gorilla that walks like on a catwalk, and knows it"
composite = "vogue"
chooser = "mind"
slots.green-screen = { query = "gorilla OR ape", limit = 6 }
slots.music = { id = "*" }
captions = "write""#,
};

/// What becomes of the captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    Keep,
    Write,
}

impl FromText for Words {
    const EXPECTED: &'static str = "`keep` or `write`";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        words(text, &[("keep", Self::Keep), ("write", Self::Write)])
    }
}

pub struct ChoiceType;

impl NodeType for ChoiceType {
    fn name(&self) -> &'static str {
        "choice"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let before = mistakes.len();
        let choice = read(&reader);
        if let (Some(choice), true) = (choice, mistakes.len() == before) {
            catalogue.insert(section.name, section.span(mistakes), choice);
        }
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        for (name, entry) in catalogue.iter::<Choice>() {
            expansion.check(catalogue.check::<Composite>(&entry.value.composite));
            if let Some(chooser) = &entry.value.chooser {
                expansion.check(catalogue.check::<Chooser>(chooser));
            }
            crate::node::choice::expand(name, catalogue, expansion);
        }
    }

    fn steps(&self) -> &'static [Step] {
        &crate::node::choice::STEPS
    }
}

fn read(reader: &Reader<'_, '_>) -> Option<Choice> {
    let brief: Option<At<String>> = reader.require("brief");
    let composite = reader.require("composite");
    let slots = reader.table("slots").map_or_else(Vec::new, |table| axes(&table));
    let writes = reader.get("captions") == Some(Words::Write);
    if slots.is_empty() && !writes && reader.value("slots").is_none() {
        let message = format!("nothing is chosen in {}", reader.what());
        let diagnostic = Diagnostic::usage("missing-key", message)
            .label(&reader.span(), "no `slots`, and the captions stay")
            .hint("give it `slots`, or `captions = \"write\"`");
        reader.mistakes().report(diagnostic);
    }
    if let Some(brief) = &brief {
        let length = brief.value.chars().count();
        if brief.value.trim().is_empty() || length > LONGEST_BRIEF {
            let label = format!("expected 1 to {LONGEST_BRIEF} characters, found {length}");
            let problem = Diagnostic::usage("wrong-value", "the brief is empty or too long");
            reader.mistakes().report(problem.label(&brief.span, label));
        }
    }
    let longest = reader.int("longest", 1..=i64::from(LONGEST_CAPTION));
    Some(Choice {
        brief: brief?,
        composite: composite?,
        chooser: reader.get("chooser"),
        slots,
        writes,
        longest: longest.and_then(|n| u32::try_from(n).ok()).unwrap_or(LONGEST),
    })
}
