//! Typed filter graphs.
//!
//! A graph is built from a small enum of filters with numeric arguments. There is no variant that
//! holds text from a user, a file name or a tag, so nothing that people write can become filter
//! syntax. All filters here are known to give the same frames at any thread count.

pub mod audio;
pub mod drawtext;
pub mod key;

use crate::contract::geometry::{Rect, Size};
use crate::contract::units::Rational;
use audio::AudioFilter;
use drawtext::DrawText;
use key::KeyFilter;
use std::fmt;

/// Where a chain starts or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pad {
    /// Video of the n-th `-i`.
    Video(u32),
    /// Audio of the n-th `-i`.
    Audio(u32),
    /// A link between chains, or an output that `-map` names.
    Link(u32),
}

impl fmt::Display for Pad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Video(input) => write!(f, "[{input}:v:0]"),
            Self::Audio(input) => write!(f, "[{input}:a:0]"),
            Self::Link(link) => write!(f, "[l{link}]"),
        }
    }
}

/// One filter with its arguments. Pixels, frames and thousandths: whole numbers only.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `scale` to pixels.
    Scale { width: u32, height: u32, method: Scaling },
    /// `colormatrix` from BT.601 to BT.709, of limited range.
    Bt601ToBt709,
    /// RGB to BT.709 of limited range, in the given format: stills and captions, on their way to
    /// a film.
    ToFilm(PixelFormat),
    /// BT.709 of limited range to BT.601 of full range: what JPEG means by its numbers.
    ToJpeg,
    /// RGB to BT.601 of full range: the same for what was RGB.
    RgbToJpeg,
    /// BT.709 of limited range to RGB: what a palette is made of.
    ToScreen,
    /// `format`: the only format that may pass.
    Format(PixelFormat),
    /// `setparams`: says of the numbers that are there that they are BT.709 of limited range, and
    /// changes none. Newer ffmpegs convert layers that say something else, or nothing, before they
    /// lay them over each other.
    Tagged,
    /// `hflip`.
    Flip,
    /// `setsar=1`.
    SquarePixels,
    /// `crop` to a box that lies inside the picture.
    Crop(Rect),
    /// `pad` to pixels with black, the picture at `x`, `y`.
    Pad { width: u32, height: u32, x: u32, y: u32 },
    /// `transpose`: a clockwise turn by 90, 180 or 270 degrees; none for any other.
    Turn { degrees: u32 },
    /// `overlay` at pixels, of a second input with straight alpha.
    Overlay { x: i32, y: i32, shown: Option<Shown> },
    /// `boxblur` of all planes, `radius` pixels, `power` times: integer arithmetic, so the same
    /// on every processor.
    BoxBlur { radius: u32, power: u32 },
    /// Multiplies an RGBA picture's alpha by thousandths.
    Opacity { milli: u32 },
    /// `premultiply` in place: what is transparent turns black.
    Premultiply,
    /// `showwavespic`: a whole sound as one picture, louder is higher; transparent around it.
    Waveform { width: u32, height: u32 },
    /// A source: one colour for ever; black, opaque or transparent.
    Blank { size: Size, rate: Rational, transparent: bool },
    /// `settb` to one frame of this rate.
    FrameClock(Rational),
    /// `setpts=N`: the frames are numbered as they come.
    Number,
    /// Numbers the n-th decoded frame by the frame of the output at which it is first shown,
    /// `max(0, ceil((n·mul + add) / div))`, and puts it half a tick behind that: so much later
    /// may the stream end before [`Filter::EveryTick`] drops its last frame. See
    /// `media::timeline`.
    FirstShown { rate: Rational, mul: u64, add: i64, div: u64 },
    /// `fps`: one frame for every tick, each the latest that had started by then.
    EveryTick(Rational),
    /// `select`: the frames whose number, counted from `phase`, is a multiple of `every`.
    EveryNth { every: u32, phase: u32 },
    /// `setpts`: the first frame is shown at zero, the others when they say.
    FromStart,
    /// `fps` by the frames' own times, from zero on.
    ConstantRate(Rational),
    /// `tpad`: the last frame for ever.
    HoldLast,
    /// `trim` to the first frames.
    FirstFrames(u32),
    /// `loop`: the first frame for ever, decoded once.
    RepeatStill,
    /// `loop`: the first frames for ever, kept in memory.
    RepeatFrames(u32),
    /// `trim` of so many frames from the start.
    SkipFrames(u32),
    /// `concat` of so many pictures streams.
    Concat(u32),
    /// `split`.
    Split(u32),
    /// `palettegen` over the whole stream.
    PaletteGen { transparent: bool },
    /// `paletteuse` with an ordered dither, which neither shimmers nor bloats.
    PaletteUse,
    /// `chromakey` around a chroma as stored: the reference that our keyer is compared with.
    /// Similarity and blend in thousandths.
    Chromakey { u: u32, v: u32, similarity_milli: u32, blend_milli: u32 },
    /// Every n-th frame, the first included; n ≥ 1.
    Sample(u32),
    /// `despill` of a green or blue screen, so strongly in thousandths.
    Despill { blue: bool, strength_milli: u32 },
    /// A step of the table keyer.
    Key(KeyFilter),
    /// `drawtext` of one line that lies in a file.
    DrawText(DrawText),
    /// Anything heard.
    Audio(AudioFilter),
}

