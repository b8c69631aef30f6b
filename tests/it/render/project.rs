//! A tiny project: assets that were really ingested, and a composite over them that tests change.

use super::support::*;
use super::world::World;
use crate::ingest::entry;
use memebuild::contract::asset::{AssetId, AssetKind};
use memebuild::contract::caption::CaptionSpec;
use memebuild::contract::geometry::{Rect, Size};
use memebuild::contract::profile::Container;
use memebuild::contract::render_input::{Duck, Fit, KeyEngine, Repeat};
use memebuild::contract::units::Rational;
use memebuild::critic::{Policy, RULES, Strictness};
use memebuild::diagnostic::Diagnostic;
use memebuild::media::caption::Library;
use memebuild::media::conform::reach_ms;
use memebuild::node::asset::AssetNode;
use memebuild::node::caption::CaptionNode;
use memebuild::node::composite::CompositeNode;
use memebuild::node::composite::arrangement::*;
use memebuild::node::conform::Want;
use memebuild::node::declare::composite::{Anchor, Placement};
use memebuild::node::render::{RenderNode, Source};
use std::collections::BTreeMap;

fn id(name: &str) -> AssetId {
    AssetId::try_from(name.to_owned()).unwrap()
}

/// Media and their asset nodes, ingested.
pub fn world() -> World {
    let mut world = World::new();
    let clip = world.file("clip.mp4");
    counted_clip(&clip, Size { width: 96, height: 160 }, Rational::new(25, 1), 60);
    film_of_noise(&world.file("city.mp4"), Size { width: 160, height: 90 }, 24, 50);
    photo(&world.file("park.png"), Size { width: 120, height: 80 });
    logo(&world.file("logo.png"));
    song(&world.file("beat.mp3"), 44_100, 4);
    sound(&world.file("boing.wav"), 22_050);
    let assets = [
        (AssetKind::GreenScreen, "counted", "clip.mp4"),
        (AssetKind::Background, "city", "city.mp4"),
        (AssetKind::Background, "park", "park.png"),
        (AssetKind::Background, "logo", "logo.png"),
        (AssetKind::Music, "beat", "beat.mp3"),
        (AssetKind::SoundEffect, "boing", "boing.wav"),
    ];
    for (kind, name, file) in assets {
        ingest(&mut world, kind.as_str(), name, file);
    }
    // The tests of the renderer do not hang on what calibration finds in a counted clip.
    world.edit_metadata("asset:green-screen/counted", |asset| {
        asset.key = Some(keying().calibration);
    });
    world.ran.clear();
    world
}

/// Adds one asset.
pub fn ingest(world: &mut World, kind: &str, name: &str, file: &str) {
    let kind = kind.parse().unwrap();
    let entry = entry(kind, name, &world.file(file).to_string_lossy());
    world
        .build(&entry.node_name(), &AssetNode::new(entry.clone()))
        .unwrap_or_else(|d| panic!("{d:?}"));
}

/// A render of everything at once; tests change what they are about.
pub fn arrangement(container: Container) -> Arrangement {
    let middle = Anchor { x: 1, y: 2 };
    let (width, height) = (CANVAS.width, CANVAS.height);
    Arrangement {
        profile: profile(container),
        duration_ms: Some(2000),
        background: Some(Background { fit: Fit::Cover, repeat: Repeat::Loop, start_ms: 200 }),
        green_screen: Some(GreenScreen {
            placement: Placement {
                x: i32::try_from(width / 2).unwrap(),
                y: i32::try_from(height).unwrap(),
                width: None,
                height: None,
                scale_milli: 800,
                anchor: middle,
            },
            flip: false,
            engine: KeyEngine::Tables,
            color: None,
            similarity_milli: None,
            blend_milli: None,
            feather_decipx: 0,
            choke_decipx: 0,
            despill_milli: 1000,
            speed_milli: 1000,
            repeat: Repeat::Loop,
            start_ms: 0,
        }),
        clip_audio: Some(ClipAudio { gain_mdb: 0, fade_in_ms: 0, fade_out_ms: 0 }),
        music: Some(Music {
            start_ms: 500,
            gain_mdb: -6000,
            fade_in_ms: 100,
            fade_out_ms: 300,
            repeat: true,
            duck: Some(Duck {
                threshold_mdb: -30_000,
                ratio_milli: 4000,
                attack_ms: 20,
                release_ms: 400,
            }),
        }),
        effects: vec![Effect { at_ms: 700, start_ms: 0, gain_mdb: 0, speed_milli: 1000 }],
        captions: vec![
            caption_at("first", 10, Some([0, 900])),
            caption_at("second", 40, Some([1100, 1300])),
        ],
        watermark: Some(Watermark {
            placement: Placement {
                x: i32::try_from(width).unwrap() - 4,
                y: 4,
                width: Some(20),
                height: None,
                scale_milli: 1000,
                anchor: Anchor { x: 2, y: 0 },
            },
            opacity_milli: 600,
        }),
    }
}

