//! The sound of a film before mastering: every track brought to 48 kHz stereo, cut, repeated,
//! faded and moved to its place, the music ducked, and all of it summed.

use super::encode::Args;
use super::filter::audio::{AudioFilter, RATE};
use super::filter::{Filter, FilterGraph, Pad};
use crate::contract::render_input::{AudioMix, Duck, RenderInput, Track};
use serde::{Deserialize, Serialize};

/// All that is heard and when, without a word on whose it is: assets are inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Score {
    /// Length in samples.
    pub samples: u64,
    /// Which input each part reads, and its part. In this order the inputs are opened.
    pub parts: Vec<(String, Part)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duck: Option<Duck>,
}

/// One sound on the timeline; see [`Track`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Part {
    pub demuxer: String,
    pub source_ms: u64,
    pub start_ms: u64,
    pub at_ms: u64,
    pub gain_mdb: i32,
    pub fade_in_ms: u64,
    pub fade_out_ms: u64,
    pub repeat: bool,
    pub speed_milli: u32,
}

/// The input that is the green-screen clip's own sound.
pub const CLIP: &str = "clip";

/// The input that gives way to the others where music is ducked.
pub const MUSIC: &str = "music";

/// Inputs of a mix: names, and the tracks that they stand for.
pub fn tracks(mix: &AudioMix) -> Vec<(String, &Track)> {
    let clip = mix.clip.iter().map(|track| (CLIP.to_owned(), track));
    let music = mix.music.iter().map(|track| (MUSIC.to_owned(), track));
    let effects = mix.effects.iter().enumerate();
    let effects = effects.map(|(index, track)| (format!("effect{index}"), track));
    clip.chain(music).chain(effects).collect()
}

impl Score {
    /// What is heard in a film.
    pub fn of(input: &RenderInput) -> Self {
        let part = |(name, track): (String, &Track)| {
            let part = Part {
                demuxer: track.demuxer.clone(),
                source_ms: track.source_ms,
                start_ms: track.start_ms,
                at_ms: track.at_ms,
                gain_mdb: track.gain_mdb,
                fade_in_ms: track.fade_in_ms,
                fade_out_ms: track.fade_out_ms,
                repeat: track.repeat,
                speed_milli: track.speed_milli,
            };
            (name, part)
        };
        let parts: Vec<_> = tracks(&input.audio).into_iter().map(part).collect();
        let ducks = parts.len() > 1 && input.audio.music.is_some();
        Self { samples: length(input), parts, duck: input.audio.duck.filter(|_| ducks) }
    }

    /// What decides how the clip's own sound stands to the music: those two, and where the music is
    /// ducked all that it gives way to. None where one of the two is not heard at all.
    pub fn of_speech(input: &RenderInput) -> Option<Self> {
        let mut score = Self::of(input);
        if score.duck.is_none() {
            score.parts.retain(|(name, _)| [CLIP, MUSIC].contains(&name.as_str()));
        }
        let has = |wanted: &str| score.parts.iter().any(|(name, _)| name == wanted);
        (has(CLIP) && has(MUSIC)).then_some(score)
    }

    /// The filter graph of [`Score::of_speech`], and the pads that the clip's own sound and the
    /// music come out of, each as it goes into the sum. None where one is missing.
    pub fn graph_apart(&self) -> Option<(FilterGraph, [Pad; 2])> {
        let mut graph = FilterGraph::default();
        let (mut clip, mut music, mut effects) = (None, None, Vec::new());
        for (input, (name, part)) in (0..).zip(&self.parts) {
            let pad = graph.to(&[Pad::Audio(input)], part.filters(self.samples));
            match name.as_str() {
                CLIP => clip = Some(pad),
                MUSIC => music = Some(pad),
                _ => effects.push(pad),
            }
        }
        let (clip, music) = (clip?, music?);
        let Some(duck) = &self.duck else { return Some((graph, [clip, music])) };
        let (heard, side) = (graph.link(), graph.link());
        graph.chain(&[clip], vec![Filter::Audio(AudioFilter::Split(2))], &[heard, side]);
        let voices: Vec<Pad> = std::iter::once(side).chain(effects).collect();
        let side = sum(&mut graph, &voices)?;
        let ducked = graph.to(&[music, side], vec![Filter::Audio(ducking(duck))]);
        Some((graph, [heard, ducked]))
    }

