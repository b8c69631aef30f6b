//! Asking ffprobe, fenced like every other opening of a file, for what the native readers do not
//! know.

use super::{MOST_FRAMES, broken};
use crate::contract::asset::{AudioFacts, MediaFacts, VideoFacts};
use crate::contract::units::Rational;
use crate::diagnostic::Diagnostic;
use crate::media::ffmpeg::{Job, Program, input_at};
use crate::media::sniff::{Format, bad, shown};
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

/// Longest answer: some hundred bytes a packet of an hour's film.
const LONGEST: usize = 128 << 20;

/// Time to read all packets of a file, without decoding them.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    packets: Vec<Packet>,
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Container,
}

#[derive(Deserialize)]
struct Packet {
    stream_index: u32,
    pts: Option<i64>,
    duration: Option<i64>,
    #[serde(default)]
    flags: String,
}

#[derive(Deserialize)]
struct Stream {
    index: u32,
    #[serde(default)]
    codec_type: String,
    #[serde(default)]
    codec_name: String,
    width: Option<u32>,
    height: Option<u32>,
    #[serde(default)]
    pix_fmt: String,
    color_space: Option<String>,
    sample_aspect_ratio: Option<String>,
    avg_frame_rate: Option<String>,
    time_base: Option<String>,
    duration: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Default, Deserialize)]
struct Tags {
    #[serde(alias = "ALPHA_MODE")]
    alpha_mode: Option<String>,
}