/// The frames of a segment in which an overlay shows: first and last, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub first: u32,
    pub last: u32,
}

/// Pixel formats that pass between our filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PixelFormat {
    Yuv420p,
    Yuva420p,
    Yuva444p,
    Yuv444p,
    Rgb24,
    Rgba,
    Gbrap,
}

impl PixelFormat {
    /// ffmpeg's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yuv420p => "yuv420p",
            Self::Yuva420p => "yuva420p",
            Self::Yuva444p => "yuva444p",
            Self::Yuv444p => "yuv444p",
            Self::Rgb24 => "rgb24",
            Self::Rgba => "rgba",
            Self::Gbrap => "gbrap",
        }
    }
}

/// swscale's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    Area,
    Bilinear,
    Bicubic,
    Lanczos,
}

impl Scaling {
    fn flags(self) -> &'static str {
        match self {
            Self::Area => "area+accurate_rnd+full_chroma_int+bitexact",
            Self::Bilinear => "bilinear+accurate_rnd+full_chroma_int+bitexact",
            Self::Bicubic => "bicubic+accurate_rnd+full_chroma_int+bitexact",
            Self::Lanczos => "lanczos+accurate_rnd+full_chroma_int+bitexact",
        }
    }
}

/// Thousandths as a decimal number.
pub(crate) struct Milli<T>(pub T);