    /// The filter graph that mixes it, and the pad that it comes out of: the n-th input is that of
    /// the n-th part. None where there is nothing to hear.
    pub fn graph(&self) -> Option<(FilterGraph, Pad)> {
        let mut graph = FilterGraph::default();
        let (mut music, mut voices) = (None, Vec::new());
        for (input, (name, part)) in (0..).zip(&self.parts) {
            let pad = graph.to(&[Pad::Audio(input)], part.filters(self.samples));
            if name == MUSIC {
                music = Some(pad);
            } else {
                voices.push(pad);
            }
        }
        let voices = sum(&mut graph, &voices);
        let out = match (music, voices, &self.duck) {
            (None, None, _) => return None,
            (Some(one), None, _) | (None, Some(one), _) => one,
            (Some(music), Some(voices), None) => sum(&mut graph, &[music, voices])?,
            (Some(music), Some(voices), Some(duck)) => {
                let (heard, side) = (graph.link(), graph.link());
                graph.chain(&[voices], vec![Filter::Audio(AudioFilter::Split(2))], &[heard, side]);
                let ducked = graph.to(&[music, side], vec![Filter::Audio(ducking(duck))]);
                sum(&mut graph, &[ducked, heard])?
            }
        };
        Some((graph, out))
    }
}

/// Length of a film's sound: the samples that fit its frames, rounded to nearest.
pub fn length(input: &RenderInput) -> u64 {
    let rate = input.frame_rate();
    let samples = u128::from(input.frames) * u128::from(rate.den) * u128::from(RATE);
    let num = u128::from(rate.num.max(1));
    u64::try_from((samples + num / 2) / num).unwrap_or(u64::MAX)
}

fn sum(graph: &mut FilterGraph, pads: &[Pad]) -> Option<Pad> {
    match pads {
        [] => None,
        [one] => Some(*one),
        _ => {
            let inputs = u32::try_from(pads.len()).ok()?;
            Some(graph.to(pads, vec![Filter::Audio(AudioFilter::Sum(inputs))]))
        }
    }
}

/// Arguments that turn pads of a graph into raw samples, each on an output of its own.
pub fn to_samples(graph: &FilterGraph, outs: &[(Pad, &str)]) -> Args {
    let mut args = Args::new();
    let graph = graph.to_string();
    super::encode::push(&mut args, ["-filter_complex_threads", "1", "-filter_complex", &graph]);
    for (pad, output) in outs {
        super::encode::push(&mut args, ["-map", &pad.to_string()]);
        args.extend(raw_output(output));
    }
    args
}

/// Standard output, as ffmpeg calls it.
pub const STANDARD_OUTPUT: &str = "-";

/// Raw interleaved samples of 32-bit floating point, on an output.
pub fn raw_output(output: &str) -> Args {
    let mut args = Args::new();
    let rate = RATE.to_string();
    super::encode::push(&mut args, ["-vn", "-c:a", "pcm_f32le", "-ac", "2", "-ar", &rate]);
    super::encode::push(&mut args, ["-fflags", "+bitexact", "-f", "f32le", output]);
    args
}

/// Most bytes that so many raw samples of stereo can take; a packet of AAC may hang over.
pub fn most_bytes(samples: u64) -> usize {
    usize::try_from(samples * 2).unwrap_or(usize::MAX).saturating_mul(4).saturating_add(1 << 16)
}

