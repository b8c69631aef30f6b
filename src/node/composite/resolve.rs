//! Arrangement and metadata to render input: the timeline in frames, every picture on its place.

use super::arrangement::{self, Arrangement};
use super::color::screen_of;
use crate::contract::Contract;
use crate::contract::asset::{AssetKind, AudioFacts, SeedAsset, VideoFacts};
use crate::contract::caption::CaptionSpec;
use crate::contract::geometry::Rect;
use crate::contract::profile::{Container, OutputProfile};
use crate::contract::render_input::{
    AssetRef, AudioMix, Background, CaptionLayer, GreenScreen, Keying, MAX_FRAMES, RenderInput,
    Track, Watermark,
};
use crate::diagnostic::Diagnostic;
use crate::media::conform::{self, display, reach_ms};
use crate::media::segment::green_clip;

/// Bytes of raw frames that a GIF may have.
const GIF_MEMORY: u64 = 1 << 30;

/// Metadata of the assets that an arrangement speaks of, in its order.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    pub background: Option<SeedAsset>,
    pub green_screen: Option<SeedAsset>,
    pub music: Option<SeedAsset>,
    pub effects: Vec<SeedAsset>,
    pub watermark: Option<SeedAsset>,
}

/// Resolves a timeline.
///
/// # Errors
/// `composite`: the assets do not do what is asked of them: no length, none of the pictures or
/// sounds that are named, captions outside a timeline whose length only the clip decides.
pub fn resolve(arrangement: &Arrangement, cast: &Cast) -> Result<RenderInput, Diagnostic> {
    let profile = &arrangement.profile;
    let mut green = match (&arrangement.green_screen, &cast.green_screen) {
        (Some(declared), Some(asset)) => Some(green_screen(arrangement, declared, asset)?),
        _ => None,
    };
    let frames = length(arrangement, cast, green.as_ref())?;
    if profile.container == Container::Gif {
        fits_a_gif(profile, frames)?;
    }
    let shown_ms = profile.frame_rate.ms_of(frames);
    if let (Some(layer), Some(asset)) = (&mut green, &cast.green_screen) {
        let need = layer.start_ms + shown_ms * u64::from(layer.speed_milli) / 1000;
        layer.reach_ms = reach_ms(need);
        layer.video = green_facts(asset, layer.reach_ms)?;
    }
    let background = match (&arrangement.background, &cast.background) {
        (Some(declared), Some(asset)) => {
            let reach_ms = reach_ms(declared.start_ms + shown_ms);
            Some(Background {
                asset: reference(asset, true)?,
                video: background_facts(arrangement, declared, asset, reach_ms)?,
                fit: declared.fit,
                repeat: declared.repeat,
                start_ms: declared.start_ms,
                reach_ms,
            })
        }
        _ => None,
    };
    let watermark = match (&arrangement.watermark, &cast.watermark) {
        (Some(declared), Some(asset)) => Some(watermark(arrangement, declared, asset)?),
        _ => None,
    };
    let input = RenderInput {
        profile: profile.clone(),
        frames,
        background,
        audio: audio(arrangement, cast, green.as_ref(), shown_ms)?,
        green_screen: green,
        captions: captions(arrangement, frames)?,
        watermark,
    };
    input
        .check()
        .map_err(|message| error(format!("the composite cannot be rendered: {message}")))?;
    Ok(input)
}

fn error(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("composite", message)
}

/// Length of the film: what was declared, else the clip's, else the background film's.
fn length(
    arrangement: &Arrangement,
    cast: &Cast,
    green: Option<&GreenScreen>,
) -> Result<u32, Diagnostic> {
    let rate = arrangement.profile.frame_rate;
    let frames = if let Some(ms) = arrangement.duration_ms {
        u64::from(rate.frames_in(ms))
    } else if let Some(green) = green.filter(|green| !green.video.is_still()) {
        green_clip(green).length(rate)
    } else if let (Some(declared), Some(video)) =
        (&arrangement.background, cast.background.as_ref().and_then(film))
    {
        u64::from(rate.frames_in(video.duration_ms.saturating_sub(declared.start_ms)))
    } else {
        return Err(error("nothing says how long the composite is")
            .note("neither a green-screen clip nor a background film is in it")
            .hint("give it a `duration`"));
    };
    if frames == 0 {
        return Err(error("the composite has no frames")
            .note("its clip starts after its end, or its duration is shorter than a frame"));
    }
    let longest = rate.ms_of(MAX_FRAMES) / 1000;
    u32::try_from(frames).ok().filter(|frames| *frames <= MAX_FRAMES).ok_or_else(|| {
        error(format!("the composite has {frames} frames; the longest film has {MAX_FRAMES}"))
            .note(format!("that is {longest} s at {rate} frames a second"))
            .hint("give it a `duration`")
    })
}

