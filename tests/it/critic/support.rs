//! Tiny films with one fault each, and the critic's node run by hand.

use crate::clips::Clips;
use memebuild::contract;
use memebuild::contract::asset::{AssetId, AssetKind, KeyCalibration, VideoFacts};
use memebuild::contract::caption::*;
use memebuild::contract::digest::Digest;
use memebuild::contract::geometry::{Rect, Size};
use memebuild::contract::profile::*;
use memebuild::contract::render_input::*;
use memebuild::contract::units::Rational;
use memebuild::contract::verdict::Verdict;
use memebuild::critic::Policy;
use memebuild::diagnostic::Diagnostic;
use memebuild::media::caption::{Library, typeset};
use memebuild::node::critic::{CriticNode, STEPS};
use memebuild::node::plan::{Action, Done, Finish, Input};
use memebuild::node::render::Sounds;
use memebuild::node::tool::Context;
use memebuild::node::{Blobs, Deps, Node, Output, Outputs};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Indexed once for all tests.
pub static FONTS: LazyLock<Library> = LazyLock::new(|| {
    let index = Path::new(env!("CARGO_TARGET_TMPDIR")).join("critic-fonts.json");
    Library::of(Path::new("/nonexistent"), &["/usr/share/fonts".into()], Some(&index))
});

/// Three seconds; segments of two.
pub const FRAMES: u32 = 90;

/// What a film is made from. The default is sound.
#[derive(Debug, Clone, Copy)]
pub struct Recipe {
    /// A filter over the pictures, by the film's own frame numbers.
    pub filter: &'static str,
    /// What is heard, as `aevalsrc` takes it.
    pub sound: &'static str,
    /// Whether the caption is laid over.
    pub caption: bool,
    /// The caption's outline.
    pub outline: bool,
    /// The encoder's arguments, after those of a sound film.
    pub encode: &'static str,
    /// Arguments of the joining.
    pub join: &'static str,
}

pub const SOUND: Recipe = Recipe {
    filter: "null",
    sound: "0.2*sin(2*PI*997*t)|0.2*sin(2*PI*997*t)",
    caption: true,
    outline: true,
    encode: "-pix_fmt yuv420p",
    join: "-map 0:v -map 1:a -movflags +faststart",
};

/// A film, its parts, and what it was made from.
pub struct Film {
    pub clips: Clips,
    pub input: RenderInput,
    pub segments: Vec<PathBuf>,
    pub film: PathBuf,
}

impl Recipe {
    pub fn make(&self) -> Film {
        let clips = Clips::new();
        let input = input(self.outline);
        let spec = &input.captions[0].spec;
        let faces = FONTS.resolve(spec).expect("fonts are installed").faces;
        let set = typeset(spec, &faces).expect("a caption");
        clips.bytes("caption.png", set.bitmap.to_png().expect("a picture"));
        clips.bytes("caption.json", contract::write(&set.facts));
        clips.bytes("input.json", contract::write(&input));
        let over = if self.caption { "between(n,0,59)" } else { "0" };
        let (x, y) = (spec.area.x, spec.area.y);
        let mut segments = Vec::new();
        let mut list = String::new();
        for (index, (from, to)) in [(0, 60), (60, FRAMES)].into_iter().enumerate() {
            let name = format!("segment{index}.mp4");
            list.push_str(&format!("file {name}\n"));
            segments.push(clips.make(
                &name,
                &format!(
                    "-f lavfi -i testsrc2=s=96x160:r=30:d=3,hue=s=0.3 -i @caption.png \
                     -filter_complex [0:v]{}[a];[a][1:v]overlay={x}:{y}:enable='{over}',\
                     trim=start_frame={from}:end_frame={to},setpts=PTS-STARTPTS \
                     -c:v libx264 -preset veryfast -crf 18 -threads 1 -x264-params \
                     keyint=60:min-keyint=1:scenecut=0:open-gop=0:stitchable=1:cpu-independent=1 \
                     -bsf:v filter_units=remove_types=6 -fflags +bitexact -flags:v +bitexact \
                     -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv \
                     -video_track_timescale 30000 {}",
                    self.filter, self.encode
                ),
            ));
        }
        clips.bytes("list.txt", list);
        clips.make(
            "sound.m4a",
            &format!(
                "-f lavfi -i aevalsrc={}:s=48000:d=3 -c:a aac -b:a 128k -fflags +bitexact \
                 -flags:a +bitexact",
                self.sound
            ),
        );
        let join = format!(
            "-f concat -i @list.txt -i @sound.m4a -c copy -video_track_timescale 30000 \
             -fflags +bitexact {}",
            self.join
        );
        let film = clips.make("film.mp4", &join);
        Film { clips, input, segments, film }
    }
}

