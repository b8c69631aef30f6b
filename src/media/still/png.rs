//! PNG: `IHDR`, `tRNS`, and the walk to `IEND`.

use super::{Source, Still};

pub fn read(source: &mut Source<'_>) -> Result<Still, String> {
    source.skip(8)?;
    let mut header: Option<[u8; 13]> = None;
    let mut transparent = false;
    loop {
        let [a, b, c, d, kind @ ..] = source.array::<8>()?;
        let length = u64::from(u32::from_be_bytes([a, b, c, d]));
        match &kind {
            b"IHDR" if length == 13 && header.is_none() => {
                header = Some(source.array()?);
                source.skip(4)?;
            }
            _ if header.is_none() => return Err("it does not start with a header".to_owned()),
            b"IEND" => break,
            _ => {
                transparent |= &kind == b"tRNS";
                source.skip(length + 4)?;
            }
        }
    }
    let header = header.ok_or("it has no header")?;
    let word = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let (depth, color) = (header[8], header[9]);
    let pixel_format = match (color, depth, transparent) {
        (0, 1, false) => "monob",
        (0, ..=8, false) => "gray",
        (0, ..=8, true) => "ya8",
        (0, 16, false) => "gray16be",
        (0, 16, true) | (4, 16, _) => "ya16be",
        (2, 8, false) => "rgb24",
        (2, 8, true) | (6, 8, _) => "rgba",
        (2, 16, false) => "rgb48be",
        (2, 16, true) | (6, 16, _) => "rgba64be",
        (3, ..=8, _) => "pal8",
        (4, 8, _) => "ya8",
        _ => return Err(format!("its header is wrong (colour type {color}, depth {depth})")),
    };
    Ok(Still {
        codec: "png",
        width: word(0),
        height: word(4),
        rotation: 0,
        pixel_format,
        alpha: transparent || color >= 4,
        film: None,
    })
}