#[derive(Deserialize)]
struct SideData {
    rotation: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Container {
    start_time: Option<String>,
    duration: Option<String>,
}

/// Asks ffprobe for the facts of a file of this format.
///
/// # Errors
/// `bad-asset`: ffprobe cannot read it, or finds neither pictures nor sound.
pub fn ask(path: &Path, format: Format) -> Result<MediaFacts, Diagnostic> {
    let entries = "packet=stream_index,pts,duration,flags:stream:stream_tags:\
                   stream_disposition:stream_side_data:format";
    let mut job = Job::new(Program::Ffprobe).wall(PATIENCE);
    job.push(["-show_entries", entries, "-of", "json=compact=1"]);
    job.push(input_at(format.demuxer(), path));
    let ended = job.output(LONGEST).map_err(|failure| {
        let told = failure.diagnose("bad-asset", format!("`{}` cannot be read", shown(path)));
        told.note(format!("by its first bytes it is {}", format.title()))
            .hint("fetch or copy it again, or convert it to MP4, PNG or FLAC")
    })?;
    let answer: Answer = serde_json::from_slice(&ended.stdout)
        .map_err(|e| bad(format!("`{}`: ffprobe's answer: {e}", shown(path))))?;
    facts(&answer, format).map_err(|why| broken(path, &why))
}

fn facts(answer: &Answer, format: Format) -> Result<MediaFacts, String> {
    let of = |kind: &str| {
        answer.streams.iter().find(|s| s.codec_type == kind && s.disposition.attached_pic == 0)
    };
    let whole = answer.format.duration.as_deref().and_then(milliseconds);
    let video = of("video").map(|s| video(s, answer, whole)).transpose()?;
    let audio = of("audio").map(|s| audio(s, answer, format, whole)).transpose()?;
    let duration_ms = match (&video, &audio) {
        (None, None) => return Err("it has neither pictures nor sound".to_owned()),
        (v, a) => {
            let length = |ms: Option<u64>| ms.unwrap_or(0);
            length(v.as_ref().map(|v| v.duration_ms)).max(length(a.as_ref().map(|a| a.duration_ms)))
        }
    };
    Ok(MediaFacts { demuxer: format.demuxer().to_owned(), duration_ms, video, audio })
}

fn video(stream: &Stream, answer: &Answer, whole: Option<u64>) -> Result<VideoFacts, String> {
    let timing = Timing::of(stream, answer)?;
    if timing.frames == 0 {
        return Err("its video has no frames".to_owned());
    }
    let rotation = stream.side_data_list.iter().find_map(|data| data.rotation).unwrap_or(0);
    let alpha_mode = stream.tags.alpha_mode.as_deref() == Some("1");
    Ok(VideoFacts {
        codec: stream.codec_name.clone(),
        width: stream.width.unwrap_or(0),
        height: stream.height.unwrap_or(0),
        rotation: u32::try_from((-rotation).rem_euclid(360)).unwrap_or(0) / 90 * 90,
        sample_aspect_ratio: stream
            .sample_aspect_ratio
            .as_deref()
            .and_then(|text| fraction(text, ':'))
            .filter(|ratio| ratio.num > 0)
            .unwrap_or(Rational::ONE),
        frame_rate: timing
            .rate
            .or_else(|| stream.avg_frame_rate.as_deref().and_then(|text| fraction(text, '/')))
            .filter(|rate| rate.num > 0)
            .unwrap_or(Rational::new(25, 1)),
        constant_rate: timing.constant,
        frames: timing.frames,
        start_us: timing.start_us.map_or(0, |own| {
            let file = answer.format.start_time.as_deref().and_then(microseconds).unwrap_or(own);
            u64::try_from(own.saturating_sub(file)).unwrap_or(0)
        }),
        duration_ms: timing.duration_ms.or(whole).unwrap_or(0),
        pixel_format: stream.pix_fmt.clone(),
        bt601: is_bt601(stream),
        alpha: alpha_mode || has_alpha(&stream.pix_fmt),
        longest_gop: timing.longest_gop,
    })
}

/// Pictures that are stored as red, green and blue are turned to BT.601 when they are decoded.
fn is_bt601(stream: &Stream) -> bool {
    let matrix = match stream.color_space.as_deref() {
        Some("bt709") => Some(1),
        Some("bt470bg") => Some(5),
        Some("smpte170m") => Some(6),
        None | Some("unknown") => None,
        Some("gbr") => return true,
        Some(_) => return false,
    };
    let stored = |names: &[&str]| names.iter().any(|name| stream.pix_fmt.contains(name));
    stored(&["rgb", "bgr", "gbr", "pal8"])
        || VideoFacts::is_bt601(matrix, stream.width.unwrap_or(0), stream.height.unwrap_or(0))
}

fn audio(
    stream: &Stream,
    answer: &Answer,
    format: Format,
    whole: Option<u64>,
) -> Result<AudioFacts, String> {
    if !answer.packets.iter().any(|packet| packet.stream_index == stream.index) {
        return Err("its sound has no samples".to_owned());
    }
    let sample_rate = stream.sample_rate.as_deref().and_then(|text| text.parse().ok());
    // Of MPEG audio ffprobe may only estimate the length, by its bit rate.
    let estimated = matches!(format, Format::Mp3 | Format::Mpeg);
    let promised = stream.duration.as_deref().filter(|_| !estimated).and_then(milliseconds);
    let last = Timing::of(stream, answer).ok().and_then(|timing| timing.duration_ms);
    Ok(AudioFacts {
        codec: stream.codec_name.clone(),
        sample_rate: sample_rate.filter(|rate| *rate > 0).ok_or("its sound has no sample rate")?,
        channels: stream.channels.filter(|n| *n > 0).ok_or("its sound has no channels")?,
        duration_ms: promised.or(last).or(whole).unwrap_or(0),
    })
}

/// When packets are shown.
struct Timing {
    frames: u32,
    rate: Option<Rational>,
    constant: bool,
    /// On the file's own clock.
    start_us: Option<i64>,
    duration_ms: Option<u64>,
    longest_gop: Option<u32>,
}

impl Timing {
    fn of(stream: &Stream, answer: &Answer) -> Result<Self, String> {
        // `D`: decoded and then thrown away, as an edit list says.
        let packets: Vec<&Packet> = answer
            .packets
            .iter()
            .filter(|p| p.stream_index == stream.index && !p.flags.contains('D'))
            .collect();
        let frames = u32::try_from(packets.len()).unwrap_or(u32::MAX);
        if frames > MOST_FRAMES && stream.codec_type == "video" {
            return Err(format!("it has more than {MOST_FRAMES} frames"));
        }
        let mut times: Vec<i64> = packets.iter().filter_map(|packet| packet.pts).collect();
        times.sort_unstable();
        let base = stream.time_base.as_deref().and_then(|text| fraction(text, '/'));
        let (Some(base), Some(first), Some(last)) = (base, times.first(), times.last()) else {
            return Ok(Self {
                frames,
                rate: None,
                constant: true,
                start_us: None,
                duration_ms: None,
                longest_gop: None,
            });
        };
        let span = last.saturating_sub(*first);
        let steps = i64::try_from(times.len() - 1).unwrap_or(i64::MAX);
        let step = if steps > 0 { span / steps } else { 0 };
        // The last packet's own length, unless it is one that wrapped around.
        let own = packets
            .iter()
            .find(|packet| packet.pts == Some(*last))
            .and_then(|packet| packet.duration)
            .filter(|ticks| *ticks > 0 && (steps == 0 || *ticks <= step.saturating_mul(100)));
        let ticks = span.saturating_add(own.unwrap_or(step));
        let ticks = u64::try_from(ticks).unwrap_or(0);
        let rate = (span > 0).then(|| {
            let per = |n: i64| u64::try_from(n).unwrap_or(0);
            let num = per(steps).saturating_mul(u64::from(base.den));
            let den = per(span).saturating_mul(u64::from(base.num));
            standard(num, den, span, steps, base)
        });
        Ok(Self {
            frames,
            rate,
            constant: is_even(&times, base),
            start_us: first
                .checked_mul(1_000_000)
                .and_then(|us| us.checked_mul(i64::from(base.num)))
                .map(|us| us / i64::from(base.den)),
            duration_ms: Some(
                ticks.saturating_mul(1000 * u64::from(base.num)) / u64::from(base.den),
            ),
            longest_gop: longest_gop(&packets),
        })
    }
}

/// A clock of whole milliseconds cannot tell 30000/1001 from 29.97: where a usual rate fits all
/// the way to the last frame, it is meant.
fn standard(num: u64, den: u64, span: i64, steps: i64, base: Rational) -> Rational {
    const USUAL: [(u32, u32); 10] = [
        (24, 1),
        (25, 1),
        (30, 1),
        (50, 1),
        (60, 1),
        (24_000, 1001),
        (30_000, 1001),
        (60_000, 1001),
        (15, 1),
        (12, 1),
    ];
    let usual = USUAL.into_iter().find(|(n, d)| {
        // steps × d / n seconds against span × base, to within one tick.
        let meant = i128::from(steps) * i128::from(*d) * i128::from(base.den);
        let found = i128::from(span) * i128::from(base.num) * i128::from(*n);
        (meant - found).abs() <= i128::from(base.num) * i128::from(*n)
    });
    usual.map_or_else(|| Rational::nearest(num, den), |(n, d)| Rational::new(n, d))
}

/// Whether no frame starts more than a tick, or a millisecond where ticks are finer, from where
/// frames of equal length would.
fn is_even(times: &[i64], base: Rational) -> bool {
    let [first, .., last] = times else { return true };
    let steps = i128::try_from(times.len() - 1).unwrap_or(1);
    let span = i128::from(*last) - i128::from(*first);
    let fine = i128::from(base.den) / (1000 * i128::from(base.num.max(1)));
    times.iter().enumerate().all(|(n, time)| {
        let grid = span * i128::try_from(n).unwrap_or(0);
        ((i128::from(*time) - i128::from(*first)) * steps - grid).abs() <= fine.max(1) * steps
    })
}

fn longest_gop(packets: &[&Packet]) -> Option<u32> {
    let (mut longest, mut run) = (0, 0);
    for packet in packets {
        if packet.flags.contains('K') {
            run = 0;
        }
        run += 1;
        longest = longest.max(run);
    }
    (longest > 0).then_some(longest)
}

/// Whether ffmpeg's name for a pixel format says that it has an alpha plane.
fn has_alpha(pixel_format: &str) -> bool {
    ["yuva", "rgba", "argb", "bgra", "abgr", "gbrap", "ya8", "ya16"]
        .iter()
        .any(|name| pixel_format.starts_with(name))
}

fn fraction(text: &str, between: char) -> Option<Rational> {
    let (num, den) = text.split_once(between)?;
    let (num, den) = (num.parse().ok()?, den.parse().ok()?);
    (den > 0).then(|| Rational::new(num, den))
}

/// Seconds with a decimal point, as milliseconds.
fn milliseconds(text: &str) -> Option<u64> {
    let (seconds, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain("0000".chars()).take(4).collect();
    let tenths: u64 = part.parse().ok()?;
    Some(seconds.parse::<u64>().ok()?.checked_mul(1000)? + (tenths + 5) / 10)
}

/// Seconds with a decimal point and perhaps a sign, as microseconds.
fn microseconds(text: &str) -> Option<i64> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (seconds, part) = text.split_once('.').unwrap_or((text, ""));
    let part: String = part.chars().chain("000000".chars()).take(6).collect();
    let us = seconds.parse::<i64>().ok()?.checked_mul(1_000_000)? + part.parse::<i64>().ok()?;
    Some(if negative { -us } else { us })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_milliseconds() {
        for (text, ms) in
            [("1.000000", 1000), ("0.0416667", 42), ("12", 12_000), ("9.9999", 10_000)]
        {
            assert_eq!(milliseconds(text), Some(ms), "{text}");
        }
        assert_eq!(milliseconds("N/A"), None);
        assert_eq!(microseconds("-0.021333"), Some(-21_333));
    }

    #[test]
    fn millisecond_clocks_still_tell_usual_rates() {
        let times: Vec<i64> = (0..90).map(|n| (n * 1001 + 15) / 30).collect();
        let base = Rational::new(1, 1000);
        assert!(is_even(&times, base));
        let rate = standard(89_000, 2970, times[89], 89, base);
        assert_eq!(rate, Rational::new(30_000, 1001));
        assert!(!is_even(&[0, 33, 150, 166], base));
    }
}
