//! The times of decoded frames, as ffmpeg's `framecrc` lists them.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

/// What a list of frames says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    pub count: u32,
    /// blake3 over the times of presentation, in microseconds, so that a finer clock that says the
    /// same gives the same.
    pub digest: [u8; 32],
}

/// Reads a list to its end. Past `most` frames only the end is waited for.
pub fn read(reader: File, most: u32) -> io::Result<Times> {
    let mut hasher = blake3::Hasher::new();
    let (mut base, mut count) = ((1i128, 1i128), 0u32);
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 {
        if let Some(text) = line.strip_prefix("#tb 0: ") {
            base = fraction(text.trim()).unwrap_or(base);
        } else if !line.starts_with('#') && count < most {
            // Stream, decoding time, presentation time, …
            let pts = line.split(',').nth(2).and_then(|text| text.trim().parse::<i128>().ok());
            let pts = pts.ok_or_else(|| io::Error::other("a frame without a time"))?;
            let us = i64::try_from(pts * base.0 * 1_000_000 / base.1).unwrap_or(i64::MAX);
            hasher.update(&us.to_le_bytes());
            count += 1;
        }
        line.clear();
    }
    Ok(Times { count, digest: *hasher.finalize().as_bytes() })
}

fn fraction(text: &str) -> Option<(i128, i128)> {
    let (num, den) = text.split_once('/')?;
    let (num, den) = (num.parse().ok()?, den.parse().ok()?);
    (den > 0).then_some((num, den))
}
