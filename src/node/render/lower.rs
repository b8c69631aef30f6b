//! The actions of one render, made from its render input.

use super::mix::{self, MixParams};
use super::mux::{self, MuxParams};
use super::{RenderNode, Source, poster, preview};
use crate::contract::asset::{SeedAsset, Stream};
use crate::contract::profile::{AudioPolicy, Container};
use crate::contract::render_input::RenderInput;
use crate::diagnostic::{Diagnostic, Exit};
use crate::media::mix::Score;
use crate::media::segment::{self, Layer, draw};
use crate::media::{conform, timeline};
use crate::node::assets::node_name;
use crate::node::composite::OUTPUT as RENDER_INPUT;
use crate::node::conform::Want;
use crate::node::critic;
use crate::node::plan::{Action, Bounds, External, Input, OutputKind, Plan, Program};
use crate::node::{Deps, Output};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

/// Raised when the same arguments give other bytes.
const VERSION: u32 = 1;

pub(super) fn lower(node: &RenderNode, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
    let input: RenderInput = deps.read(&node.composite, RENDER_INPUT)?;
    let mut plan = Plan::default();
    if critic::cannot_pass(deps, &input, &node.captions, &node.assets(), &node.policy)? {
        // The critic's node says why.
        return Ok(plan);
    }
    let layers = Layers::find(node, deps, &input, &mut plan)?;
    let ranges = match input.profile.container {
        Container::Mp4 => timeline::segments(input.frames, input.profile.segment_frames),
        Container::Webm | Container::Gif => std::iter::once(0..input.frames).collect(),
    };
    let first = plan.actions.len();
    for (index, range) in ranges.iter().enumerate() {
        let label = if ranges.len() > 1 { format!("segment {index}") } else { String::new() };
        plan.actions.push(layers.draw(&input, range.clone(), label)?);
    }
    let sound = (input.profile.audio == AudioPolicy::Required
        && input.profile.container != Container::Gif)
        .then(|| mix(node, deps, &input))
        .transpose()?;
    let sound = sound.map(|action| {
        plan.actions.push(action);
        plan.actions.len() - 1
    });
    let mut film = Input::Earlier { action: first, output: segment::OUTPUT.to_owned() };
    if input.profile.container == Container::Mp4 || sound.is_some() {
        plan.actions.push(mux(&input, &ranges, first, sound));
        film = Input::Earlier { action: plan.actions.len() - 1, output: "film".to_owned() };
    }
    plan.actions.push(poster::action(&input, &ranges, first));
    if node.previews {
        plan.actions.extend(preview::actions(&input, &film));
    }
    Ok(plan)
}

/// What each layer is read from.
struct Layers {
    background: Option<Input>,
    green_screen: Option<Input>,
    captions: Vec<Input>,
    watermark: Option<Input>,
}

impl Layers {
    /// Finds what a render reads. A film that was conformed no further than usual, and is shown
    /// for longer, is conformed again by an action of this render's own.
    fn find(
        node: &RenderNode,
        deps: &Deps<'_>,
        input: &RenderInput,
        plan: &mut Plan,
    ) -> Result<Self, Diagnostic> {
        let mut conformed = |source: &Option<Source>, reach_ms: Option<u64>| match source {
            Some(source) => conformed(source, reach_ms, deps, plan).map(Some),
            None => Ok(None),
        };
        let captions = node
            .captions
            .iter()
            .map(|caption| Ok(Input::Whole(deps.output(caption, "bitmap")?.clone())));
        Ok(Self {
            background: conformed(&node.background, input.background.as_ref().map(|b| b.reach_ms))?,
            green_screen: conformed(
                &node.green_screen,
                input.green_screen.as_ref().map(|g| g.reach_ms),
            )?,
            watermark: conformed(&node.watermark, None)?,
            captions: captions.collect::<Result<_, Diagnostic>>()?,
        })
    }

    fn of(&self, layer: Layer) -> Result<Input, Diagnostic> {
        let found = match layer {
            Layer::Background => self.background.as_ref(),
            Layer::GreenScreen => self.green_screen.as_ref(),
            Layer::Caption(index) => self.captions.get(index),
            Layer::Watermark => self.watermark.as_ref(),
        };
        found.cloned().ok_or_else(|| {
            Diagnostic::error("bug", format!("the render has no node for {layer:?}"))
                .exit(Exit::Bug)
        })
    }

