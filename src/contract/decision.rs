//! The one step that is not deterministic: what a chooser is shown, and what it decided.
//!
//! A [`Request`] is all that a chooser sees. It is made of the brief and of what the search found,
//! and of nothing else: fields on a list, texts cut to a bound, candidates sorted by id. So its
//! bytes name the question, and the same question is asked once. A [`Decision`] names ids that were
//! shown, never paths, and is checked against the request by [`Decision::answers`].

use super::Contract;
use super::asset::{AssetId, AssetKind, SeedAsset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Longest text of a candidate's field that a chooser is shown, in characters.
pub const LONGEST_FIELD: usize = 120;

/// Most candidates of a slot.
pub const MOST_CANDIDATES: usize = 50;

/// Most tags of a candidate that are shown.
const MOST_TAGS: usize = 20;

/// Longest caption that may be chosen, in characters; a request may ask for less.
pub const LONGEST_CAPTION: u32 = 500;

/// As in [`Answer::chooser`]: whoever builds, by hand or by a client of theirs.
pub const HOST: &str = "host";

/// Codes of failures to decide, for whoever acts upon them.
pub const FAILURES: [&str; 8] = [
    "chooser-refused",
    "chooser-truncated",
    "chooser-malformed",
    "chooser-limited",
    "chooser-unreachable",
    "chooser-key",
    "script-ended",
    "no-candidate",
];

/// What a chooser is asked, and all that it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// What the person wants.
    pub brief: String,
    /// Name of the slot → what may fill it. Every slot is to be filled.
    pub slots: BTreeMap<String, Slot>,
    /// Texts to write.
    pub captions: Captions,
    /// From 1; later turns come with what was wrong with the turn before.
    #[schemars(range(min = 1))]
    pub turn: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Turn>,
}

/// A part of the composite to choose an asset for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Slot {
    pub kind: AssetKind,
    /// Best first, by the order of the search.
    #[schemars(length(max = MOST_CANDIDATES))]
    pub candidates: Vec<Candidate>,
}

/// What a chooser may know of an asset. All texts come from files and pages of strangers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Candidate {
    pub id: AssetId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Zero for a still picture.
    pub duration_ms: u64,
    /// As a player shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<[u32; 2]>,
    pub has_audio: bool,
    /// 0 to 100.
    pub quality: u32,
    /// Whether nobody made it yet: it stands in for the real one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mock: bool,
}

impl Candidate {
    /// What of an asset is shown.
    pub fn of(asset: &SeedAsset) -> Self {
        let provenance = &asset.provenance;
        let size = asset.facts.video.as_ref().map(|video| match video.rotation {
            90 | 270 => [video.height, video.width],
            _ => [video.width, video.height],
        });
        Self {
            id: asset.id.clone(),
            title: provenance.title.as_deref().map(shortened),
            creator: provenance.creator.as_deref().map(shortened),
            tags: asset.tags.iter().take(MOST_TAGS).map(|tag| shortened(tag)).collect(),
            duration_ms: asset.facts.duration_ms,
            size,
            has_audio: asset.facts.audio.is_some(),
            quality: asset.quality.score,
            mock: provenance.is_mock(),
        }
    }
}

/// A text without control characters and without what lies beyond [`LONGEST_FIELD`].
fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_FIELD).collect()
}

/// Which texts are wanted, and how long they may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Captions {
    /// What the composite says now, one for each text to write; none where its words stay.
    pub drafts: Vec<String>,
    /// Characters of each.
    #[schemars(range(max = LONGEST_CAPTION))]
    pub longest: u32,
}

/// The turn before: what was decided, and what the critic said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Turn {
    pub decision: Decision,
    /// Errors and warnings, gravest first.
    pub findings: Vec<Complaint>,
}

/// What of a finding matters to a chooser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Complaint {
    pub rule: String,
    pub message: String,
    pub measured: String,
    pub limit: String,
    pub hint: String,
}

impl Contract for Request {
    const NAME: &'static str = "choice-request";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        if self.turn == 0 {
            return Err("turn: the first is 1".to_owned());
        }
        if self.captions.longest > LONGEST_CAPTION {
            return Err(format!("captions.longest: at most {LONGEST_CAPTION}"));
        }
        for (name, slot) in &self.slots {
            let mut seen = BTreeSet::new();
            if !slot.candidates.iter().all(|candidate| seen.insert(&candidate.id)) {
                return Err(format!("slots.{name}: a candidate is listed twice"));
            }
            if slot.candidates.len() > MOST_CANDIDATES {
                return Err(format!("slots.{name}: at most {MOST_CANDIDATES} candidates"));
            }
        }
        Ok(())
    }
}

/// What a chooser decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decision {
    /// Name of the slot → the asset that fills it.
    pub picks: BTreeMap<String, AssetId>,
    /// In the order of the composite's captions.
    #[serde(default)]
    pub captions: Vec<String>,
    /// Why, for people. Changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Contract for Decision {
    const NAME: &'static str = "decision";
    const VERSION: u32 = 1;
}