impl<T: Copy + Into<i64>> fmt::Display for Milli<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value: i64 = self.0.into();
        let sign = if value < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:03}", value.unsigned_abs() / 1000, value.unsigned_abs() % 1000)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scale { width, height, method } => {
                write!(f, "scale={width}:{height}:flags={}", method.flags())
            }
            Self::Bt601ToBt709 => f.write_str("colormatrix=bt601:bt709"),
            Self::ToFilm(format) => write!(
                f,
                "scale=out_color_matrix=bt709:out_range=tv:flags={},format={}",
                Scaling::Bicubic.flags(),
                format.as_str()
            ),
            Self::Waveform { width, height } => write!(
                f,
                "showwavespic=s={width}x{height}:split_channels=0:scale=sqrt:colors=0x3fb8af"
            ),
            Self::ToJpeg => write!(
                f,
                "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc:\
                 flags={},format=yuvj420p",
                Scaling::Bicubic.flags()
            ),
            Self::RgbToJpeg => write!(
                f,
                "format=rgb24,scale=out_color_matrix=bt601:out_range=pc:flags={},format=yuvj420p",
                Scaling::Bicubic.flags()
            ),
            Self::ToScreen => write!(
                f,
                "scale=in_color_matrix=bt709:in_range=tv:out_range=pc:flags={},format=rgb24",
                Scaling::Bicubic.flags()
            ),
            Self::Format(format) => write!(f, "format={}", format.as_str()),
            Self::Tagged => f.write_str(
                "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709",
            ),
            Self::Flip => f.write_str("hflip"),
            Self::SquarePixels => f.write_str("setsar=1"),
            Self::Crop(Rect { x, y, width, height }) => {
                write!(f, "crop={width}:{height}:{x}:{y}:exact=1")
            }
            Self::Pad { width, height, x, y } => {
                write!(f, "pad={width}:{height}:{x}:{y}:color=black")
            }
            Self::Turn { degrees } => f.write_str(match degrees {
                90 => "transpose=clock",
                180 => "hflip,vflip",
                270 => "transpose=cclock",
                _ => "null",
            }),
            Self::Overlay { x, y, shown } => {
                write!(f, "overlay={x}:{y}:eof_action=repeat")?;
                match shown {
                    Some(Shown { first, last }) => write!(f, ":enable='between(n,{first},{last})'"),
                    None => Ok(()),
                }
            }
            Self::BoxBlur { radius, power } => write!(f, "boxblur={radius}:{power}"),
            Self::Opacity { milli } => write!(f, "lutrgb=a='val*{milli}/1000'"),
            Self::Premultiply => f.write_str("premultiply=inplace=1"),
            Self::Blank { size, rate, transparent } => {
                let alpha = if *transparent { 0 } else { 1 };
                write!(f, "color=c=black@{alpha}:s={}x{}:r={rate}", size.width, size.height)
            }
            Self::FrameClock(rate) => write!(f, "settb={}/{}", rate.den, rate.num),
            Self::Number => f.write_str("setpts=N"),
            Self::FirstShown { rate, mul, add, div } => write!(
                f,
                "settb={}/{},setpts='1+2*max(0,ceil((N*{mul}+({add}))/{div}))'",
                rate.den,
                u64::from(rate.num) * 2
            ),
            Self::EveryTick(rate) => write!(f, "fps={rate}:round=down:eof_action=pass"),
            Self::EveryNth { every, phase } => {
                write!(f, "select='not(mod(n+{phase},{every}))'")
            }
            Self::FromStart => f.write_str("setpts=PTS-STARTPTS"),
            Self::ConstantRate(rate) => write!(f, "fps={rate}:start_time=0"),
            Self::HoldLast => f.write_str("tpad=stop=-1:stop_mode=clone"),
            Self::FirstFrames(frames) => write!(f, "trim=end_frame={frames}"),
            Self::RepeatStill => f.write_str("loop=loop=-1:size=1:start=0"),
            Self::RepeatFrames(frames) => write!(f, "loop=loop=-1:size={frames}:start=0"),
            Self::SkipFrames(frames) => write!(f, "trim=start_frame={frames}"),
            Self::Concat(pieces) => write!(f, "concat=n={pieces}:v=1:a=0"),
            Self::Split(copies) => write!(f, "split={copies}"),
            Self::PaletteGen { transparent } => {
                write!(f, "palettegen=reserve_transparent={}", u8::from(*transparent))
            }
            Self::PaletteUse => {
                f.write_str("paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle")
            }
            Self::Chromakey { u, v, similarity_milli, blend_milli } => write!(
                f,
                "chromakey=color=0x80{u:02x}{v:02x}:yuv=1:similarity={}:blend={}",
                Milli(*similarity_milli),
                Milli(*blend_milli)
            ),
            Self::Despill { blue, strength_milli } => {
                let strength = Milli(*strength_milli);
                match blue {
                    true => write!(f, "despill=type=blue:green=0:blue=-{strength}"),
                    false => write!(f, "despill=type=green:green=-{strength}"),
                }
            }
            Self::Sample(every) => write!(f, "select='not(mod(n,{every}))'"),
            Self::Key(filter) => filter.fmt(f),
            Self::DrawText(line) => line.fmt(f),
            Self::Audio(filter) => filter.fmt(f),
        }
    }
}

/// Filters in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    pub inputs: Vec<Pad>,
    pub filters: Vec<Filter>,
    pub outputs: Vec<Pad>,
}

/// A whole `-filter_complex`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FilterGraph {
    chains: Vec<Chain>,
    links: u32,
}

impl FilterGraph {
    /// A link that no chain uses yet.
    pub fn link(&mut self) -> Pad {
        self.links += 1;
        Pad::Link(self.links - 1)
    }

    pub fn chain(&mut self, inputs: &[Pad], filters: Vec<Filter>, outputs: &[Pad]) {
        self.chains.push(Chain { inputs: inputs.to_vec(), filters, outputs: outputs.to_vec() });
    }

    /// Adds a chain that ends in one new link.
    pub fn to(&mut self, inputs: &[Pad], filters: Vec<Filter>) -> Pad {
        let link = self.link();
        self.chain(inputs, filters, &[link]);
        link
    }
}

impl fmt::Display for FilterGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, chain) in self.chains.iter().enumerate() {
            if index > 0 {
                f.write_str(";")?;
            }
            chain.inputs.iter().try_for_each(|pad| write!(f, "{pad}"))?;
            for (index, filter) in chain.filters.iter().enumerate() {
                if index > 0 {
                    f.write_str(",")?;
                }
                write!(f, "{filter}")?;
            }
            chain.outputs.iter().try_for_each(|pad| write!(f, "{pad}"))?;
        }
        Ok(())
    }
}
