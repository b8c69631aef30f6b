//! `[composite.NAME]`: which assets go together, and how.

pub mod check;
mod keys;
mod place;
mod read;

pub use place::Placement;

use super::batch::Role;
use crate::contract::asset::AssetKind;
use crate::contract::caption::{CaptionEngine, Rgba};
use crate::contract::render_input::{Duck, Fit, KeyEngine, Repeat};
use crate::diagnostic::Span;
use crate::memefile::{
    At, Decibels, Length, Millis, Mistakes, Section, SectionDoc, Share, TimeRange,
};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;
use serde::{Deserialize, Serialize};

/// What a `[composite.NAME]` declares. Something of it is visible.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Composite {
    /// Absent: as long as the green-screen clip at its speed, else as the background.
    pub duration: Option<At<Millis>>,
    pub background: Option<Background>,
    pub green_screen: Option<GreenScreen>,
    pub music: Option<Music>,
    pub sound_effects: Vec<SoundEffect>,
    /// Bottom to top.
    pub captions: Vec<Caption>,
    pub watermark: Option<Watermark>,
    /// The green-screen clip's own sound; absent where it is switched off.
    pub clip_audio: Option<ClipAudio>,
}

/// The lowest layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Background {
    pub id: At<String>,
    /// What picks it, where it is not named; [`Composite::parts`] fills the id in.
    pub query: Option<At<String>>,
    pub fit: Fit,
    pub repeat: Repeat,
    pub start: Millis,
}

/// The keyed layer. [`GreenScreen::place`] says where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreenScreen {
    pub id: At<String>,
    /// What picks it, where it is not named; [`Composite::parts`] fills the id in.
    pub query: Option<At<String>>,
    pub x: Length,
    pub y: Length,
    pub width: Option<Length>,
    pub height: Option<Length>,
    pub scale_milli: u32,
    pub anchor: Anchor,
    pub flip: bool,
    pub key: Key,
    /// Tenths of a source pixel.
    pub feather_decipx: u32,
    pub choke_decipx: u32,
    pub despill_milli: u32,
    pub speed_milli: u32,
    pub repeat: Repeat,
    pub start: Millis,
}

/// What is set by hand of the key; the rest is calibrated from the clip at ingest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    pub engine: KeyEngine,
    pub color: Option<Rgba>,
    pub similarity: Option<Share>,
    pub blend: Option<Share>,
}

