//! Whether a file is all there, where its container says how long it is.
//!
//! Decoders make the best of half a file and say nothing; a build must not. ISO files and pictures
//! are checked by their own readers.

use super::sniff::{Format, id3_length};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Checks a file's length against its container's claim. The message of an error follows the
/// file's name.
pub fn check(file: &File, format: Format) -> Result<(), String> {
    let length = file.metadata().map_err(|e| e.to_string())?.len();
    match format {
        Format::Wav | Format::Avi | Format::Webp => riff(file, length),
        Format::Matroska => matroska(file, length),
        Format::Ogg => ogg(file, length),
        Format::Mp3 => mp3(file, length),
        _ => Ok(()),
    }
}

fn cut(needs: u64, has: u64) -> String {
    format!("it is cut short: it should have {needs} bytes and has {has}")
}

fn head(file: &File, at: u64, n: u64) -> Result<Vec<u8>, String> {
    let mut file = file;
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(at)).map_err(|e| e.to_string())?;
    file.take(n).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    Ok(bytes)
}

/// RIFF: its length, and for a sound that there is one. Recorders that write to a pipe leave the
/// length zero or full of ones.
fn riff(file: &File, length: u64) -> Result<(), String> {
    let bytes = head(file, 0, 12)?;
    let Some(size) = bytes.get(4..8) else { return Err("its header is too short".to_owned()) };
    let size = u32::from_le_bytes(size.try_into().expect("four bytes"));
    let needs = u64::from(size) + 8;
    let open = size == 0 || size >= u32::MAX - 8 || bytes.starts_with(b"RF64");
    // The final padding byte is often left out.
    if !open && needs > length + 1 {
        return Err(cut(needs, length));
    }
    Ok(())
}

/// Matroska: the length of its segment. All ones say that it is not known.
fn matroska(file: &File, length: u64) -> Result<(), String> {
    let bytes = head(file, 0, 4096)?;
    let Some((header, size)) = element(&bytes, 0) else {
        return Err("its header is too short".to_owned());
    };
    let Some(start) = size.and_then(|size| header.checked_add(size)) else { return Ok(()) };
    let Some(segment) = usize::try_from(start).ok().and_then(|at| element(&bytes, at)) else {
        return Err("it has a header and nothing else".to_owned());
    };
    match segment {
        (from, Some(size)) => match from.checked_add(size) {
            Some(needs) if needs <= length => Ok(()),
            needs => Err(cut(needs.unwrap_or(u64::MAX), length)),
        },
        (_, None) => Ok(()),
    }
}

/// Where an EBML element's body starts, and its size where that is known.
fn element(bytes: &[u8], at: usize) -> Option<(u64, Option<u64>)> {
    let id_length = bytes.get(at)?.leading_zeros() as usize + 1;
    let size_at = at.checked_add(id_length)?;
    let first = *bytes.get(size_at)?;
    let size_length = first.leading_zeros() as usize + 1;
    if id_length > 4 || size_length > 8 {
        return None;
    }
    let mask = 0xffu64 >> size_length;
    let size = bytes
        .get(size_at + 1..size_at + size_length)?
        .iter()
        .fold(u64::from(first) & mask, |size, b| size << 8 | u64::from(*b));
    let unknown = size == (1u64 << (7 * size_length)) - 1;
    Some(((size_at + size_length) as u64, (!unknown).then_some(size)))
}

/// MPEG audio: the number of bytes that the first frame announces, where an encoder left it there.
fn mp3(file: &File, length: u64) -> Result<(), String> {
    let start = id3_length(&head(file, 0, 10)?).unwrap_or(0);
    let first = head(file, start, 512)?;
    let tag = first.windows(4).position(|word| word == b"Xing" || word == b"Info");
    let word = |at: usize| {
        first.get(at..at + 4).map(|word| u32::from_be_bytes(word.try_into().expect("four bytes")))
    };
    let Some((at, flags)) = tag.and_then(|at| Some((at, word(at + 4)?))) else { return Ok(()) };
    if flags & 2 == 0 {
        return Ok(());
    }
    let bytes = word(at + 8 + if flags & 1 == 1 { 4 } else { 0 }).unwrap_or(0);
    // Some encoders count their own tag as well; half a frame too much is no loss.
    match start + u64::from(bytes) {
        needs if needs > length + 720 => Err(cut(needs, length)),
        _ => Ok(()),
    }
}

/// Ogg: the last page ends where the file does. A page has at most 65,307 bytes.
fn ogg(file: &File, length: u64) -> Result<(), String> {
    let from = length.saturating_sub(65_307);
    let bytes = head(file, from, 65_307)?;
    let Some(page) = bytes.windows(5).rposition(|w| w == b"OggS\0") else {
        return Err("it is cut short: its last page is missing".to_owned());
    };
    let page_at = from + page as u64;
    let segments = bytes.get(page + 26).map_or(0, |n| usize::from(*n));
    let table = bytes.get(page + 27..page + 27 + segments);
    let Some(table) = table else { return Err(cut(page_at + 27 + segments as u64, length)) };
    let needs = page_at + 27 + segments as u64 + table.iter().map(|n| u64::from(*n)).sum::<u64>();
    if needs > length { Err(cut(needs, length)) } else { Ok(()) }
}
