//! JPEG: the frame header, the EXIF orientation, and the end mark.

use super::{Source, Still};

/// Segments before the picture's data; real files have some tens.
const MOST_SEGMENTS: u32 = 10_000;

pub fn read(source: &mut Source<'_>) -> Result<Still, String> {
    source.skip(2)?;
    let mut frame: Option<Vec<u8>> = None;
    let mut rotation = 0;
    for _ in 0..MOST_SEGMENTS {
        let marker = marker(source)?;
        match marker {
            // Marks without a segment.
            0x01 | 0xd0..=0xd8 => continue,
            0xd9 => return Err("it ends before its picture starts".to_owned()),
            _ => {}
        }
        let length = u64::from(u16::from_be_bytes(source.array()?));
        let body = length.checked_sub(2).ok_or("a part of it has no size")?;
        match marker {
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker) => {
                frame = Some(source.part(body, 64)?);
            }
            0xe1 => {
                let exif = source.part(body, 64 << 10)?;
                rotation = orientation(&exif).unwrap_or(rotation);
            }
            0xda => {
                source.skip(body)?;
                check_end(source)?;
                return describe(&frame.ok_or("it has no frame header")?, rotation);
            }
            _ => source.skip(body)?,
        }
    }
    Err("it has too many parts".to_owned())
}

/// The next marker's second byte; fill bytes before it are allowed.
fn marker(source: &mut Source<'_>) -> Result<u8, String> {
    let [first] = source.array()?;
    if first != 0xff {
        return Err("its parts do not follow one another".to_owned());
    }
    loop {
        match source.array()? {
            [0xff] => {}
            [marker] => return Ok(marker),
        }
    }
}

/// In a scan's data `ff` is always followed by zero or a restart mark, so the end mark is one.
fn check_end(source: &mut Source<'_>) -> Result<(), String> {
    let mut last = 0u8;
    let mut block = vec![0u8; 64 << 10];
    while source.left > 0 {
        let n = usize::try_from(source.left).unwrap_or(usize::MAX).min(block.len());
        source.take(&mut block[..n])?;
        for byte in &block[..n] {
            if last == 0xff && *byte == 0xd9 {
                return Ok(());
            }
            last = *byte;
        }
    }
    Err("it is cut short: its end mark is missing".to_owned())
}

fn describe(frame: &[u8], rotation: u32) -> Result<Still, String> {
    let short = || "its frame header is too short".to_owned();
    let byte = |at: usize| frame.get(at).copied().ok_or_else(short);
    let word = |at: usize| Ok::<_, String>(u32::from(byte(at)?) << 8 | u32::from(byte(at + 1)?));
    let (depth, height, width, parts) = (byte(0)?, word(1)?, word(3)?, byte(5)?);
    let sampling = |part: usize| byte(7 + 3 * part);
    let pixel_format = match (depth, parts) {
        (8, 1) => "gray",
        (8, 3) if sampling(1)? == sampling(2)? => {
            let (luma, chroma) = (sampling(0)?, sampling(1)?);
            let ratio = |luma: u8, chroma: u8| luma.checked_div(chroma).unwrap_or(0);
            match (ratio(luma >> 4, chroma >> 4), ratio(luma & 15, chroma & 15)) {
                (1, 1) => "yuvj444p",
                (2, 1) => "yuvj422p",
                (2, 2) => "yuvj420p",
                (1, 2) => "yuvj440p",
                _ => "",
            }
        }
        _ => "",
    };
    if height == 0 {
        return Err("its height is given after its picture, which memebuild does not read".into());
    }
    Ok(Still { codec: "mjpeg", width, height, rotation, pixel_format, alpha: false, film: None })
}

/// The quarter turn of an EXIF orientation; mirrored ones count as not turned.
fn orientation(segment: &[u8]) -> Option<u32> {
    let tiff = segment.strip_prefix(b"Exif\0\0")?;
    let little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let long = |at: usize| {
        let bytes: [u8; 4] = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let directory = long(4)? as usize;
    let entries = usize::from(short(directory)?);
    let value = (0..entries).find_map(|n| {
        let entry = directory + 2 + 12 * n;
        (short(entry)? == 0x0112).then(|| short(entry + 8)).flatten()
    })?;
    match value {
        3 => Some(180),
        6 => Some(90),
        8 => Some(270),
        _ => Some(0),
    }
}
