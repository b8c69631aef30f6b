//! Which frame of a clip each frame of the film shows.
//!
//! Output frame `n` shows the clip's frame `floor(n · pace)`, where the pace is the number of
//! source frames that pass in one output frame: speed × source rate ÷ output rate. All of it is
//! integer arithmetic, so a segment finds the same frames as the whole film would, and the
//! numbers that reach ffmpeg are relative to the segment: equal pictures make equal keys.

use crate::contract::render_input::Repeat;
use crate::contract::units::Rational;
use crate::media::filter::Filter;
use std::ops::Range;

/// Source frames that pass in one output frame, a fraction in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    num: u64,
    den: u64,
}

impl Pace {
    /// The pace of a clip of `source` frames a second, played at `speed_milli` thousandths of its
    /// speed in a film of `output` frames a second. Parts that do not fit 32 bits are
    /// rounded, so that products with a frame number stay exact in the doubles that ffmpeg reckons with.
    pub fn new(source: Rational, speed_milli: u32, output: Rational) -> Self {
        let wide = |n: u32| u128::from(n.max(1));
        let mut num = wide(source.num) * wide(speed_milli) * wide(output.den);
        let mut den = wide(source.den) * 1000 * wide(output.num);
        let (mut a, mut b) = (num, den);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        (num, den) = (num / a, den / a);
        while num.max(den) >> 32 != 0 {
            (num, den) = ((num / 2).max(1), (den / 2).max(1));
        }
        let narrow = |n: u128| u64::try_from(n).unwrap_or(u64::MAX);
        Self { num: narrow(num), den: narrow(den) }
    }

    /// The source frame, counted on through repetitions, that output frame `n` shows.
    pub fn source(self, n: u32) -> u64 {
        u64::from(n) * self.num / self.den
    }

    /// The first output frame that shows source frame `k` or a later one.
    pub fn first_shown(self, k: u64) -> u64 {
        let ticks = u128::from(k) * u128::from(self.den);
        u64::try_from(ticks.div_ceil(u128::from(self.num))).unwrap_or(u64::MAX)
    }

    /// How long before output frame `n` source frame `k` should have started, in fractions.
    fn phase(self, k: u64, n: u32) -> i64 {
        let phase = i128::from(k) * i128::from(self.den) - i128::from(n) * i128::from(self.num);
        i64::try_from(phase).unwrap_or(0)
    }

    /// Whether the film shows more frames than the clip has: some are repeated.
    pub fn repeats_frames(self) -> bool {
        self.num < self.den
    }
}

/// The part of a film clip that may be shown, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clip {
    /// The first frame that is shown.
    pub first: u32,
    /// Number of frames from there to the end, at least 1.
    pub frames: u32,
    pub rate: Rational,
    pub speed_milli: u32,
    pub repeat: Repeat,
}

/// An uninterrupted run of source frames, and where it stands in a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The source frame to seek to.
    pub source: u32,
    /// Length in output frames.
    pub frames: u32,
    /// Output frames a second.
    rate: Rational,
    /// See [`Filter::FirstShown`].
    mul: u64,
    add: i64,
    div: u64,
}

impl Piece {
    /// Numbers decoded frames by the frame of the piece at which each is first shown.
    pub fn first_shown(&self) -> Filter {
        Filter::FirstShown { rate: self.rate, mul: self.mul, add: self.add, div: self.div }
    }
}

impl Clip {
    /// The clip as a film of `output` frames a second shows it.
    pub fn pace(&self, output: Rational) -> Pace {
        Pace::new(self.rate, self.speed_milli, output)
    }

    /// The number of output frames after which a clip that is not repeated is over.
    pub fn length(&self, output: Rational) -> u64 {
        self.pace(output).first_shown(u64::from(self.frames))
    }

    /// The source frame that output frame `n` shows; none where the clip is over and gone.
    pub fn frame_at(&self, output: Rational, n: u32) -> Option<u32> {
        let counted = self.pace(output).source(n);
        let frames = u64::from(self.frames);
        let within = match self.repeat {
            Repeat::Loop => counted % frames,
            Repeat::Freeze => counted.min(frames - 1),
            Repeat::Once if counted >= frames => return None,
            Repeat::Once => counted,
        };
        Some(self.first + u32::try_from(within).ok()?)
    }

    /// The runs of source frames that make output frames `range`, in order and without a gap.
    /// Shorter than the range where the clip is over and gone, empty where it never shows.
    pub fn pieces(&self, output: Rational, range: Range<u32>) -> Vec<Piece> {
        let pace = self.pace(output);
        let frames = u64::from(self.frames.max(1));
        let mut pieces = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let counted = pace.source(at);
            let (base, end) = match self.repeat {
                Repeat::Loop => {
                    let base = counted / frames * frames;
                    (base, pace.first_shown(base + frames))
                }
                Repeat::Once if counted >= frames => break,
                Repeat::Once => (0, pace.first_shown(frames)),
                Repeat::Freeze => (0, u64::from(range.end)),
            };
            let end = u32::try_from(end).unwrap_or(u32::MAX).min(range.end);
            let shown = counted.min(base + frames - 1);
            // A frozen frame is alone: its phase says nothing, and would only tell keys apart.
            let add = if shown < counted { 0 } else { pace.phase(shown, at) };
            pieces.push(Piece {
                source: self.first + u32::try_from(shown - base).unwrap_or(0),
                frames: end - at,
                rate: output,
                mul: pace.den,
                add,
                div: pace.num,
            });
            at = end;
        }
        pieces
    }

    /// The same as [`Clip::pieces`] of a repeated clip, for one short enough to be kept in memory:
    /// `source` counts the frames to skip once its frames are repeated for ever.
    pub fn cycle(&self, output: Rational, range: Range<u32>) -> Piece {
        let pace = self.pace(output);
        let counted = pace.source(range.start);
        Piece {
            source: u32::try_from(counted % u64::from(self.frames.max(1))).unwrap_or(0),
            frames: range.end - range.start,
            rate: output,
            mul: pace.den,
            add: pace.phase(counted, range.start),
            div: pace.num,
        }
    }
}