pub fn caption_at(text: &str, y: i32, at_ms: Option<[u64; 2]>) -> Caption {
    Caption { spec: spec(text, Rect { x: 8, y, width: 80, height: 24 }), at_ms }
}

pub fn spec(text: &str, area: Rect) -> CaptionSpec {
    caption(text, area, 0..1).spec
}

/// Builds a render and all that it needs, and returns the name of its node.
pub fn build(
    world: &mut World,
    arrangement: &Arrangement,
    ground: &str,
) -> Result<String, Diagnostic> {
    let mut cast = BTreeMap::new();
    let mut add = |role: &str, kind: AssetKind, name: &str| {
        cast.insert(role.to_owned(), (kind, id(name)));
    };
    if arrangement.background.is_some() {
        add("background", AssetKind::Background, ground);
    }
    if arrangement.green_screen.is_some() {
        add("green-screen", AssetKind::GreenScreen, "counted");
    }
    if arrangement.music.is_some() {
        add("music", AssetKind::Music, "beat");
    }
    if arrangement.watermark.is_some() {
        add("watermark", AssetKind::Background, "logo");
    }
    for index in 0..arrangement.effects.len() {
        add(&format!("effect{index}"), AssetKind::SoundEffect, "boing");
    }
    let composite =
        CompositeNode { arrangement: arrangement.clone(), cast, origin: Default::default() };
    world.build("composite:x@tiny", &composite)?;
    let fonts = Library::scan(std::path::Path::new("/nonexistent"), None);
    for (index, caption) in arrangement.captions.iter().enumerate() {
        let name = format!("caption:x@tiny/{index}");
        world.build(&name, &CaptionNode::new(caption.spec.clone(), None, &fonts)?)?;
    }
    let render = render_node(arrangement, ground);
    let sources = [&render.background, &render.green_screen, &render.watermark, &render.music];
    for source in sources.into_iter().flatten() {
        let conform = source.conform();
        world.build(&conform.name(), &conform)?;
    }
    world.build("render:x@tiny", &render)?;
    Ok("render:x@tiny".to_owned())
}

/// Renders whatever captions say: these films are too small to read.
fn lenient() -> Policy {
    let mut policy = Policy::default();
    for rule in RULES {
        policy.set_strictness(rule.id, Strictness::Off).expect("a rule");
    }
    policy
}

/// The render node of an arrangement over a background.
pub fn render_node(arrangement: &Arrangement, ground: &str) -> RenderNode {
    let (canvas, rate) = (arrangement.profile.canvas, arrangement.profile.frame_rate);
    let source = |kind, name: &str, want| Source { kind, id: id(name), want };
    RenderNode {
        composite: "composite:x@tiny".to_owned(),
        captions: (0..arrangement.captions.len()).map(|n| format!("caption:x@tiny/{n}")).collect(),
        background: arrangement.background.as_ref().map(|background| {
            let reach_ms = reach_ms(arrangement.background_need_ms(background));
            let want = Want::Background { fit: background.fit, canvas, rate, reach_ms };
            source(AssetKind::Background, ground, want)
        }),
        green_screen: arrangement.green_screen.as_ref().map(|green| {
            let reach_ms = reach_ms(arrangement.green_need_ms(green));
            source(AssetKind::GreenScreen, "counted", Want::GreenScreen { reach_ms })
        }),
        watermark: arrangement.watermark.as_ref().map(|mark| {
            let (placement, opacity_milli) = (mark.placement, mark.opacity_milli);
            source(
                AssetKind::Background,
                "logo",
                Want::Watermark { placement, canvas, opacity_milli },
            )
        }),
        music: arrangement.music.as_ref().map(|_| source(AssetKind::Music, "beat", Want::Music)),
        effects: arrangement
            .effects
            .iter()
            .map(|_| (AssetKind::SoundEffect, id("boing")))
            .collect(),
        previews: false,
        policy: lenient(),
        span: None,
    }
}