/// What raw bytes say: stereo, exactly `samples` long. What a decoder leaves out or adds at the end
/// is at most a packet, and silent or cut.
pub fn from_raw(bytes: &[u8], samples: u64) -> Vec<f32> {
    let mut decoded: Vec<f32> = bytes
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .map(|sample| if sample.is_finite() { sample } else { 0.0 })
        .collect();
    decoded.resize(usize::try_from(samples * 2).unwrap_or(usize::MAX), 0.0);
    decoded
}

impl Part {
    /// Everything that is done to it; it comes out `total` samples long.
    fn filters(&self, total: u64) -> Vec<Filter> {
        let samples = |ms: u64| ms * u64::from(RATE) / 1000;
        let (start, at) = (samples(self.start_ms), samples(self.at_ms).min(total));
        let source = samples(self.source_ms).saturating_sub(start);
        let speed = u64::from(self.speed_milli.max(1));
        // What one pass of the source lasts on the timeline, and what is heard of it all.
        let pass = (source * 1000 / speed).max(1);
        let room = total - at;
        let heard = if self.repeat { room } else { room.min(pass) };
        let mut filters = vec![
            AudioFilter::Normal,
            AudioFilter::Range { start, end: Some(start + source.max(1)) },
            AudioFilter::FromZero,
        ];
        if speed != 1000 {
            filters.extend(
                tempos(self.speed_milli).into_iter().map(|milli| AudioFilter::Tempo { milli }),
            );
        }
        if self.repeat && pass < room {
            filters.push(AudioFilter::PadTo { samples: pass });
            filters.push(AudioFilter::Range { start: 0, end: Some(pass) });
            filters.push(AudioFilter::Loop { samples: pass });
            filters.push(AudioFilter::FromZero);
        }
        filters.push(AudioFilter::Range { start: 0, end: Some(heard.max(1)) });
        if self.fade_in_ms > 0 {
            filters
                .push(AudioFilter::FadeIn { samples: samples(self.fade_in_ms).min(heard).max(1) });
        }
        if self.fade_out_ms > 0 {
            let fade = samples(self.fade_out_ms).min(heard).max(1);
            filters.push(AudioFilter::FadeOut { start: heard.saturating_sub(fade), samples: fade });
        }
        if self.gain_mdb != 0 {
            filters.push(AudioFilter::Gain { mdb: self.gain_mdb });
        }
        if at > 0 {
            filters.push(AudioFilter::Delay { samples: at });
        }
        filters.push(AudioFilter::PadTo { samples: total });
        filters.push(AudioFilter::Range { start: 0, end: Some(total) });
        filters.into_iter().map(Filter::Audio).collect()
    }
}

/// `atempo` goes down to one half: what is slower takes several.
fn tempos(mut milli: u32) -> Vec<u32> {
    let mut tempos = Vec::new();
    while milli < 500 {
        tempos.push(500);
        milli = (milli * 2).max(1);
    }
    tempos.push(milli);
    tempos
}

fn ducking(duck: &Duck) -> AudioFilter {
    let linear = 10f64.powf(f64::from(duck.threshold_mdb) / 20_000.0);
    // ffmpeg's own least threshold is 0.000976563.
    let threshold_millionth = ((linear * 1e6).round() as u32).clamp(977, 1_000_000);
    AudioFilter::Duck {
        threshold_millionth,
        ratio_milli: duck.ratio_milli,
        attack_ms: duck.attack_ms,
        release_ms: duck.release_ms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_tempos_are_made_of_halves() {
        assert_eq!(tempos(2000), [2000]);
        assert_eq!(tempos(500), [500]);
        assert_eq!(tempos(100), [500, 500, 500, 800]);
    }

    #[test]
    fn a_threshold_is_linear() {
        let duck =
            Duck { threshold_mdb: -20_000, ratio_milli: 4000, attack_ms: 20, release_ms: 250 };
        assert_eq!(
            ducking(&duck).to_string(),
            "sidechaincompress=threshold=0.100000:ratio=4.000:attack=20:release=250:knee=4:\
             detection=rms"
        );
    }
}
