//! Encoder settings that give the same bytes every time.
//!
//! One thread each, bit-exact flags, no metadata, and nothing that depends on the processor: the
//! recipe and what breaks without each part of it is in `docs/ARCHITECTURE.md`.

use crate::contract::geometry::Size;
use crate::contract::profile::{OutputProfile, Preset};
use crate::contract::units::Rational;

/// Arguments of ffmpeg, one by one.
pub type Args = Vec<String>;

/// Appends words to arguments.
pub fn push<'a>(args: &mut Args, words: impl IntoIterator<Item = &'a str>) {
    args.extend(words.into_iter().map(str::to_owned));
}

/// Ticks a second for a track of `rate`: a whole number for each frame, and fine enough for
/// players that reckon in milliseconds.
pub fn timescale(rate: Rational) -> u32 {
    let mut scale = rate.num.max(1);
    while scale < 10_000 {
        scale *= 10;
    }
    scale
}

/// What every output has: no metadata, no version strings, no random identifiers.
pub fn bit_exact() -> Args {
    let mut args = Args::new();
    push(&mut args, ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"]);
    args
}

/// BT.709 of limited range, said so in the stream.
fn tagged() -> [&'static str; 8] {
    [
        "-color_primaries",
        "bt709",
        "-color_trc",
        "bt709",
        "-colorspace",
        "bt709",
        "-color_range",
        "tv",
    ]
}

/// x264 with one closed group of pictures of `gop` frames, the same on every x86-64 processor.
/// The SEI unit that would print the settings, and the number of threads, is removed.
fn x264(preset: Preset, crf: u32, gop: u32, rate: Rational) -> Args {
    let mut args = Args::new();
    let (preset, crf, gop) = (preset.as_str(), crf.to_string(), gop.max(1));
    push(&mut args, ["-c:v", "libx264", "-preset", preset, "-crf", &crf, "-threads", "1"]);
    push(&mut args, ["-pix_fmt", "yuv420p", "-profile:v", "high", "-flags:v", "+bitexact"]);
    push(&mut args, tagged());
    let params =
        format!("keyint={gop}:min-keyint=1:scenecut=0:open-gop=0:stitchable=1:cpu-independent=1");
    push(&mut args, ["-x264-params", &params, "-bsf:v", "filter_units=remove_types=6"]);
    push(&mut args, ["-video_track_timescale", &timescale(rate).to_string()]);
    push(&mut args, ["-fps_mode", "passthrough"]);
    args
}

/// One segment of a film: exactly `frames` frames in an MP4 file of its own.
pub fn segment(profile: &OutputProfile, frames: u32) -> Args {
    let mut args = x264(profile.preset, profile.crf, profile.segment_frames, profile.frame_rate);
    push(&mut args, ["-frames:v", &frames.to_string(), "-an", "-f", "mp4"]);
    args
}

/// A film that others are made of: fast to decode and to seek in, and next to lossless.
pub fn intermediate(rate: Rational, gop: u32, frames: u32) -> Args {
    let mut args = x264(Preset::Ultrafast, 10, gop, rate);
    push(&mut args, ["-frames:v", &frames.to_string(), "-an", "-f", "mp4"]);
    args
}

/// VP9 with alpha, in Matroska's timing of milliseconds.
pub fn webm(profile: &OutputProfile, frames: u32) -> Args {
    let speed = match profile.preset {
        Preset::Ultrafast | Preset::Superfast => "8",
        Preset::Veryfast | Preset::Faster => "5",
        Preset::Fast | Preset::Medium => "4",
        Preset::Slow => "2",
    };
    let (crf, gop) = (profile.crf.to_string(), profile.segment_frames.to_string());
    let mut args = Args::new();
    push(&mut args, ["-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", speed, "-b:v", "0"]);
    push(&mut args, ["-crf", &crf, "-g", &gop, "-auto-alt-ref", "0", "-row-mt", "0"]);
    push(&mut args, ["-threads", "1", "-tile-columns", "0", "-pix_fmt", "yuva420p"]);
    push(&mut args, tagged());
    push(&mut args, ["-flags:v", "+bitexact", "-fps_mode", "passthrough"]);
    push(&mut args, ["-frames:v", &frames.to_string(), "-an", "-f", "webm"]);
    args
}

/// An animated GIF that repeats for ever.
pub fn gif(frames: u32) -> Args {
    let mut args = Args::new();
    push(&mut args, ["-c:v", "gif", "-loop", "0", "-fps_mode", "passthrough"]);
    push(&mut args, ["-frames:v", &frames.to_string(), "-an", "-f", "gif"]);
    args
}

/// One frame as a JPEG.
pub fn jpeg() -> Args {
    let mut args = Args::new();
    push(&mut args, ["-c:v", "mjpeg", "-q:v", "3", "-huffman", "optimal", "-threads", "1"]);
    push(&mut args, ["-flags:v", "+bitexact", "-frames:v", "1", "-an", "-f", "image2"]);
    push(&mut args, ["-update", "1"]);
    args
}

/// One frame as a PNG.
pub fn png() -> Args {
    let mut args = Args::new();
    push(&mut args, ["-c:v", "png", "-compression_level", "2", "-pred", "mixed", "-threads", "1"]);
    push(&mut args, ["-frames:v", "1", "-an", "-f", "image2", "-update", "1"]);
    args
}

/// An animated WebP that repeats for ever.
pub fn webp() -> Args {
    let mut args = Args::new();
    push(&mut args, ["-c:v", "libwebp_anim", "-pix_fmt", "bgra", "-lossless", "0"]);
    push(&mut args, ["-quality", "60", "-compression_level", "4", "-threads", "1"]);
    push(&mut args, ["-flags:v", "+bitexact", "-loop", "0", "-an", "-f", "webp"]);
    args
}

/// AAC in an MP4 file of its own.
pub fn aac(bitrate: u32) -> Args {
    let mut args = Args::new();
    push(&mut args, ["-c:a", "aac", "-b:a", &bitrate.to_string(), "-threads", "1"]);
    push(&mut args, ["-flags:a", "+bitexact", "-vn", "-f", "mp4"]);
    args
}

/// Opus in a WebM file of its own.
pub fn opus(bitrate: u32) -> Args {
    let mut args = Args::new();
    push(&mut args, ["-c:a", "libopus", "-b:a", &bitrate.to_string(), "-threads", "1"]);
    push(&mut args, ["-flags:a", "+bitexact", "-vn", "-f", "webm"]);
    args
}

/// FLAC of 16 bits: exact, small, and sought to the sample.
pub fn flac() -> Args {
    let mut args = Args::new();
    push(&mut args, ["-c:a", "flac", "-sample_fmt", "s16", "-compression_level", "2"]);
    push(&mut args, ["-flags:a", "+bitexact", "-vn", "-f", "flac"]);
    args
}

/// The bytes that one frame of a canvas takes in memory (4:2:0, eight bits).
pub fn frame_bytes(size: Size) -> u64 {
    u64::from(size.width) * u64::from(size.height) * 3 / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_a_whole_number_of_ticks() {
        for (num, den) in [(24, 1), (24000, 1001), (25, 1), (30, 1), (30000, 1001), (60, 1), (1, 1)]
        {
            let rate = Rational::new(num, den);
            let ticks = u64::from(timescale(rate)) * u64::from(rate.den);
            assert_eq!(ticks % u64::from(rate.num), 0, "{rate}");
            assert!(timescale(rate) >= 10_000);
        }
    }
}
