//! WebP: lossy, lossless and extended headers. Moving WebP is refused: ffmpeg 5.1 to 7 cannot
//! decode it.

use super::{Source, Still};

pub fn read(source: &mut Source<'_>) -> Result<Still, String> {
    source.skip(12)?;
    let [kind @ .., l0, l1, l2, l3] = source.array::<8>()?;
    let length = u64::from(u32::from_le_bytes([l0, l1, l2, l3]));
    let head = source.part(length, 16)?;
    let still = |width, height, pixel_format, alpha| Still {
        codec: "webp",
        width,
        height,
        rotation: 0,
        pixel_format,
        alpha,
        film: None,
    };
    let byte = |at: usize| head.get(at).copied().map(u32::from).ok_or("its header is too short");
    match &kind {
        b"VP8 " => {
            let (width, height) = (byte(6)? | byte(7)? << 8, byte(8)? | byte(9)? << 8);
            if head.get(3..6) != Some(b"\x9d\x01\x2a") {
                return Err("its header is wrong".to_owned());
            }
            Ok(still(width & 0x3fff, height & 0x3fff, "yuv420p", false))
        }
        b"VP8L" => {
            if byte(0)? != 0x2f {
                return Err("its header is wrong".to_owned());
            }
            let bits = byte(1)? | byte(2)? << 8 | byte(3)? << 16 | byte(4)? << 24;
            let alpha = bits >> 28 & 1 == 1;
            Ok(still((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, "argb", alpha))
        }
        b"VP8X" => {
            let flags = byte(0)?;
            if flags & 2 != 0 {
                return Err("it is a moving WebP, which ffmpeg cannot decode".to_owned());
            }
            let width = (byte(4)? | byte(5)? << 8 | byte(6)? << 16) + 1;
            let height = (byte(7)? | byte(8)? << 8 | byte(9)? << 16) + 1;
            Ok(still(width, height, "", flags & 0x10 != 0))
        }
        _ => Err("its header is wrong".to_owned()),
    }
}