/// The point of a layer that is laid on `x`, `y`, in halves of its width and height.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// 0 left, 1 centre, 2 right.
    pub x: u8,
    /// 0 top, 1 middle, 2 bottom.
    pub y: u8,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Music {
    pub id: At<String>,
    /// What picks it, where it is not named; [`Composite::parts`] fills the id in.
    pub query: Option<At<String>>,
    pub start: Millis,
    pub gain: Decibels,
    pub fade_in: Millis,
    pub fade_out: Millis,
    pub repeat: bool,
    pub duck: Option<Duck>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoundEffect {
    pub id: At<String>,
    /// What picks it, where it is not named; [`Composite::parts`] fills the id in.
    pub query: Option<At<String>>,
    pub at: At<Millis>,
    pub gain: Decibels,
    pub start: Millis,
    pub speed_milli: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caption {
    pub text: At<String>,
    /// Absent: all the time.
    pub at: Option<At<TimeRange>>,
    pub place: CaptionPlace,
    /// A built-in style or a declared one.
    pub style: At<String>,
    pub engine: CaptionEngine,
    /// What a batch calls it; see [`crate::node::declare::batch`].
    pub slot: Option<At<String>>,
}

impl Caption {
    /// One that says nothing yet, for a column of a table.
    pub fn in_slot(slot: At<String>) -> Self {
        Self {
            text: At { value: String::new(), span: slot.span.clone() },
            at: None,
            place: CaptionPlace::Top,
            style: At { value: String::new(), span: slot.span.clone() },
            engine: CaptionEngine::Typeset,
            slot: Some(slot),
        }
    }
}

/// Where a caption lies. [`CaptionPlace::area`] resolves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaptionPlace {
    /// The upper third of the profile's safe area.
    Top,
    /// The middle third.
    Middle,
    /// The lower third.
    Bottom,
    /// A box on the canvas.
    Box { x: Length, y: Length, width: Length, height: Length },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    /// A background asset: a picture, as a rule with alpha.
    pub id: At<String>,
    /// What picks it, where it is not named; [`Composite::parts`] fills the id in.
    pub query: Option<At<String>>,
    pub corner: Anchor,
    pub margin: Length,
    pub width: Length,
    pub opacity: Share,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClipAudio {
    pub gain: Decibels,
    pub fade_in: Millis,
    pub fade_out: Millis,
}

impl Composite {
    /// Every asset that it names, with its kind; the id is empty where a query picks it.
    pub fn assets(&self) -> impl Iterator<Item = (AssetKind, &At<String>)> {
        let background = self.background.iter().map(|b| (AssetKind::Background, &b.id));
        let green = self.green_screen.iter().map(|g| (AssetKind::GreenScreen, &g.id));
        let music = self.music.iter().map(|m| (AssetKind::Music, &m.id));
        let effects = self.sound_effects.iter().map(|e| (AssetKind::SoundEffect, &e.id));
        let watermark = self.watermark.iter().map(|w| (AssetKind::Background, &w.id));
        background.chain(green).chain(music).chain(effects).chain(watermark)
    }

    /// The id and the query of every part that is an asset, with its kind, in the order of
    /// [`Composite::assets`].
    pub fn parts(
        &mut self,
    ) -> impl Iterator<Item = (AssetKind, &mut At<String>, &Option<At<String>>)> {
        let background =
            self.background.iter_mut().map(|b| (AssetKind::Background, &mut b.id, &b.query));
        let green =
            self.green_screen.iter_mut().map(|g| (AssetKind::GreenScreen, &mut g.id, &g.query));
        let music = self.music.iter_mut().map(|m| (AssetKind::Music, &mut m.id, &m.query));
        let effects =
            self.sound_effects.iter_mut().map(|e| (AssetKind::SoundEffect, &mut e.id, &e.query));
        let watermark =
            self.watermark.iter_mut().map(|w| (AssetKind::Background, &mut w.id, &w.query));
        background.chain(green).chain(music).chain(effects).chain(watermark)
    }

    /// The id of the part that a role means.
    pub fn part(&mut self, role: Role) -> Option<&mut At<String>> {
        match role {
            Role::GreenScreen => self.green_screen.as_mut().map(|green| &mut green.id),
            Role::Background => self.background.as_mut().map(|ground| &mut ground.id),
            Role::Music => self.music.as_mut().map(|music| &mut music.id),
            Role::SoundEffect => self.sound_effects.first_mut().map(|effect| &mut effect.id),
        }
    }

    /// Whether it has a part for a role.
    pub fn has(&self, role: Role) -> bool {
        match role {
            Role::GreenScreen => self.green_screen.is_some(),
            Role::Background => self.background.is_some(),
            Role::Music => self.music.is_some(),
            Role::SoundEffect => !self.sound_effects.is_empty(),
        }
    }

    /// Where the part stands that a JSON pointer into its arrangement, or the name of a role in its
    /// cast, means.
    pub fn place(&self, pointer: &str) -> Option<&Span> {
        let mut parts = pointer.split('/').skip(1);
        let part = parts.next()?;
        let index = parts.next().and_then(|part| part.parse::<usize>().ok());
        let timed = parts.next() == Some("atMs");
        let effect = |index: usize| {
            let effect = self.sound_effects.get(index)?;
            Some(if timed { &effect.at.span } else { &effect.id.span })
        };
        match part {
            "durationMs" => self.duration.as_ref().map(|duration| &duration.span),
            "background" => self.background.as_ref().map(|background| &background.id.span),
            "greenScreen" | "green-screen" => self.green_screen.as_ref().map(|g| &g.id.span),
            "music" => self.music.as_ref().map(|music| &music.id.span),
            "watermark" => self.watermark.as_ref().map(|watermark| &watermark.id.span),
            "effects" => effect(index?),
            "captions" => {
                let caption = self.captions.get(index?)?;
                let at = caption.at.as_ref().filter(|_| timed);
                Some(at.map_or(&caption.text.span, |at| &at.span))
            }
            _ => effect(part.strip_prefix("effect")?.parse().ok()?),
        }
    }

    /// Whether anything in it happens at a time of its own.
    fn is_timed(&self) -> bool {
        !self.sound_effects.is_empty() || self.captions.iter().any(|caption| caption.at.is_some())
    }
}

impl Declared for Composite {
    const SECTION: &'static str = "composite";
}

pub struct CompositeType;

impl NodeType for CompositeType {
    fn name(&self) -> &'static str {
        "composite"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&keys::DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let before = mistakes.len();
        let composite = read::composite(&reader);
        if mistakes.len() == before {
            catalogue.insert(section.name, section.span(mistakes), composite);
        }
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        for (_, entry) in catalogue.iter::<Composite>() {
            check::composite(&entry.value, catalogue, expansion);
        }
    }
}