    /// The action that draws a stretch of the film.
    fn draw(
        &self,
        input: &RenderInput,
        range: Range<u32>,
        label: String,
    ) -> Result<Action, Diagnostic> {
        let drawing = draw(input, range);
        let inputs = drawing.inputs.into_iter().map(|(name, layer)| Ok((name, self.of(layer)?)));
        let media_type = match input.profile.container {
            Container::Mp4 => "video/mp4",
            Container::Webm => "video/webm",
            Container::Gif => "image/gif",
        };
        Ok(Action {
            step: "render/segment",
            version: VERSION,
            label,
            program: Program::Ffmpeg,
            args: drawing.args,
            env: BTreeMap::new(),
            params: Value::Null,
            inputs: inputs.collect::<Result<_, Diagnostic>>()?,
            outputs: [(segment::OUTPUT.to_owned(), OutputKind::Bytes(media_type))].into(),
            bounds: Bounds { wall: Duration::from_secs(3600), ..Bounds::default() },
            retries: 0,
            frames: Some(drawing.frames),
        })
    }
}

/// The conformed form of a source: of its node, of an action of our own, or the asset itself.
fn conformed(
    source: &Source,
    needed_ms: Option<u64>,
    deps: &Deps<'_>,
    plan: &mut Plan,
) -> Result<Input, Diagnostic> {
    let mut node = source.conform();
    let shared = node.name();
    let further = match (&mut node.want, needed_ms) {
        (Want::Background { reach_ms, .. } | Want::GreenScreen { reach_ms }, Some(needed)) => {
            let further = needed > *reach_ms;
            *reach_ms = needed;
            further
        }
        _ => false,
    };
    let asset_name = node_name(source.kind, &source.id);
    let asset: SeedAsset = deps.read(&asset_name, "metadata")?;
    let original = deps.output(&asset_name, "source")?;
    let film = asset.facts.video.as_ref().is_some_and(|video| !video.is_still());
    if further && film {
        if let Some(action) = node.action(&asset, original)? {
            plan.actions.push(Action { label: "longer film".to_owned(), ..action });
            let action = plan.actions.len() - 1;
            return Ok(Input::Earlier { action, output: conform::OUTPUT.to_owned() });
        }
    } else if let Ok(media) = deps.output(&shared, conform::OUTPUT) {
        return Ok(Input::Whole(media.clone()));
    }
    projected(&asset, original, Stream::Video)
}

/// One stream of an asset, as it is.
pub(super) fn projected(
    asset: &SeedAsset,
    source: &Output,
    stream: Stream,
) -> Result<Input, Diagnostic> {
    let (projection, digest) = asset.projection(stream).ok_or_else(|| {
        Diagnostic::error("composite", format!("{} `{}` lacks a stream", asset.kind, asset.id))
    })?;
    Ok(Input::Projected { output: source.clone(), projection, digest })
}

/// The action that mixes and masters the sound.
fn mix(node: &RenderNode, deps: &Deps<'_>, input: &RenderInput) -> Result<Action, Diagnostic> {
    let profile = &input.profile;
    let score = Score::of(input);
    let inputs = node.sounds().inputs(deps, score.parts.iter().map(|(name, _)| name.as_str()))?;
    let params = MixParams {
        score,
        container: profile.container,
        bitrate: profile.audio_bitrate,
        loudness: profile.loudness,
    };
    let media_type = if profile.container == Container::Webm { "audio/webm" } else { "audio/mp4" };
    Ok(Action {
        step: "render/mix",
        version: mix::VERSION,
        label: "sound".to_owned(),
        program: Program::Tool { step: mix::STEP.name, uses: vec![External::Ffmpeg] },
        args: Vec::new(),
        env: BTreeMap::new(),
        params: serde_json::to_value(params).expect("params serialise"),
        inputs,
        outputs: [("audio".to_owned(), OutputKind::Bytes(media_type))].into(),
        bounds: Bounds { wall: Duration::from_secs(1800), ..Bounds::default() },
        retries: 0,
        frames: None,
    })
}

/// The action that joins segments and sound.
fn mux(input: &RenderInput, ranges: &[Range<u32>], first: usize, sound: Option<usize>) -> Action {
    let mut inputs: BTreeMap<String, Input> = (0..ranges.len())
        .map(|index| {
            let output = segment::OUTPUT.to_owned();
            (format!("segment{index}"), Input::Earlier { action: first + index, output })
        })
        .collect();
    if let Some(action) = sound {
        inputs.insert("audio".to_owned(), Input::Earlier { action, output: "audio".to_owned() });
    }
    let params = MuxParams {
        container: input.profile.container,
        frame_rate: input.frame_rate(),
        frames: input.frames,
    };
    let media_type = match input.profile.container {
        Container::Webm => "video/webm",
        _ => "video/mp4",
    };
    Action {
        step: "render/mux",
        version: mux::VERSION,
        label: "joining".to_owned(),
        program: Program::Tool { step: mux::STEP.name, uses: vec![External::Ffmpeg] },
        args: Vec::new(),
        env: BTreeMap::new(),
        params: serde_json::to_value(params).expect("params serialise"),
        inputs,
        outputs: [("film".to_owned(), OutputKind::Bytes(media_type))].into(),
        bounds: Bounds::default(),
        retries: 0,
        frames: None,
    }
}
