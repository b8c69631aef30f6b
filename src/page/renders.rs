//! The contact sheet: a card for each render in each profile.

use super::documents::Documents;
use super::scene::{Known, Scene};
use super::standing::{Standing, gravity};
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::page::{CaptionShown, Part, RenderCard};
use crate::contract::render_input::{AssetRef, RenderInput};
use crate::contract::verdict::{Decision, Verdict};
use crate::engine::record::NodeRecord;
use crate::node::render;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// What renders are made of, and which entry of the page's table each is.
pub type Used = BTreeMap<(AssetKind, AssetId), u32>;

/// Everything that is known of one render, before its assets have numbers.
struct Found<'a> {
    card: RenderCard,
    parts: Vec<(String, &'a AssetRef)>,
}

/// The cards, sorted by name, and the assets that they speak of.
pub fn of(scene: &Scene<'_>, standing: &[Standing]) -> (Vec<RenderCard>, Used) {
    let films: Vec<Film<'_>> =
        scene.nodes.iter().filter_map(|node| Film::of(scene, node)).collect();
    let store = &scene.project.store;
    let inputs = films.iter().filter_map(|film| output(film.composite?, "render-input"));
    let inputs: Documents<RenderInput> = Documents::read(store, inputs);
    let verdicts = films.iter().filter_map(|film| output(film.critic?, "verdict"));
    let verdicts: Documents<Verdict> = Documents::read(store, verdicts);
    let found: Vec<Found<'_>> =
        films.par_iter().map(|film| film.card(scene, standing, &inputs, &verdicts)).collect();
    let of_parts = found.iter().flat_map(|found| &found.parts);
    let mut used: Used = of_parts.map(|(_, asset)| ((asset.kind, asset.id.clone()), 0)).collect();
    (0..).zip(used.values_mut()).for_each(|(number, asset)| *asset = number);
    let number = |(slot, asset): (String, &AssetRef)| Part {
        slot,
        asset: used[&(asset.kind, asset.id.clone())],
    };
    let mut cards: Vec<RenderCard> = found
        .into_iter()
        .map(|Found { card, parts }| RenderCard {
            parts: parts.into_iter().map(number).collect(),
            ..card
        })
        .collect();
    cards.sort_by(|a, b| a.name.cmp(&b.name));
    (cards, used)
}

fn output(record: &NodeRecord, name: &str) -> Option<crate::contract::digest::Digest> {
    record.outputs.get(name).map(crate::node::Output::digest)
}

/// A render, and the nodes that tell of it.
struct Film<'a> {
    /// `launch/gorilla+rain@tiktok`.
    name: &'a str,
    node: &'a Known<'a>,
    composite: Option<&'a NodeRecord>,
    critic: Option<&'a NodeRecord>,
}

impl<'a> Film<'a> {
    fn of(scene: &'a Scene<'_>, node: &'a Known<'_>) -> Option<Self> {
        let name = node.name.strip_prefix("render:")?;
        let record = |of: &str| scene.record(&format!("{of}:{name}"));
        Some(Self { name, node, composite: record("composite"), critic: record("critic") })
    }