pub fn profile() -> OutputProfile {
    OutputProfile {
        name: "tiny".to_owned(),
        container: Container::Mp4,
        canvas: Size { width: 96, height: 160 },
        frame_rate: Rational::new(30, 1),
        crf: 18,
        preset: Preset::Veryfast,
        segment_frames: 60,
        audio: AudioPolicy::Required,
        audio_bitrate: 128_000,
        loudness: LoudnessTarget { integrated_clufs: -1400, true_peak_cdbtp: -100 },
        safe_area: Rect { x: 4, y: 4, width: 88, height: 152 },
        min_duration_ms: 1000,
        max_duration_ms: 10_000,
        max_bytes: 1_000_000,
    }
}

fn asset(kind: AssetKind, id: &str) -> AssetRef {
    let id = AssetId::try_from(id.to_owned()).expect("a slug");
    AssetRef { kind, id, stream: "0".repeat(64) }
}

fn video() -> VideoFacts {
    VideoFacts {
        codec: "h264".to_owned(),
        width: 96,
        height: 160,
        rotation: 0,
        sample_aspect_ratio: Rational::ONE,
        frame_rate: Rational::new(30, 1),
        constant_rate: true,
        frames: FRAMES,
        start_us: 0,
        duration_ms: 3000,
        pixel_format: "yuv420p".to_owned(),
        bt601: false,
        alpha: false,
        longest_gop: None,
    }
}

fn input(outline: bool) -> RenderInput {
    let style = CaptionStyle {
        families: vec!["Noto Sans".to_owned()],
        weight: 900,
        size_max: 30,
        size_min: 20,
        line_height_milli: 1200,
        color: Rgba(255, 255, 255, 255),
        uppercase: false,
        outline: outline.then_some(Outline { width: 4, color: Rgba(0, 0, 0, 255) }),
        shadow: None,
        plate: None,
        align: Align::Center,
        vertical_align: VerticalAlign::Middle,
        max_lines: 1,
    };
    let spec = CaptionSpec {
        text: "SHIP".to_owned(),
        engine: CaptionEngine::Typeset,
        style,
        canvas: profile().canvas,
        area: Rect { x: 4, y: 10, width: 88, height: 44 },
    };
    RenderInput {
        profile: profile(),
        frames: FRAMES,
        background: Some(Background {
            asset: asset(AssetKind::Background, "city"),
            video: video(),
            fit: Fit::Cover,
            repeat: Repeat::Loop,
            start_ms: 0,
            reach_ms: 3000,
        }),
        green_screen: Some(GreenScreen {
            asset: asset(AssetKind::GreenScreen, "gorilla"),
            video: video(),
            reach_ms: 3000,
            place: Rect { x: 0, y: 0, width: 96, height: 160 },
            flip: false,
            speed_milli: 1000,
            repeat: Repeat::Loop,
            start_ms: 0,
            key: Keying {
                engine: KeyEngine::Tables,
                calibration: KeyCalibration {
                    u: 54,
                    v: 34,
                    y: 145,
                    spread_milli: 900,
                    similarity_milli: 4,
                    blend_milli: 200,
                    plate: None,
                },
                feather_decipx: 0,
                choke_decipx: 0,
                despill_milli: 1000,
            },
        }),
        captions: vec![CaptionLayer { spec, from_frame: 0, to_frame: 60 }],
        watermark: None,
        audio: AudioMix {
            clip: None,
            music: Some(Track {
                asset: asset(AssetKind::Music, "vogue"),
                demuxer: "ogg".to_owned(),
                source_ms: 180_000,
                start_ms: 0,
                at_ms: 0,
                gain_mdb: 0,
                fade_in_ms: 0,
                fade_out_ms: 0,
                repeat: true,
                speed_milli: 1000,
            }),
            effects: Vec::new(),
            duck: None,
        },
    }
}

