//! GIF: the screen, and the walk over its frames and their delays.

use super::{Film, Source, Still};
use crate::media::probe::MOST_FRAMES;

pub fn read(source: &mut Source<'_>) -> Result<Still, String> {
    source.skip(6)?;
    let [w0, w1, h0, h1, flags, _, _] = source.array::<7>()?;
    skip_palette(source, flags)?;
    let (mut alpha, mut frames, mut duration) = (false, 0u32, 0u64);
    let (mut delay, mut delays) = (default_delay(0), None::<(u64, u64)>);
    loop {
        match source.array()? {
            [0x3b] => break,
            // An extension: a graphic control has the delay and the transparency of what follows.
            [0x21] => {
                let [label] = source.array()?;
                if label == 0xf9 {
                    let [size, packed, low, high, _] = source.array()?;
                    source.skip(u64::from(size.saturating_sub(4)))?;
                    alpha |= packed & 1 == 1;
                    delay = default_delay(u16::from_le_bytes([low, high]));
                }
                skip_blocks(source)?;
            }
            [0x2c] => {
                let [.., flags] = source.array::<9>()?;
                skip_palette(source, flags)?;
                source.skip(1)?;
                skip_blocks(source)?;
                frames += 1;
                if frames > MOST_FRAMES {
                    return Err(format!("it has more than {MOST_FRAMES} frames"));
                }
                duration += delay;
                let (least, most) = delays.unwrap_or((delay, delay));
                delays = Some((least.min(delay), most.max(delay)));
            }
            // Some encoders leave a zero between blocks.
            [0] => {}
            _ => return Err("its parts do not follow one another".to_owned()),
        }
    }
    let Some((least, most)) = delays else { return Err("it has no frame".to_owned()) };
    let film = Film { frames, duration, constant: least == most };
    Ok(Still {
        codec: "gif",
        width: u32::from(u16::from_le_bytes([w0, w1])),
        height: u32::from(u16::from_le_bytes([h0, h1])),
        rotation: 0,
        pixel_format: "bgra",
        alpha,
        film: (frames > 1).then_some(film),
    })
}

/// Hundredths of a second; browsers and ffmpeg take less than two for ten.
fn default_delay(delay: u16) -> u64 {
    if delay < 2 { 10 } else { u64::from(delay) }
}

fn skip_palette(source: &mut Source<'_>, flags: u8) -> Result<(), String> {
    if flags & 0x80 == 0 { Ok(()) } else { source.skip(3 << ((flags & 7) + 1)) }
}

fn skip_blocks(source: &mut Source<'_>) -> Result<(), String> {
    loop {
        match source.array()? {
            [0] => return Ok(()),
            [length] => source.skip(u64::from(length))?,
        }
    }
}