impl Decision {
    /// Whether it answers a request: every slot is filled by a candidate that was shown, and the
    /// texts are as many and as long as was asked. The message tells a chooser what to mend.
    pub fn answers(&self, request: &Request) -> Result<(), String> {
        for (name, slot) in &request.slots {
            let Some(pick) = self.picks.get(name) else {
                return Err(format!("picks: nothing is picked for `{name}`"));
            };
            if !slot.candidates.iter().any(|candidate| candidate.id == *pick) {
                return Err(format!("picks.{name}: `{pick}` is not among its candidates"));
            }
        }
        if let Some(name) = self.picks.keys().find(|name| !request.slots.contains_key(*name)) {
            return Err(format!("picks: there is no slot `{}`", name.escape_debug()));
        }
        let (count, longest) = (request.captions.drafts.len(), request.captions.longest);
        if self.captions.len() != count {
            let found = self.captions.len();
            return Err(format!("captions: {count} are asked for, and {found} are there"));
        }
        for (index, text) in self.captions.iter().enumerate() {
            if text.trim().is_empty() {
                return Err(format!("captions[{index}]: it is empty"));
            }
            if text.chars().count() > longest as usize {
                return Err(format!("captions[{index}]: longer than {longest} characters"));
            }
            if text.chars().any(|c| c.is_control() && c != '\n') {
                return Err(format!("captions[{index}]: it has control characters"));
            }
        }
        Ok(())
    }

    /// What was picked and written, in one line.
    pub fn told(&self) -> String {
        let picks = self.picks.iter().map(|(slot, id)| format!("{slot} {id}"));
        let captions = self.captions.iter().map(|text| format!("{text:?}"));
        picks.chain(captions).collect::<Vec<_>>().join(", ")
    }

    /// Whether the two would make the same film, whatever their reasons.
    pub fn same_as(&self, other: &Self) -> bool {
        (&self.picks, &self.captions) == (&other.picks, &other.captions)
    }
}

/// Decisions that were recorded, one a turn, to be played again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trajectory {
    pub turns: Vec<Decision>,
}

impl Contract for Trajectory {
    const NAME: &'static str = "trajectory";
    const VERSION: u32 = 1;
}

/// What asking took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Usage {
    /// Requests to the chooser, those that were mended or tried again among them.
    pub calls: u32,
    pub input_tokens: u64,
    pub output_tokens: u64,
}

impl std::ops::Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            input_tokens: self.input_tokens + other.input_tokens,
            output_tokens: self.output_tokens + other.output_tokens,
        }
    }
}

/// A decision with who made it and what it took: what a choice's action leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Answer {
    /// `rules`, `script`, `command`, `openai`, `anthropic`, `host`.
    pub chooser: String,
    /// The model, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    pub decision: Decision,
    pub usage: Usage,
    /// blake3, hexadecimal, of the raw response that the decision was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
}

impl Contract for Answer {
    const NAME: &'static str = "choice-answer";
    const VERSION: u32 = 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> AssetId {
        AssetId::try_from(text.to_owned()).unwrap()
    }

    fn request() -> Request {
        let candidate = |name: &str| Candidate {
            id: id(name),
            title: None,
            creator: None,
            tags: Vec::new(),
            duration_ms: 0,
            size: None,
            has_audio: false,
            quality: 50,
            mock: false,
        };
        let slot = |kind, names: &[&str]| Slot {
            kind,
            candidates: names.iter().copied().map(candidate).collect(),
        };
        Request {
            brief: "a proud gorilla".to_owned(),
            slots: [
                ("green-screen".to_owned(), slot(AssetKind::GreenScreen, &["gorilla", "cat"])),
                ("music".to_owned(), slot(AssetKind::Music, &["vogue"])),
            ]
            .into(),
            captions: Captions { drafts: vec!["hello".to_owned()], longest: 10 },
            turn: 1,
            last: None,
        }
    }

    fn decision(green: &str, music: &str, captions: &[&str]) -> Decision {
        let picks = [("green-screen", green), ("music", music)];
        Decision {
            picks: picks.map(|(slot, pick)| (slot.to_owned(), id(pick))).into(),
            captions: captions.iter().map(|text| (*text).to_owned()).collect(),
            reason: None,
        }
    }

    #[test]
    fn a_decision_names_what_was_shown_and_says_what_was_asked() {
        let request = request();
        assert_eq!(request.check(), Ok(()));
        assert_eq!(decision("gorilla", "vogue", &["ship it"]).answers(&request), Ok(()));
        let wrong = |decision: Decision| decision.answers(&request).unwrap_err();
        insta::assert_snapshot!(wrong(decision("dog", "vogue", &["ship it"])),
            @"picks.green-screen: `dog` is not among its candidates");
        insta::assert_snapshot!(wrong(decision("cat", "vogue", &[])),
            @"captions: 1 are asked for, and 0 are there");
        insta::assert_snapshot!(wrong(decision("cat", "vogue", &["ship it today"])),
            @"captions[0]: longer than 10 characters");
        insta::assert_snapshot!(wrong(decision("cat", "vogue", &[" "])), @"captions[0]: it is empty");
        insta::assert_snapshot!(wrong(decision("cat", "vogue", &["a\u{1b}b"])),
            @"captions[0]: it has control characters");
        let mut less = decision("cat", "vogue", &["ship it"]);
        less.picks.remove("music");
        insta::assert_snapshot!(wrong(less), @"picks: nothing is picked for `music`");
        let mut more = decision("cat", "vogue", &["ship it"]);
        more.picks.insert("watermark".to_owned(), id("logo"));
        insta::assert_snapshot!(wrong(more), @"picks: there is no slot `watermark`");
    }

    #[test]
    fn a_reason_makes_no_other_film() {
        let one = decision("cat", "vogue", &["a"]);
        let other = Decision { reason: Some("it is funny".to_owned()), ..one.clone() };
        assert!(one.same_as(&other));
        assert!(!one.same_as(&decision("cat", "vogue", &["b"])));
    }
}
