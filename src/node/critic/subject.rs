//! `memebuild tool subject`: the keyed subject against its background, at a few moments of a film.

use super::CriticNode;
use crate::contract;
use crate::contract::caption::CaptionFacts;
use crate::contract::fact::SubjectFacts;
use crate::contract::geometry::Rect;
use crate::contract::key::KeyCalibration;
use crate::contract::profile::Container;
use crate::contract::render_input::{Background, RenderInput};
use crate::diagnostic::Diagnostic;
use crate::media::green::calibration_in_film;
use crate::media::segment::background_clip;
use crate::media::subject::{self, MOST_MOMENTS, Moment, Scene};
use crate::media::{conform, timeline};
use crate::node::conform::Want;
use crate::node::plan::{Action, Bounds, External, Input, OutputKind, Program};
use crate::node::tool::{Context, Step};
use crate::node::{Deps, Output};
use std::collections::BTreeMap;

pub const STEP: Step = Step { name: "subject", run };

/// Compares `film0`, `film1`, … with `background`, as the params say, to `subject`.
fn run(context: &Context) -> Result<(), Diagnostic> {
    let scene: Scene = context.params()?;
    let films = context.input_list("film");
    let facts = subject::compare(&scene, &films, context.input("background")?)?;
    context.write("subject", &contract::write(&facts))
}

/// The action that compares; none where there is nothing to compare: no clip, no background, one
/// that was conformed further for this render alone, or a container without segments.
pub(super) fn action(
    node: &CriticNode,
    deps: &Deps<'_>,
    input: &RenderInput,
) -> Result<Option<Action>, Diagnostic> {
    let (Some(green), Some(background)) = (&input.green_screen, &input.background) else {
        return Ok(None);
    };
    let Some(conformed) = conformed(node, deps, background) else { return Ok(None) };
    if node.container != Container::Mp4 {
        return Ok(None);
    }
    let facts = node.captions.iter().map(|caption| deps.read(caption, "facts"));
    let facts: Vec<CaptionFacts> = facts.collect::<Result<_, _>>()?;
    let rate = input.frame_rate();
    let still = background.video.is_still();
    let segments = timeline::segments(input.frames, input.profile.segment_frames);
    let looked_at = segments.len().min(MOST_MOMENTS);
    let mut inputs = BTreeMap::from([("background".to_owned(), Input::Whole(conformed.clone()))]);
    let mut moments = Vec::new();
    for index in (0..looked_at).map(|at| at * segments.len() / looked_at) {
        let frame = segments[index].start;
        let behind =
            if still { Some(0) } else { background_clip(background).frame_at(rate, frame) };
        let Some(background_frame) = behind else { continue };
        let segment = deps.output(&node.render, &format!("segment-{index}"))?;
        inputs.insert(format!("film{}", moments.len()), Input::Whole(segment.clone()));
        let covered = covered(input, &facts, frame);
        moments.push(Moment { frame, background_frame, covered });
    }
    if moments.is_empty() {
        return Ok(None);
    }
    let KeyCalibration { u, v, .. } = calibration_in_film(green);
    let scene = Scene {
        canvas: input.canvas(),
        place: green.place,
        u,
        v,
        background_rate: (!still).then_some(background.video.frame_rate),
        moments,
    };
    Ok(Some(Action {
        step: "critic/subject",
        version: subject::VERSION,
        label: String::new(),
        program: Program::Tool { step: STEP.name, uses: vec![External::Ffmpeg] },
        args: Vec::new(),
        env: BTreeMap::new(),
        params: serde_json::to_value(scene).expect("a scene serialises"),
        inputs,
        outputs: [("subject".to_owned(), OutputKind::document::<SubjectFacts>())].into(),
        bounds: Bounds::default(),
        retries: 0,
        frames: None,
    }))
}

/// The background as the render read it.
fn conformed<'d>(
    node: &CriticNode,
    deps: &'d Deps<'_>,
    background: &Background,
) -> Option<&'d Output> {
    let source = node.background.as_ref()?;
    let enough = match source.want {
        Want::Background { reach_ms, .. } => background.reach_ms <= reach_ms,
        _ => false,
    };
    let film = !background.video.is_still();
    let media = deps.output(&source.conform().name(), conform::OUTPUT);
    media.ok().filter(|_| enough || !film)
}

/// What lies over the picture at a frame.
fn covered(input: &RenderInput, facts: &[CaptionFacts], frame: u32) -> Vec<Rect> {
    let shown = input.captions.iter().zip(facts);
    let captions = shown
        .filter(|(layer, _)| (layer.from_frame..layer.to_frame).contains(&frame))
        .filter_map(|(_, facts)| facts.ink);
    captions.chain(input.watermark.as_ref().map(|mark| mark.place)).collect()
}
