//! `conform`: an asset in the form that renders read at once: backgrounds at a canvas's size and
//! rate, clips that can be sought in, watermarks in their size, music at 48 kHz. One node for all
//! composites that want the same.

use super::assets::node_name;
use super::declare::composite::Placement;
use super::plan::{Action, Bounds, Done, Finish, Input, OutputKind, Plan, Program};
use super::{Deps, Node, NodeName, Output};
use crate::contract::asset::{AssetId, AssetKind, SeedAsset, Stream, VideoFacts};
use crate::contract::geometry::Size;
use crate::contract::render_input::Fit;
use crate::contract::units::Rational;
use crate::diagnostic::{Diagnostic, Span};
use crate::media::conform::{self, INPUT, LEAST_REACH_MS, OUTPUT};
use crate::node::composite::resolve::even;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Raised when the same asset is conformed to other bytes.
const VERSION: u32 = 1;

/// What an asset is conformed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "as", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Want {
    /// Fills a canvas. Of a film, the first `reach_ms`.
    Background { fit: Fit, canvas: Size, rate: Rational, reach_ms: u64 },
    /// Can be sought in by frames. Of a film, the first `reach_ms`.
    GreenScreen { reach_ms: u64 },
    /// A picture in its final size.
    Watermark { placement: Placement, canvas: Size, opacity_milli: u32 },
    /// 48 kHz stereo.
    Music,
}

/// An asset and what it is conformed to.
#[derive(Debug, Clone)]
pub struct ConformNode {
    pub kind: AssetKind,
    pub id: AssetId,
    pub want: Want,
    pub span: Option<Span>,
}

impl ConformNode {
    /// Says what is done: nodes of one name do the same.
    pub fn name(&self) -> NodeName {
        let (kind, id) = (self.kind, &self.id);
        match &self.want {
            Want::Background { fit, canvas, rate, reach_ms } => {
                let Size { width, height } = canvas;
                let (fit, rate) = (fit_name(*fit), rate_name(*rate));
                format!(
                    "conform:{kind}/{id}@{width}x{height}-{fit}-{rate}{}",
                    reach_name(*reach_ms)
                )
            }
            Want::GreenScreen { reach_ms } => {
                format!("conform:{kind}/{id}{}", reach_name(*reach_ms))
            }
            Want::Watermark { placement, canvas, opacity_milli } => {
                let Size { width, height } = canvas;
                let side = placement.width.or(placement.height).unwrap_or(0);
                format!("conform:{kind}/{id}@{width}x{height}-mark-{side}-{opacity_milli}")
            }
            Want::Music => format!("conform:{kind}/{id}"),
        }
    }

    /// The action that conforms an asset; none where it is good as it is.
    pub fn action(&self, asset: &SeedAsset, source: &Output) -> Result<Option<Action>, Diagnostic> {
        let media = &asset.facts;
        let (made, stream, media_type) = match &self.want {
            Want::Music => (None, Stream::Audio, "audio/flac"),
            _ => (self.pictures(asset)?, Stream::Video, "video/mp4"),
        };
        let (args, frames, media_type) = match (&self.want, made) {
            (Want::Music, _) => (conform::music(media), None, media_type),
            (_, None) => return Ok(None),
            (_, Some((args, video))) if video.is_still() => (args, None, "image/png"),
            (_, Some((args, video))) => (args, Some(video.frames), media_type),
        };
        let (projection, digest) = asset.projection(stream).ok_or_else(|| {
            let what = if stream == Stream::Audio { "sound" } else { "pictures" };
            Diagnostic::error("composite", format!("{} `{}` has no {what}", self.kind, self.id))
        })?;
        let input = Input::Projected { output: source.clone(), projection, digest };
        Ok(Some(Action {
            step: "conform/media",
            version: VERSION,
            label: String::new(),
            program: Program::Ffmpeg,
            args,
            env: BTreeMap::new(),
            params: Value::Null,
            inputs: [(INPUT.to_owned(), input)].into(),
            outputs: [(OUTPUT.to_owned(), OutputKind::Bytes(media_type))].into(),
            bounds: Bounds { wall: Duration::from_secs(3600), ..Bounds::default() },
            retries: 0,
            frames,
        }))
    }

    /// Arguments and facts of a picture or film.
    fn pictures(&self, asset: &SeedAsset) -> Result<Option<(Vec<String>, VideoFacts)>, Diagnostic> {
        let media = &asset.facts;
        let video = media.video.as_ref().ok_or_else(|| {
            Diagnostic::error("composite", format!("{} `{}` has no pictures", self.kind, self.id))
        })?;
        let conformed = match &self.want {
            Want::Background { fit, canvas, rate, reach_ms } => {
                Some(conform::background(media, video, *fit, *canvas, *rate, *reach_ms))
            }
            Want::GreenScreen { reach_ms } => conform::green_screen(media, video, *reach_ms),
            Want::Watermark { placement, canvas, opacity_milli } => {
                let place = even(placement.place(conform::display(video), *canvas));
                let size = Size { width: place.width, height: place.height };
                Some(conform::watermark(media, video, size, *opacity_milli))
            }
            Want::Music => None,
        };
        Ok(conformed.map(|conformed| (conformed.args, conformed.video)))
    }
}

impl Node for ConformNode {
    fn type_name(&self) -> &'static str {
        "conform"
    }

    fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    fn declaration(&self) -> Value {
        serde_json::json!({ "kind": self.kind, "id": self.id, "want": self.want })
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        let node = node_name(self.kind, &self.id);
        let asset: SeedAsset = deps.read(&node, "metadata")?;
        let action = self.action(&asset, deps.output(&node, "source")?)?;
        Ok(Plan { actions: action.into_iter().collect() })
    }

    /// The output `media`; none where the asset is good as it is.
    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let made = done.actions.first().and_then(|outputs| outputs.get(OUTPUT));
        let outputs = made.map(|digest| (OUTPUT.to_owned(), Output::Blob(*digest)));
        Ok(Finish { outputs: outputs.into_iter().collect(), ..Finish::default() })
    }
}

fn fit_name(fit: Fit) -> &'static str {
    match fit {
        Fit::Cover => "cover",
        Fit::Contain => "contain",
        Fit::BlurFill => "blur-fill",
        Fit::Stretch => "stretch",
        Fit::None => "none",
    }
}

fn rate_name(rate: Rational) -> String {
    if rate.den == 1 { rate.num.to_string() } else { format!("{}-{}", rate.num, rate.den) }
}

/// Only an unusual reach is named.
fn reach_name(reach_ms: u64) -> String {
    if reach_ms == LEAST_REACH_MS { String::new() } else { format!("-{}s", reach_ms / 1000) }
}