/// The palette of a GIF is chosen from all of its frames, which are kept in memory until then.
fn fits_a_gif(profile: &OutputProfile, frames: u32) -> Result<(), Diagnostic> {
    let frame = u64::from(profile.canvas.width) * u64::from(profile.canvas.height) * 4;
    let most = GIF_MEMORY / frame;
    if u64::from(frames) <= most {
        return Ok(());
    }
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let (length, longest) = (profile.frame_rate.ms_of(frames), profile.frame_rate.ms_of(most));
    Err(error(format!("{} s are too long for a GIF", length / 1000))
        .note(format!(
            "at {} × {} it holds up to {} s",
            profile.canvas.width,
            profile.canvas.height,
            longest / 1000
        ))
        .hint("give the composite a shorter `duration`, or render it as MP4 or WebM"))
}

fn film(asset: &SeedAsset) -> Option<&VideoFacts> {
    asset.facts.video.as_ref().filter(|video| !video.is_still())
}

fn pictures(asset: &SeedAsset) -> Result<&VideoFacts, Diagnostic> {
    let missing = || error(format!("{} `{}` has no pictures", asset.kind, asset.id));
    asset.facts.video.as_ref().ok_or_else(missing)
}

fn sound(asset: &SeedAsset) -> Result<&AudioFacts, Diagnostic> {
    let missing = || error(format!("{} `{}` has no sound", asset.kind, asset.id));
    asset.facts.audio.as_ref().ok_or_else(missing)
}

/// Names an asset and the stream of it that is used.
fn reference(asset: &SeedAsset, pictures: bool) -> Result<AssetRef, Diagnostic> {
    let stream = if pictures { &asset.streams.video } else { &asset.streams.audio };
    let stream = stream.clone().ok_or_else(|| {
        error(format!("the metadata of {} `{}` lacks a stream digest", asset.kind, asset.id))
    })?;
    Ok(AssetRef { kind: asset.kind, id: asset.id.clone(), stream })
}

/// A box on even pixels.
pub fn even(rect: Rect) -> Rect {
    let side = |n: u32| n.next_multiple_of(2).max(2);
    Rect { x: rect.x & !1, y: rect.y & !1, width: side(rect.width), height: side(rect.height) }
}

fn green_facts(asset: &SeedAsset, reach_ms: u64) -> Result<VideoFacts, Diagnostic> {
    let video = pictures(asset)?;
    let conformed = conform::green_screen(&asset.facts, video, reach_ms);
    Ok(conformed.map_or_else(|| video.clone(), |conformed| conformed.video))
}

fn green_screen(
    arrangement: &Arrangement,
    declared: &arrangement::GreenScreen,
    asset: &SeedAsset,
) -> Result<GreenScreen, Diagnostic> {
    // How far it is shown, `reach_ms`, is set once the length of the film is known.
    let video = green_facts(asset, reach_ms(asset.facts.duration_ms))?;
    let mut calibration = asset.key.clone().ok_or_else(|| {
        error(format!("green screen `{}` has no key", asset.id))
            .note("its screen could not be found at ingest")
    })?;
    // It was measured in the clip as it is stored.
    let turn = pictures(asset)?.rotation;
    calibration.plate = calibration.plate.map(|plate| plate.turned(turn));
    if let Some(rgb) = declared.color {
        (calibration.y, calibration.u, calibration.v) = screen_of(rgb, video.height);
        calibration.plate = None;
    }
    calibration.similarity_milli =
        declared.similarity_milli.unwrap_or(calibration.similarity_milli);
    calibration.blend_milli = declared.blend_milli.unwrap_or(calibration.blend_milli);
    let canvas = arrangement.profile.canvas;
    Ok(GreenScreen {
        asset: reference(asset, true)?,
        place: even(declared.placement.place(display(&video), canvas)),
        video,
        reach_ms: 0,
        flip: declared.flip,
        speed_milli: declared.speed_milli,
        repeat: declared.repeat,
        start_ms: declared.start_ms,
        key: Keying {
            engine: declared.engine,
            calibration,
            feather_decipx: declared.feather_decipx,
            choke_decipx: declared.choke_decipx,
            despill_milli: declared.despill_milli,
        },
    })
}

fn background_facts(
    arrangement: &Arrangement,
    declared: &arrangement::Background,
    asset: &SeedAsset,
    reach_ms: u64,
) -> Result<VideoFacts, Diagnostic> {
    let (canvas, rate) = (arrangement.profile.canvas, arrangement.profile.frame_rate);
    let video = pictures(asset)?;
    Ok(conform::background(&asset.facts, video, declared.fit, canvas, rate, reach_ms).video)
}

fn watermark(
    arrangement: &Arrangement,
    declared: &arrangement::Watermark,
    asset: &SeedAsset,
) -> Result<Watermark, Diagnostic> {
    let shown = display(pictures(asset)?);
    let place = even(declared.placement.place(shown, arrangement.profile.canvas));
    let size = crate::contract::geometry::Size { width: place.width, height: place.height };
    let video = pictures(asset)?;
    let conformed = conform::watermark(&asset.facts, video, size, declared.opacity_milli);
    Ok(Watermark {
        asset: reference(asset, true)?,
        video: conformed.video,
        place,
        opacity_milli: declared.opacity_milli,
    })
}