    fn card<'d>(
        &self,
        scene: &Scene<'_>,
        standing: &[Standing],
        inputs: &'d Documents<RenderInput>,
        verdicts: &Documents<Verdict>,
    ) -> Found<'d> {
        let (render, profile) = self.name.rsplit_once('@').unwrap_or((self.name, ""));
        let own = scene.place(self.node.index);
        let critic = scene.find(&format!("critic:{}", self.name)).unwrap_or(own);
        let [own, critic] = [own, critic].map(|place| &standing[place as usize]);
        let is_graver = gravity(critic.status) > gravity(own.status);
        let graver = if is_graver { critic } else { own };
        let cell = scene.cell(render);
        let axes = cell.map(|cell| {
            let names = scene.batch(cell).axes.iter().map(|axis| axis.name.clone());
            names.zip(cell.values.iter().cloned()).collect()
        });
        let verdict = self.critic.and_then(|critic| output(critic, "verdict"));
        let verdict = verdict.and_then(|digest| verdicts.get(&digest));
        let input = self.composite.and_then(|composite| output(composite, "render-input"));
        let input = input.and_then(|digest| inputs.get(&digest));
        let accepted = verdict.is_some_and(|verdict| verdict.decision == Decision::Accept);
        let files = Files::of(self.name, self.critic, accepted);
        let film = self.node.record.as_ref().and_then(|record| output(record, "film"));
        let card = RenderCard {
            name: self.name.to_owned(),
            profile: profile.to_owned(),
            batch: cell.map(|cell| cell.batch),
            axes: axes.unwrap_or_default(),
            status: graver.status,
            why: graver.why.clone(),
            decision: verdict.map(|verdict| verdict.decision),
            findings: verdict.map(|verdict| verdict.findings.clone()).unwrap_or_default(),
            film: files.film,
            last_good: files.last_good,
            poster: files.poster,
            preview: files.preview,
            waveform: files.waveform,
            stamp: film.map(|film| film.hex()[..8].to_owned()),
            size: input.map_or([0, 0], |input| [input.canvas().width, input.canvas().height]),
            duration_ms: input.map_or(0, |input| ms(input, input.frames)),
            took_ms: self.node.record.as_ref().map_or(0, |record| record.cost_ms),
            parts: Vec::new(),
            captions: input.map(captions).unwrap_or_default(),
            mock: self.node.mock,
            review: None,
        };
        Found { card, parts: input.map(parts).unwrap_or_default() }
    }
}

/// When a frame begins, milliseconds.
fn ms(input: &RenderInput, frame: u32) -> u64 {
    input.frame_rate().frame_start_us(frame).div_ceil(1000)
}

fn captions(input: &RenderInput) -> Vec<CaptionShown> {
    let caption = |layer: &crate::contract::render_input::CaptionLayer| CaptionShown {
        text: layer.spec.text.clone(),
        range_ms: [ms(input, layer.from_frame), ms(input, layer.to_frame)],
    };
    input.captions.iter().map(caption).collect()
}

/// What is seen, bottom to top, then what is heard besides.
fn parts(input: &RenderInput) -> Vec<(String, &AssetRef)> {
    let seen = [
        ("background", input.background.as_ref().map(|layer| &layer.asset)),
        ("green-screen", input.green_screen.as_ref().map(|layer| &layer.asset)),
        ("watermark", input.watermark.as_ref().map(|layer| &layer.asset)),
        ("music", input.audio.music.as_ref().map(|track| &track.asset)),
    ];
    let seen = seen.into_iter().filter_map(|(slot, asset)| Some((slot.to_owned(), asset?)));
    let effects = input.audio.effects.iter().enumerate();
    let effects = effects.map(|(at, track)| (format!("sound-effects[{at}]"), &track.asset));
    seen.chain(effects).collect()
}

/// What lies there of a render for people.
#[derive(Default)]
struct Files {
    film: Option<String>,
    last_good: Option<String>,
    poster: Option<String>,
    preview: Option<String>,
    waveform: Option<String>,
}

impl Files {
    fn of(name: &str, critic: Option<&NodeRecord>, accepted: bool) -> Self {
        let Some(critic) = critic else { return Self::default() };
        let judged = if accepted { name.to_owned() } else { format!("{name}.rejected") };
        let published = || critic.published.iter().map(|(path, _)| path.as_path());
        let film = |name: &str| published().find(|path| is_film(path, name)).map(text);
        let last_good = if accepted { None } else { film(name) };
        let [poster, preview, waveform] = render::PICTURES.map(|(_, ending)| {
            let path = format!("{}{judged}.{ending}", render::FOLDER);
            published().find(|found| *found == Path::new(&path)).map(text)
        });
        let film = film(&judged);
        let moving = film.clone().filter(|film| film.ends_with(".gif"));
        Self { film, last_good, poster, preview: preview.or(moving), waveform }
    }
}

/// Whether a file is the film that lies under a name, in whatever container.
fn is_film(path: &Path, name: &str) -> bool {
    let rest = path.to_str().and_then(|path| path.strip_prefix(render::FOLDER)?.strip_prefix(name));
    matches!(rest, Some(".mp4" | ".gif" | ".webm"))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
