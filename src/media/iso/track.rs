//! One track: its clock, its samples' times, and how it is shown.

use super::boxes::{Fields, children, find, need, word};
use super::codec::{self, Entry};
use super::edit::{self, Edit};
use super::{IsoBox, IsoError};
use crate::contract::units::Rational;
use crate::media::probe::MOST_FRAMES;
use std::ops::Range;

/// What a track holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handler {
    Video,
    Audio,
    Other,
}

/// Facts of one track.
#[derive(Debug, Clone)]
pub struct Track {
    pub handler: Handler,
    pub entry: Entry,
    /// Clockwise turn that a player makes, degrees.
    pub rotation: u32,
    /// Samples that are shown: frames of video, packets of audio.
    pub frames: u32,
    pub rate: Rational,
    pub constant: bool,
    pub duration_ms: u64,
    /// First presentation time after the edit list.
    pub start_us: i64,
    /// The edit list does more than start at zero.
    pub edited: bool,
    pub longest_gop: Option<u32>,
    pub closed_gop: Option<bool>,
}

/// Reads a `trak`. `movie_scale` is the movie's ticks a second.
pub fn read(trak: &[u8], movie_scale: u32, file_length: u64) -> Result<Track, IsoError> {
    let trak = children(trak)?;
    let mdia = children(need(&trak, b"mdia")?)?;
    let handler = handler(need(&mdia, b"hdlr")?)?;
    if handler == Handler::Other {
        return Ok(Track {
            handler,
            entry: Entry::default(),
            rotation: 0,
            frames: 0,
            rate: Rational::new(0, 1),
            constant: true,
            duration_ms: 0,
            start_us: 0,
            edited: false,
            longest_gop: None,
            closed_gop: None,
        });
    }
    let scale = timescale(need(&mdia, b"mdhd")?)?;
    let minf = children(need(&mdia, b"minf")?)?;
    let stbl = children(need(&minf, b"stbl")?)?;
    check_chunks(&stbl, file_length)?;
    let samples = Samples::read(&stbl)?;
    let entry = codec::read(need(&stbl, b"stsd")?, handler)?;
    let edit = match find(&trak, b"edts").map(children).transpose()? {
        Some(edts) => find(&edts, b"elst").map(edit::read).transpose()?.flatten(),
        None => None,
    };
    let rotation = match handler {
        Handler::Video => rotation(need(&trak, b"tkhd")?)?,
        _ => 0,
    };
    let clock = Clock { scale, movie_scale };
    samples.describe(handler, entry, rotation, edit, clock)
}

/// Ticks a second.
#[derive(Debug, Clone, Copy)]
struct Clock {
    scale: u32,
    movie_scale: u32,
}

impl Clock {
    /// The movie's ticks as the track's.
    fn of_movie(self, ticks: u64) -> u64 {
        let scaled = u128::from(ticks) * u128::from(self.scale) / u128::from(self.movie_scale);
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }

    fn ms(self, ticks: u64) -> u64 {
        let half = u128::from(self.scale) / 2;
        let ms = (u128::from(ticks) * 1000 + half) / u128::from(self.scale);
        u64::try_from(ms).unwrap_or(u64::MAX)
    }

    fn us(self, ticks: i64) -> i64 {
        let us = i128::from(ticks) * 1_000_000 / i128::from(self.scale);
        i64::try_from(us).unwrap_or(i64::MAX)
    }
}

/// The tables of samples, as they stand in the file.
struct Samples<'a> {
    count: u32,
    /// Entries of (count, ticks).
    durations: Vec<(u32, u32)>,
    /// Entries of (count, shift of presentation against decoding).
    offsets: Vec<(u32, i32)>,
    /// Numbers of sync samples, from 1.
    syncs: Option<std::slice::ChunksExact<'a, u8>>,
}

impl<'a> Samples<'a> {
    fn read(stbl: &[IsoBox<'a>]) -> Result<Self, IsoError> {
        let count = sample_count(stbl)?;
        let pairs = |body: &'a [u8], what| {
            let mut fields = Fields::new(body, what);
            fields.skip(4)?;
            Ok(fields.table(8)?.map(|e| (word(e, 0), word(e, 4))).collect::<Vec<_>>())
        };
        let durations = pairs(need(stbl, b"stts")?, "stts")?;
        let timed: u64 = durations.iter().map(|(n, _)| u64::from(*n)).sum();
        if timed != u64::from(count) {
            return Err(IsoError::Unsupported("samples without a time"));
        }
        let offsets = match find(stbl, b"ctts") {
            Some(body) => pairs(body, "ctts")?
                .into_iter()
                .map(|(n, offset)| (n, offset.cast_signed()))
                .collect(),
            None => Vec::new(),
        };
        let syncs = match find(stbl, b"stss") {
            Some(body) => {
                let mut fields = Fields::new(body, "stss");
                fields.skip(4)?;
                Some(fields.table(4)?)
            }
            None => None,
        };
        Ok(Self { count, durations, offsets, syncs })
    }

