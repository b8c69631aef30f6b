//! `[director.NAME]`: a choice that is rendered, judged and revised until it is accepted.

use super::batch::Briefs;
use super::choice::Choice;
use super::critic::Critic;
use super::profile::Profile;
use super::render::profiles;
use crate::contract::director::Budget;
use crate::memefile::{
    At, Dollars, KeyDoc, Millis, Mistakes, REQUIRED, Reader, Section, SectionDoc,
};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;
use crate::node::tool::Step;
use std::collections::BTreeSet;

/// Decisions and renders, where nothing is said.
const TURNS: u32 = 3;
const RENDERS: u32 = 6;

/// What a `[director.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Director {
    pub choice: At<String>,
    /// At least one, each once.
    pub profiles: Vec<At<String>>,
    pub critic: Option<At<String>>,
    pub budget: Budget,
}

impl Director {
    /// The name of the critic that judges its attempts.
    pub fn critic(&self) -> &str {
        self.critic.as_ref().map_or("default", |critic| &critic.value)
    }
}

impl Declared for Director {
    const SECTION: &'static str = "director";
}

const PRICES: &[KeyDoc] = &[
    KeyDoc::new("input", "amount", REQUIRED, "Of a million tokens that are read."),
    KeyDoc::new("output", "amount", REQUIRED, "Of a million tokens that are written."),
];

static DOC: SectionDoc = SectionDoc {
    kind: "director",
    named: true,
    about: "A choice that is composed, rendered and judged, mended where a finding says how, and asked \
again with what was wrong, until the critic accepts it or the budget is spent. Each attempt is nodes of its \
own (`choice:NAME/1`, `render:NAME/1@PROFILE`, …), cached like any others; `director:NAME` leaves the \
accepted film as `artefacts/renders/NAME@PROFILE.<ext>`, and what happened as `NAME.director.json`. \
[director.md](director.md) tells more.",
    keys: &[
        KeyDoc::new("choice", "name of a choice", REQUIRED, "What is chosen, and by whom."),
        KeyDoc::new("profiles", "list of names of profiles", REQUIRED, "As in `[render.*]`."),
        KeyDoc::new("critic", "name of a critic", "\"default\"", "Who judges the attempts."),
        KeyDoc::new("turns", "whole number, 1 to 50", "3", "Decisions, at most."),
        KeyDoc::new(
            "renders",
            "whole number, 1 to 100",
            "6",
            "Attempts that are rendered, at most; those that were mended count.",
        ),
        KeyDoc::new("tokens", "whole number", "", "Tokens, read and written, after which it ends."),
        KeyDoc::new("cost", "amount", "", "What those may cost; needs `prices`."),
        KeyDoc::new("prices", "table", "", "What tokens cost.").table(PRICES),
        KeyDoc::new(
            "time",
            "time",
            "",
            "Time that its own nodes take, after which it ends. What comes from the cache counts as \
             it took then, so that a run ends the same each time.",
        ),
    ],
    example: r#"
[director.vogue]
choice = "vogue"
profiles = ["tiktok"]
turns = 4
cost = "0.20 USD"
prices = { input = "3 USD", output = "15 USD" }"#,
};

pub struct DirectorType;

impl NodeType for DirectorType {
    fn name(&self) -> &'static str {
        "director"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let before = mistakes.len();
        let director = read(&reader);
        if let (Some(director), true) = (director, mistakes.len() == before) {
            catalogue.insert(section.name, section.span(mistakes), director);
        }
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        // Those that batches take run for each of their briefs, and not for their own.
        let batches = catalogue.iter::<Briefs>();
        let templates: BTreeSet<&str> =
            batches.map(|(_, batch)| batch.value.director.value.as_str()).collect();
        for (name, entry) in catalogue.iter::<Director>() {
            let director = &entry.value;
            expansion.check(catalogue.check::<Choice>(&director.choice));
            if let Some(critic) = &director.critic {
                expansion.check(catalogue.check::<Critic>(critic));
            }
            for profile in &director.profiles {
                expansion.check(catalogue.check::<Profile>(profile));
            }
            if !templates.contains(name) {
                crate::node::director::expand(name, entry, None, catalogue, expansion);
            }
        }
    }

    fn steps(&self) -> &'static [Step] {
        &crate::node::director::STEPS
    }
}

fn read(reader: &Reader<'_, '_>) -> Option<Director> {
    let choice = reader.require("choice");
    let profiles = profiles(reader);
    let prices = reader.table("prices").and_then(|table| {
        let price = |key| table.require::<Dollars>(key).map(|price| price.0);
        Some([price("input")?, price("output")?])
    });
    let cost = reader.get::<Dollars>("cost").map(|cost| cost.0);
    if cost.is_some() && reader.value("prices").is_none() {
        let problem = crate::diagnostic::Diagnostic::usage(
            "missing-key",
            "what tokens cost is not said, so no cost can be counted",
        );
        reader.mistakes().report(problem.label(&reader.span_of("cost"), "needs `prices`"));
    }
    let count = |key, most| reader.int(key, 1..=most).and_then(|n| u32::try_from(n).ok());
    let tokens = reader.int("tokens", 1..=i64::MAX);
    Some(Director {
        choice: choice?,
        profiles: profiles?,
        critic: reader.get("critic"),
        budget: Budget {
            turns: count("turns", 50).unwrap_or(TURNS),
            renders: count("renders", 100).unwrap_or(RENDERS),
            tokens: tokens.and_then(|n| u64::try_from(n).ok()),
            cost_micros: cost,
            prices_micros: prices,
            wall_ms: reader.get::<Millis>("time").map(|time| time.0),
        },
    })
}
