//! Filters of sound. All work at 48 kHz in stereo, and count samples.

use super::Milli;
use std::fmt;

/// Samples a second of everything that is mixed.
pub const RATE: u32 = 48_000;

/// One audio filter with its arguments. Samples, and thousandths of a decibel.
#[derive(Debug, Clone, PartialEq)]
pub enum AudioFilter {
    /// 48 kHz stereo, floating point.
    Normal,
    /// `asetpts=N`: the first sample that is heard is sample 0.
    FromZero,
    /// `atrim` to a range of samples; to the end where none is given.
    Range { start: u64, end: Option<u64> },
    /// `atempo`: as fast in thousandths (500 to 100,000), at the same pitch.
    Tempo { milli: u32 },
    /// `volume`, thousandths of a decibel.
    Gain { mdb: i32 },
    /// `afade` in, over the first samples.
    FadeIn { samples: u64 },
    /// `afade` out, from a sample on, over so many.
    FadeOut { start: u64, samples: u64 },
    /// `adelay` of all channels.
    Delay { samples: u64 },
    /// `aloop` of the first samples, for ever.
    Loop { samples: u64 },
    /// `apad` with silence up to a length.
    PadTo { samples: u64 },
    /// `asplit`.
    Split(u32),
    /// `amix` of so many inputs: a plain sum.
    Sum(u32),
    /// `sidechaincompress`: the first input gives way to the second. Linear threshold and ratio
    /// in millionths and thousandths, times in milliseconds.
    Duck { threshold_millionth: u32, ratio_milli: u32, attack_ms: u32, release_ms: u32 },
}

impl fmt::Display for AudioFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Normal => {
                write!(
                    f,
                    "aresample={RATE},aformat=sample_fmts=fltp:sample_rates={RATE}:\
                     channel_layouts=stereo"
                )
            }
            Self::FromZero => f.write_str("asetpts=N"),
            Self::Range { start, end } => {
                write!(f, "atrim=start_sample={start}")?;
                match end {
                    Some(end) => write!(f, ":end_sample={end}"),
                    None => Ok(()),
                }
            }
            Self::Tempo { milli } => write!(f, "atempo={}", Milli(*milli)),
            Self::Gain { mdb } => write!(f, "volume={}dB:precision=float", Milli(*mdb)),
            Self::FadeIn { samples } => write!(f, "afade=t=in:ss=0:ns={samples}:curve=qsin"),
            Self::FadeOut { start, samples } => {
                write!(f, "afade=t=out:ss={start}:ns={samples}:curve=qsin")
            }
            Self::Delay { samples } => write!(f, "adelay=delays={samples}S:all=1"),
            Self::Loop { samples } => write!(f, "aloop=loop=-1:size={samples}:start=0"),
            Self::PadTo { samples } => write!(f, "apad=whole_len={samples}"),
            Self::Split(copies) => write!(f, "asplit={copies}"),
            Self::Sum(inputs) => {
                write!(f, "amix=inputs={inputs}:duration=longest:normalize=0:dropout_transition=0")
            }
            Self::Duck { threshold_millionth, ratio_milli, attack_ms, release_ms } => write!(
                f,
                "sidechaincompress=threshold={}.{:06}:ratio={}:attack={attack_ms}:\
                 release={release_ms}:knee=4:detection=rms",
                threshold_millionth / 1_000_000,
                threshold_millionth % 1_000_000,
                Milli(*ratio_milli)
            ),
        }
    }
}