    /// Presentation time before the edit list, and length, of every sample in decoding order.
    fn times(&self) -> impl Iterator<Item = (i64, u32)> {
        let mut offsets =
            self.offsets.iter().flat_map(|(n, offset)| std::iter::repeat_n(*offset, *n as usize));
        let ticks =
            self.durations.iter().flat_map(|(n, ticks)| std::iter::repeat_n(*ticks, *n as usize));
        ticks.scan(0i64, move |decoded, ticks| {
            let time = *decoded + i64::from(offsets.next().unwrap_or(0));
            *decoded += i64::from(ticks);
            Some((time, ticks))
        })
    }

    /// How many samples start within `part`, when the first of them does, and when the last of all
    /// samples ends. Times of presentation, before the edit list.
    fn shown(&self, part: &Range<i64>) -> (u32, i64, i64) {
        let (mut frames, mut first, mut end) = (0u32, i64::MAX, 0i64);
        for (time, ticks) in self.times() {
            end = end.max(time + i64::from(ticks));
            if part.contains(&time) {
                frames += 1;
                first = first.min(time);
            }
        }
        (frames, if frames == 0 { 0 } else { first }, end)
    }

    fn describe(
        &self,
        handler: Handler,
        entry: Entry,
        rotation: u32,
        edit: Option<Edit>,
        clock: Clock,
    ) -> Result<Track, IsoError> {
        if self.count > MOST_FRAMES && handler == Handler::Video {
            return Err(IsoError::Broken(format!(
                "it claims {} frames, and {MOST_FRAMES} is the most that memebuild takes",
                self.count
            )));
        }
        let total = self.durations.iter().fold(0u64, |total, (n, ticks)| {
            total.saturating_add(u64::from(*n) * u64::from(*ticks))
        });
        let cut = edit.unwrap_or_default();
        let whole = i64::try_from(total).unwrap_or(i64::MAX);
        let media_time = i64::try_from(cut.media_time).unwrap_or(i64::MAX);
        let asked = match cut.duration {
            0 => i64::MAX,
            ticks => i64::try_from(clock.of_movie(ticks)).unwrap_or(i64::MAX),
        };
        let part = match edit {
            Some(_) => media_time..media_time.saturating_add(asked),
            None => i64::MIN..i64::MAX,
        };
        let (frames, first, end) = match handler {
            Handler::Video => self.shown(&part),
            // Sound is cut between samples of sound, not between packets.
            _ => (if media_time < whole { self.count } else { 0 }, 0, whole),
        };
        let length = match edit {
            Some(_) => asked.min(end.saturating_sub(media_time)),
            None => whole,
        };
        let length = u64::try_from(length).unwrap_or(0);
        let delay = i64::try_from(clock.of_movie(cut.delay)).unwrap_or(i64::MAX);
        let start = match edit {
            Some(_) => first.max(media_time) - media_time,
            None => first,
        };
        let identity = cut.media_time == 0 && cut.delay == 0 && length >= total;
        Ok(Track {
            handler,
            entry,
            rotation,
            frames,
            rate: Rational::nearest(u64::from(clock.scale) * u64::from(self.count), total),
            constant: self.is_constant(total, clock.scale),
            duration_ms: clock.ms(length),
            start_us: clock.us(start.saturating_add(delay)),
            edited: edit.is_some() && !identity,
            longest_gop: self.longest_gop(),
            closed_gop: if handler == Handler::Video { self.closed_gop() } else { None },
        })
    }

    /// Whether no frame starts more than a tick, or a millisecond where ticks are finer, from
    /// where frames of equal length would start. The last frame's own length does not matter.
    fn is_constant(&self, total: u64, scale: u32) -> bool {
        let count = u64::from(self.count);
        if count < 3 {
            return true;
        }
        let last = self.durations.iter().rev().find(|(n, _)| *n > 0).map_or(0, |(_, t)| *t);
        let (grid, starts) = (i128::from(total - u64::from(last)), i128::from(count - 1));
        // Ticks times `starts`, so that all stays whole.
        let tolerance = i128::from((scale / 1000).max(1)) * starts;
        let (mut at, mut index) = (0i128, 0i128);
        for (n, ticks) in &self.durations {
            index += i128::from(*n);
            at += i128::from(*n) * i128::from(*ticks);
            if index <= starts && (at * starts - grid * index).abs() > tolerance {
                return false;
            }
            // The start of a run's last frame lies within the run.
            let (before, last_at) = (index - 1, at - i128::from(*ticks));
            if *n > 0 && (last_at * starts - grid * before).abs() > tolerance {
                return false;
            }
        }
        true
    }