/// Captions on the frames that are nearest to their times. One that begins in time and would end
/// after the film ends with it.
fn captions(arrangement: &Arrangement, frames: u32) -> Result<Vec<CaptionLayer>, Diagnostic> {
    let rate = arrangement.profile.frame_rate;
    let layer = |caption: &arrangement::Caption| {
        let [from, to] = caption.at_ms.map_or([0, frames], |at| at.map(|ms| rate.frames_in(ms)));
        if from >= frames {
            return Err(outside(&caption.spec, from, frames, arrangement));
        }
        let to_frame = to.clamp(from + 1, frames);
        Ok(CaptionLayer { spec: caption.spec.clone(), from_frame: from, to_frame })
    };
    arrangement.captions.iter().map(layer).collect()
}

fn outside(spec: &CaptionSpec, from: u32, frames: u32, arrangement: &Arrangement) -> Diagnostic {
    let seconds = |frames: u32| {
        let ms = arrangement.profile.frame_rate.ms_of(frames);
        format!("{}.{:03} s", ms / 1000, ms % 1000)
    };
    let text: String = spec.text.chars().take(40).collect();
    error(format!("caption “{}” begins at {}", text.escape_debug(), seconds(from)))
        .note(format!("the film ends at {}", seconds(frames)))
        .hint("move the caption, or give the composite a longer `duration`")
}

fn audio(
    arrangement: &Arrangement,
    cast: &Cast,
    green: Option<&GreenScreen>,
    shown_ms: u64,
) -> Result<AudioMix, Diagnostic> {
    let clip = match (&arrangement.clip_audio, &cast.green_screen, green) {
        (Some(declared), Some(asset), Some(layer)) => clip_sound(declared, asset, layer)?,
        _ => None,
    };
    let music = match (&arrangement.music, &cast.music) {
        (Some(declared), Some(asset)) => Some(Track {
            asset: reference(asset, false)?,
            // It was conformed.
            demuxer: "flac".to_owned(),
            source_ms: sound(asset)?.duration_ms,
            start_ms: declared.start_ms,
            at_ms: 0,
            gain_mdb: declared.gain_mdb,
            fade_in_ms: declared.fade_in_ms,
            fade_out_ms: declared.fade_out_ms,
            repeat: declared.repeat,
            speed_milli: 1000,
        }),
        _ => None,
    };
    if let Some(late) = music.as_ref().filter(|music| music.start_ms >= music.source_ms) {
        return Err(error(format!("music `{}` is over before its `start`", late.asset.id))
            .note(format!("it lasts {} ms", late.source_ms)));
    }
    let mut effects = Vec::with_capacity(cast.effects.len());
    for (declared, asset) in arrangement.effects.iter().zip(&cast.effects) {
        if declared.at_ms >= shown_ms {
            return Err(error(format!("sound effect `{}` starts after the end", asset.id))
                .note(format!("it starts at {} ms, the film ends at {shown_ms} ms", declared.at_ms))
                .hint("move it, or give the composite a longer `duration`"));
        }
        effects.push(Track {
            asset: reference(asset, false)?,
            demuxer: asset.facts.demuxer.clone(),
            source_ms: sound(asset)?.duration_ms,
            start_ms: declared.start_ms,
            at_ms: declared.at_ms,
            gain_mdb: declared.gain_mdb,
            fade_in_ms: 0,
            fade_out_ms: 0,
            repeat: false,
            speed_milli: declared.speed_milli,
        });
    }
    let duck = arrangement.music.as_ref().and_then(|music| music.duck);
    Ok(AudioMix { clip, music, effects, duck })
}

/// The clip's own sound, in step with its pictures; none where it has no sound.
fn clip_sound(
    declared: &arrangement::ClipAudio,
    asset: &SeedAsset,
    layer: &GreenScreen,
) -> Result<Option<Track>, Diagnostic> {
    use crate::contract::render_input::Repeat;
    if asset.facts.audio.is_none() || asset.streams.audio.is_none() {
        return Ok(None);
    }
    debug_assert_eq!(asset.kind, AssetKind::GreenScreen);
    let video = pictures(asset)?;
    // The first frame of the picture is the clip's beginning; its sound may begin before.
    let lead_ms = video.start_us / 1000;
    let picture_ms = layer.video.frame_rate.ms_of(layer.video.frames);
    Ok(Some(Track {
        asset: reference(asset, false)?,
        demuxer: asset.facts.demuxer.clone(),
        source_ms: lead_ms + picture_ms,
        start_ms: lead_ms + layer.start_ms,
        at_ms: 0,
        gain_mdb: declared.gain_mdb,
        fade_in_ms: declared.fade_in_ms,
        fade_out_ms: declared.fade_out_ms,
        repeat: layer.repeat == Repeat::Loop,
        speed_milli: layer.speed_milli,
    }))
}