/// Lengths of the segments of a film of `frames` frames: all `segment`, but for the last.
pub fn segments(frames: u32, segment: u32) -> Vec<Range<u32>> {
    let segment = segment.max(1);
    (0..frames.div_ceil(segment))
        .map(|index| {
            let start = index * segment;
            start..frames.min(start.saturating_add(segment))
        })
        .collect()
}

/// The time to seek to for frame `frame` of a film of `rate` whose first frame starts at zero:
/// half a frame before it, in microseconds, so that no rounding can miss it. Zero for the first.
pub fn seek_us(rate: Rational, frame: u32) -> u64 {
    if frame == 0 {
        return 0;
    }
    let halves = u128::from(frame) * 2 - 1;
    let us = halves * u128::from(rate.den) * 500_000 / u128::from(rate.num.max(1));
    u64::try_from(us).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn repeat() -> impl Strategy<Value = Repeat> {
        prop_oneof![Just(Repeat::Loop), Just(Repeat::Freeze), Just(Repeat::Once)]
    }

    fn rate() -> impl Strategy<Value = Rational> {
        prop::sample::select(vec![(24, 1), (24000, 1001), (25, 1), (30, 1), (30000, 1001), (60, 1)])
            .prop_map(|(num, den)| Rational::new(num, den))
    }

    /// The frame that ffmpeg shows at each frame of a piece: the last that has started.
    fn played(piece: &Piece, last: u32) -> Vec<u32> {
        let first = |n: u64| {
            let ticks = i128::from(n) * i128::from(piece.mul) + i128::from(piece.add);
            let div = i128::from(piece.div);
            (-(-ticks).div_euclid(div)).max(0)
        };
        let mut decoded = 0u64;
        (0..piece.frames)
            .map(|tick| {
                while u64::from(piece.source) + decoded < u64::from(last)
                    && first(decoded + 1) <= i128::from(tick)
                {
                    decoded += 1;
                }
                piece.source + u32::try_from(decoded).unwrap()
            })
            .collect()
    }

    proptest! {
        /// Every segment, piece by piece, shows the frames that the definition names.
        #[test]
        fn pieces_play_what_the_definition_says(
            source in rate(), output in rate(), repeat in repeat(),
            speed_milli in prop::sample::select(vec![500, 750, 1000, 1333, 1500, 2000, 4000]),
            first in 0u32..20, frames in 1u32..200, start in 0u32..400, length in 1u32..120,
        ) {
            let clip = Clip { first, frames, rate: source, speed_milli, repeat };
            let pieces = clip.pieces(output, start..start + length);
            let shown: Vec<u32> =
                pieces.iter().flat_map(|piece| played(piece, first + frames - 1)).collect();
            let defined: Vec<u32> =
                (start..start + length).map_while(|n| clip.frame_at(output, n)).collect();
            prop_assert_eq!(shown, defined);
        }
    }

    #[test]
    fn a_film_of_its_own_rate_plays_frame_by_frame() {
        let rate = Rational::new(30, 1);
        let clip = Clip { first: 5, frames: 90, rate, speed_milli: 1000, repeat: Repeat::Loop };
        let pieces = clip.pieces(rate, 60..120);
        let runs: Vec<_> = pieces.iter().map(|piece| (piece.source, piece.frames)).collect();
        assert_eq!(runs, [(65, 30), (5, 30)]);
        let filter = "settb=1/60,setpts='1+2*max(0,ceil((N*1+(0))/1))'";
        assert_eq!(pieces[0].first_shown().to_string(), filter);
    }

    #[test]
    fn two_segments_of_a_frozen_clip_are_the_same_piece() {
        let rate = Rational::new(30, 1);
        let clip = Clip { first: 0, frames: 10, rate, speed_milli: 1500, repeat: Repeat::Freeze };
        assert_eq!(clip.pieces(rate, 60..120), clip.pieces(rate, 120..180));
    }

    #[test]
    fn the_last_segment_may_be_short() {
        assert_eq!(segments(130, 60), [0..60, 60..120, 120..130]);
        assert_eq!(segments(60, 60).len(), 1);
    }

    #[test]
    fn a_seek_aims_at_the_middle_between_two_frames() {
        assert_eq!(seek_us(Rational::new(30, 1), 0), 0);
        assert_eq!(seek_us(Rational::new(30, 1), 1), 16_666);
        assert_eq!(seek_us(Rational::new(30000, 1001), 60), 1_985_316);
    }
}