    /// Whether no sample is shown before the sync sample that it follows in the file.
    fn closed_gop(&self) -> Option<bool> {
        let mut syncs = self.syncs.clone()?.map(|entry| word(entry, 0)).peekable();
        let mut sync_time = i64::MIN;
        for (number, (time, _)) in (1u32..).zip(self.times()) {
            if syncs.next_if(|sync| *sync <= number).is_some() {
                sync_time = time;
            } else if time < sync_time {
                return Some(false);
            }
        }
        Some(true)
    }

    fn longest_gop(&self) -> Option<u32> {
        let syncs = self.syncs.clone()?;
        let (mut longest, mut last) = (0, 1);
        for entry in syncs {
            let number = word(entry, 0);
            longest = longest.max(number.saturating_sub(last));
            last = last.max(number);
        }
        Some(longest.max((self.count + 1).saturating_sub(last)))
    }
}

fn sample_count(stbl: &[IsoBox<'_>]) -> Result<u32, IsoError> {
    let (body, compact) = match find(stbl, b"stsz") {
        Some(body) => (body, false),
        None => (need(stbl, b"stz2")?, true),
    };
    let mut fields = Fields::new(body, "stsz");
    fields.skip(4)?;
    let size = fields.u32()?;
    let count = fields.u32()?;
    let bits: u64 = if compact { u64::from(size & 0xff) } else { 32 };
    let table = compact || size == 0;
    if table && (u64::from(count) * bits).div_ceil(8) > fields.rest().len() as u64 {
        return Err(IsoError::Broken("its list of samples is too short".to_owned()));
    }
    Ok(count)
}

/// A file whose index points past its end was cut short.
fn check_chunks(stbl: &[IsoBox<'_>], file_length: u64) -> Result<(), IsoError> {
    let (body, size) = match find(stbl, b"stco") {
        Some(body) => (body, 4),
        None => (need(stbl, b"co64")?, 8),
    };
    let mut fields = Fields::new(body, "stco");
    fields.skip(4)?;
    let offset = |entry: &[u8]| match size {
        4 => u64::from(word(entry, 0)),
        _ => super::boxes::long(entry, 0),
    };
    match fields.table(size)?.map(offset).max() {
        Some(last) if last >= file_length => Err(IsoError::Broken(format!(
            "it is cut short: its index points to byte {last} and the file has {file_length}"
        ))),
        _ => Ok(()),
    }
}

fn handler(hdlr: &[u8]) -> Result<Handler, IsoError> {
    let mut fields = Fields::new(hdlr, "hdlr");
    fields.skip(8)?;
    Ok(match fields.bytes(4)? {
        b"vide" => Handler::Video,
        b"soun" => Handler::Audio,
        _ => Handler::Other,
    })
}

fn timescale(mdhd: &[u8]) -> Result<u32, IsoError> {
    let mut fields = Fields::new(mdhd, "mdhd");
    let version = fields.u8()?;
    fields.skip(if version == 1 { 3 + 16 } else { 3 + 8 })?;
    match fields.u32()? {
        0 => Err(IsoError::Broken("a track's clock does not tick (time scale 0)".to_owned())),
        scale => Ok(scale),
    }
}

/// The turn of a track's matrix. Only quarter turns are known.
fn rotation(tkhd: &[u8]) -> Result<u32, IsoError> {
    let mut fields = Fields::new(tkhd, "tkhd");
    let version = fields.u8()?;
    // Flags, times, track, duration; then reserved, layer, group, volume.
    fields.skip(if version == 1 { 3 + 32 } else { 3 + 20 })?;
    fields.skip(16)?;
    let mut cell = || fields.u32().map(u32::cast_signed);
    let (a, b, _, c, d) = (cell()?, cell()?, cell()?, cell()?, cell()?);
    match (a.signum(), b.signum(), c.signum(), d.signum()) {
        (1, 0, 0, 1) if a == d => Ok(0),
        (0, 1, -1, 0) if b == -c => Ok(90),
        (-1, 0, 0, -1) if a == d => Ok(180),
        (0, -1, 1, 0) if b == -c => Ok(270),
        // Some writers leave the matrix empty.
        (0, 0, 0, 0) => Ok(0),
        _ => Err(IsoError::Unsupported("a matrix that is no quarter turn")),
    }
}