/// Blobs by digest, as files.
#[derive(Default)]
pub struct Shelf(BTreeMap<Digest, PathBuf>);

impl Shelf {
    pub fn put(&mut self, path: &Path) -> Output {
        let digest = Digest::of(&std::fs::read(path).expect("a file"));
        self.0.insert(digest, path.to_owned());
        Output::Blob(digest)
    }
}

impl Blobs for Shelf {
    fn bytes(&self, digest: &Digest) -> Result<Vec<u8>, Diagnostic> {
        Ok(std::fs::read(&self.0[digest]).expect("a blob"))
    }
}

/// The critic's node over a film: its actions run one after the other, as the engine would.
pub struct Judged {
    pub actions: Vec<Action>,
    pub outputs: Vec<BTreeMap<String, Digest>>,
    pub shelf: Shelf,
    pub finish: Finish,
}

impl Judged {
    pub fn verdict(&self) -> Verdict {
        let digest = self.outputs.last().expect("actions")["verdict"];
        contract::read(&self.shelf.bytes(&digest).expect("a blob")).expect("a verdict")
    }
}

pub fn run_node(film: &Film, policy: &Policy) -> Judged {
    let mut shelf = Shelf::default();
    let node = CriticNode {
        name: "vogue@tiny".to_owned(),
        render: "render:vogue@tiny".to_owned(),
        composite: "composite:vogue@tiny".to_owned(),
        captions: vec!["caption:vogue@tiny/0".to_owned()],
        assets: Vec::new(),
        background: None,
        sounds: Sounds::default(),
        container: Container::Mp4,
        policy: policy.clone(),
        review: None,
        policy_span: None,
        span: None,
    };
    let mut render = Outputs::new();
    for (index, segment) in film.segments.iter().enumerate() {
        render.insert(format!("segment-{index}"), shelf.put(segment));
    }
    render.insert("film".to_owned(), shelf.put(&film.film));
    render.insert("audio".to_owned(), shelf.put(&film.clips.path("sound.m4a")));
    render.insert("poster".to_owned(), shelf.put(&film.clips.path("caption.png")));
    let composite =
        Outputs::from([("render-input".to_owned(), shelf.put(&film.clips.path("input.json")))]);
    let caption = Outputs::from([
        ("bitmap".to_owned(), shelf.put(&film.clips.path("caption.png"))),
        ("facts".to_owned(), shelf.put(&film.clips.path("caption.json"))),
    ]);
    let outputs: BTreeMap<&str, &Outputs> = BTreeMap::from([
        ("render:vogue@tiny", &render),
        ("composite:vogue@tiny", &composite),
        ("caption:vogue@tiny/0", &caption),
    ]);
    let deps = Deps { outputs: outputs.clone(), files: BTreeMap::new(), blobs: &shelf };
    let plan = node.lower(&deps).expect("a plan");
    let mut done: Vec<BTreeMap<String, Digest>> = Vec::new();
    for (index, action) in plan.actions.iter().enumerate() {
        let folder = film.clips.path(&format!("action{index}"));
        std::fs::create_dir(&folder).expect("a folder");
        let inputs = action.inputs.iter().map(|(name, input)| {
            let digest = match input {
                Input::Whole(output) => output.digest(),
                Input::Earlier { action, output } => done[*action][output],
                Input::Projected { .. } => panic!("the critic reads whole files"),
            };
            (name.clone(), shelf.0[&digest].clone())
        });
        let context = Context {
            params: action.params.clone(),
            inputs: inputs.collect(),
            outputs: action.outputs.keys().map(|n| (n.clone(), folder.join(n))).collect(),
            scratch: folder.clone(),
        };
        let memebuild::node::plan::Program::Tool { step, .. } = &action.program else {
            panic!("the critic's actions are steps of its own");
        };
        let step = STEPS.iter().find(|known| known.name == *step).expect("a step");
        (step.run)(&context).unwrap_or_else(|d| panic!("{}: {d:?}", action.title()));
        let made = context.outputs.iter();
        done.push(made.map(|(n, path)| (n.clone(), shelf.put(path).digest())).collect());
    }
    let finished = Done { actions: &done, deps: &outputs, blobs: &shelf };
    let finish = node.finish(&finished).expect("it finishes");
    Judged { actions: plan.actions, outputs: done, shelf, finish }
}
