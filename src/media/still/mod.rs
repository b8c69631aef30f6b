//! Pictures and GIFs, read natively: the size before anything is decoded, and whether the file is
//! whole. A decoder would allocate by what the header claims.

mod gif;
mod jpeg;
mod png;
mod webp;

use super::sniff::Format;
use crate::contract::units::Rational;
use std::fs::File;
use std::io::{BufReader, Read, Seek};

/// What a picture's own header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Still {
    /// ffmpeg's name.
    pub codec: &'static str,
    pub width: u32,
    pub height: u32,
    /// Clockwise turn that a player makes, degrees.
    pub rotation: u32,
    /// ffmpeg's name; empty where only a decoder could tell.
    pub pixel_format: &'static str,
    pub alpha: bool,
    /// Set where it moves.
    pub film: Option<Film>,
}

/// The frames of a moving GIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Film {
    pub frames: u32,
    /// Hundredths of a second.
    pub duration: u64,
    pub constant: bool,
}

impl Film {
    /// Average frames a second.
    pub fn rate(self) -> Rational {
        Rational::nearest(u64::from(self.frames) * 100, self.duration)
    }
}

/// Reads a picture's header and checks that the file reaches its end mark. The message of an
/// error follows the file's name: `it is cut short: …`.
pub fn read(file: &File, format: Format) -> Result<Still, String> {
    let length = file.metadata().map_err(|e| e.to_string())?.len();
    let mut start = file;
    start.rewind().map_err(|e| e.to_string())?;
    let mut source = Source { file: BufReader::new(file), left: length };
    match format {
        Format::Png => png::read(&mut source),
        Format::Jpeg => jpeg::read(&mut source),
        Format::Gif => gif::read(&mut source),
        Format::Webp => webp::read(&mut source),
        other => Err(format!("{} is no picture", other.title())),
    }
}

/// Bytes of a file in order, with an error that says where they end.
struct Source<'a> {
    file: BufReader<&'a File>,
    left: u64,
}

impl Source<'_> {
    fn take(&mut self, into: &mut [u8]) -> Result<(), String> {
        self.spend(into.len() as u64)?;
        self.file.read_exact(into).map_err(|e| e.to_string())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.take(&mut bytes)?;
        Ok(bytes)
    }

    fn skip(&mut self, n: u64) -> Result<(), String> {
        self.spend(n)?;
        let n = i64::try_from(n).map_err(|e| e.to_string())?;
        self.file.seek_relative(n).map_err(|e| e.to_string())
    }

    /// Up to `most` of the next `n` bytes; the others are skipped.
    fn part(&mut self, n: u64, most: usize) -> Result<Vec<u8>, String> {
        let taken = n.min(most as u64);
        if taken > self.left {
            self.spend(n)?;
        }
        let mut bytes = vec![0; usize::try_from(taken).unwrap_or(most)];
        self.take(&mut bytes)?;
        self.skip(n - taken)?;
        Ok(bytes)
    }

    fn spend(&mut self, n: u64) -> Result<(), String> {
        self.left = self.left.checked_sub(n).ok_or_else(|| {
            let missing = n - self.left;
            format!("it is cut short: at least {missing} bytes are missing at its end")
        })?;
        Ok(())
    }
}
