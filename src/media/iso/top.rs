//! The outermost boxes of a file: where its index and its media are, and whether all of it is
//! there.

use super::IsoError;
use super::boxes::name;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Longest index that is read: ten hours at 60 frames a second need about 50 MB.
const LONGEST_MOOV: u64 = 64 << 20;

/// Boxes at the top that are looked at: a fragmented file has two a fragment.
const MOST_BOXES: usize = 100_000;

/// What stands at the top of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top {
    /// The index, without its header.
    pub moov: Vec<u8>,
    /// The index stands before the media.
    pub fast_start: bool,
    /// The media is in fragments, each with an index of its own.
    pub fragmented: bool,
    pub file_length: u64,
}

/// Walks the outermost boxes.
pub fn read(file: &File) -> Result<Top, IsoError> {
    let io = |e: std::io::Error| IsoError::Io(e.to_string());
    let file_length = file.metadata().map_err(io)?.len();
    let mut file = file;
    let (mut at, mut media_at, mut index) = (0u64, None, None);
    let mut fragmented = false;
    for _ in 0..MOST_BOXES {
        if file_length - at < 8 {
            break;
        }
        file.seek(SeekFrom::Start(at)).map_err(io)?;
        let mut head = Vec::with_capacity(16);
        file.take(16).read_to_end(&mut head).map_err(io)?;
        let Some((kind, header, size)) = header(&head, file_length - at) else { break };
        let sound = size >= header;
        if !sound || size > file_length - at {
            // Junk after a whole film does no harm.
            if sound && !is_known(kind) && index.is_some() && media_at.is_some() {
                break;
            }
            if !sound {
                return Err(IsoError::Broken(format!("its part `{}` has no size", name(kind))));
            }
            return Err(IsoError::Broken(format!(
                "it is cut short: its part `{}` needs {size} bytes and {} are left",
                name(kind),
                file_length - at
            )));
        }
        match &kind {
            b"mdat" if media_at.is_none() => media_at = Some(at),
            b"moof" => fragmented = true,
            b"moov" if index.is_none() => {
                if size > LONGEST_MOOV {
                    return Err(IsoError::Unsupported("a very long index"));
                }
                file.seek(SeekFrom::Start(at + header)).map_err(io)?;
                let mut moov = Vec::new();
                file.take(size - header).read_to_end(&mut moov).map_err(io)?;
                index = Some((at, moov));
            }
            _ => {}
        }
        at += size;
    }
    let Some((index_at, moov)) = index else {
        let why = "its index (`moov`) is missing: the recording or the download was cut off";
        return Err(IsoError::Broken(why.to_owned()));
    };
    if media_at.is_none() && !fragmented {
        return Err(IsoError::Broken("it has an index but no media (`mdat`)".to_owned()));
    }
    let fast_start = media_at.is_none_or(|media| index_at < media);
    Ok(Top { moov, fast_start, fragmented, file_length })
}

/// Type, length of the header and length of the whole box.
fn header(head: &[u8], left: u64) -> Option<([u8; 4], u64, u64)> {
    let short = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
    let kind: [u8; 4] = head.get(4..8)?.try_into().ok()?;
    Some(match short {
        0 => (kind, 8, left),
        1 => (kind, 16, u64::from_be_bytes(head.get(8..16)?.try_into().ok()?)),
        _ => (kind, 8, u64::from(short)),
    })
}

/// Types that a file is made of; another one after them is junk.
fn is_known(kind: [u8; 4]) -> bool {
    matches!(&kind, b"moov" | b"mdat" | b"moof" | b"ftyp" | b"mfra" | b"sidx" | b"free" | b"wide")
}
