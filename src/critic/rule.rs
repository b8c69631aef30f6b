//! What a rule is, what it is given, and what it says.

use super::policy::{Policy, Strictness, Threshold};
use crate::contract::caption::CaptionFacts;
use crate::contract::fact::{AudioMeasures, FileFacts, PixelFacts, SoundBalance, SubjectFacts};
use crate::contract::geometry::Rect;
use crate::contract::profile::OutputProfile;
use crate::contract::render_input::RenderInput;
use crate::contract::review::Review;
use crate::contract::rights::Credit;
use crate::contract::verdict::{Finding, Patch, Severity};
use unicode_segmentation::UnicodeSegmentation;

/// One rule: data for people and programs, and a pure function.
pub struct Rule {
    /// Stable word in verdicts and Memefiles: `caption-safe-area`.
    pub id: &'static str,
    /// What it demands, one sentence.
    pub what: &'static str,
    /// Why that matters, one sentence.
    pub why: &'static str,
    /// Where the demand and its default limits come from.
    pub source: &'static str,
    /// What becomes of a breach unless the Memefile says otherwise.
    pub strictness: Strictness,
    /// Whether it judges a film against its render input, and is not applicable without one.
    pub needs_input: bool,
    /// The limits that a Memefile may set.
    pub thresholds: &'static [&'static Threshold],
    pub check: fn(&Case<'_>) -> Judged,
}

/// All that a rule may look at.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub profile: &'a OutputProfile,
    pub policy: &'a Policy,
    /// What was asked for; absent for a file that memebuild did not render.
    pub expected: Option<&'a RenderInput>,
    /// One for each caption of `expected`, in its order.
    pub captions: &'a [CaptionFacts],
    /// What is known of the rights to each asset of `expected`.
    pub credits: &'a [Credit],
    /// What a person said of the film, or of an earlier one under its name.
    pub review: Option<&'a Review>,
    /// Absent where a composite is judged before it is rendered.
    pub film: Option<Film<'a>>,
}

/// A finished file.
#[derive(Clone, Copy)]
pub struct Film<'a> {
    pub file: &'a FileFacts,
    pub pixels: Option<&'a PixelFacts>,
    pub audio: Option<&'a AudioMeasures>,
    pub balance: Option<&'a SoundBalance>,
    pub subject: Option<&'a SubjectFacts>,
}

/// How one rule ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// A fact that it needs is not there.
    NotApplicable,
    /// It was checked; no breach is a pass.
    Checked(Vec<Breach>),
}

impl Judged {
    /// It holds.
    pub const PASS: Self = Self::Checked(Vec::new());

    /// Holds if `ok`, else is broken as `breach` says.
    pub fn require(ok: bool, breach: impl FnOnce() -> Breach) -> Self {
        if ok { Self::PASS } else { Self::Checked(vec![breach()]) }
    }
}

impl From<Option<Breach>> for Judged {
    fn from(breach: Option<Breach>) -> Self {
        Self::Checked(breach.into_iter().collect())
    }
}

/// One breach: a finding that does not yet know its rule and gravity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// One sentence, lower case, no full stop.
    pub message: String,
    pub measured: String,
    pub limit: String,
    pub range_ms: Option<[u64; 2]>,
    pub area: Option<Rect>,
    /// What to do about it: an imperative, lower case, no full stop.
    pub hint: String,
    /// The same for a program, where it takes no thought.
    pub patch: Vec<Patch>,
}

impl Breach {
    pub fn new(
        message: impl Into<String>,
        measured: impl Into<String>,
        limit: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            message: message.into(),
            measured: measured.into(),
            limit: limit.into(),
            range_ms: None,
            area: None,
            hint: hint.into(),
            patch: Vec::new(),
        }
    }

    /// It speaks of these milliseconds.
    #[must_use]
    pub fn during(mut self, range_ms: [u64; 2]) -> Self {
        self.range_ms = Some(range_ms);
        self
    }

    /// It speaks of this box of the canvas.
    #[must_use]
    pub fn at(mut self, area: Rect) -> Self {
        self.area = Some(area);
        self
    }

    /// These changes of the arrangement mend it.
    #[must_use]
    pub fn mended_by(mut self, patch: impl IntoIterator<Item = Patch>) -> Self {
        self.patch.extend(patch);
        self
    }

    pub(super) fn into_finding(self, rule: &Rule, severity: Severity) -> Finding {
        Finding {
            rule: rule.id.to_owned(),
            severity,
            message: self.message,
            measured: self.measured,
            limit: self.limit,
            range_ms: self.range_ms,
            area: self.area,
            hint: self.hint,
            patch: self.patch,
        }
    }
}

/// A caption: what was asked for, and what typesetting made of it.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// Its place in the render input, from 0.
    pub index: usize,
    pub text: &'a str,
    pub facts: &'a CaptionFacts,
    /// When it is shown, milliseconds.
    pub range_ms: [u64; 2],
}

impl Shown<'_> {
    /// How to call it: its number from 1 and its first words.
    pub fn name(&self) -> String {
        const LONGEST: usize = 24;
        let line: String = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut graphemes = line.graphemes(true);
        let mut start: String = graphemes.by_ref().take(LONGEST).collect();
        if graphemes.next().is_some() {
            start.push('…');
        }
        format!("caption {} \"{}\"", self.index + 1, start.escape_debug())
    }

    pub fn shown_ms(&self) -> u64 {
        self.range_ms[1] - self.range_ms[0]
    }
}

impl<'a> Case<'a> {
    /// The captions with their times; none where there is no render input.
    pub fn shown(&self) -> Vec<Shown<'a>> {
        let Some(input) = self.expected else { return Vec::new() };
        let rate = input.frame_rate();
        let pairs = input.captions.iter().zip(self.captions).enumerate();
        pairs
            .map(|(index, (layer, facts))| Shown {
                index,
                text: &layer.spec.text,
                facts,
                range_ms: [rate.ms_of(layer.from_frame), rate.ms_of(layer.to_frame)],
            })
            .collect()
    }

    /// Judges every caption by itself; not applicable where there is none.
    pub fn each_caption(&self, check: impl Fn(&Shown<'a>) -> Option<Breach>) -> Judged {
        let shown = self.shown();
        if shown.is_empty() {
            return Judged::NotApplicable;
        }
        let breach = |caption: &Shown<'a>| check(caption).map(|b| b.during(caption.range_ms));
        Judged::Checked(shown.iter().filter_map(breach).collect())
    }

    /// The short side of the canvas, pixels.
    pub fn short_side(&self) -> u32 {
        self.profile.canvas.width.min(self.profile.canvas.height)
    }
}
