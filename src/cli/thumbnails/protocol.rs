//! A picture as the bytes that make a terminal show it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use icy_sixel::SixelImage;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbaImage};
use std::fmt::Write;

/// How pictures are told to a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// <https://sw.kovidgoyal.net/kitty/graphics-protocol/>
    Kitty,
    /// <https://iterm2.com/documentation-images.html>
    Iterm,
    /// What DEC's terminals did, and many emulators do.
    Sixel,
}

/// Bytes of base64 that kitty takes at once.
const CHUNK: usize = 4096;

/// The picture in so many columns and rows of text, and a new line; none where it cannot be coded.
pub fn show(protocol: Protocol, picture: &RgbaImage, columns: u16, rows: u16) -> Option<String> {
    let mut out = match protocol {
        Protocol::Kitty => kitty(&STANDARD.encode(png(picture)?), columns, rows),
        Protocol::Iterm => iterm(&png(picture)?, columns, rows),
        // It knows no columns: the pixels of the picture are those of the terminal.
        Protocol::Sixel => sixel(picture)?,
    };
    out.push('\n');
    Some(out)
}

/// In chunks; `q=2` keeps the terminal from answering.
fn kitty(data: &str, columns: u16, rows: u16) -> String {
    let mut out = String::new();
    let mut rest = data;
    let mut about = format!("a=T,f=100,q=2,c={columns},r={rows},");
    loop {
        let (chunk, behind) = rest.split_at(rest.len().min(CHUNK));
        let more = u8::from(!behind.is_empty());
        let _ = write!(out, "\x1b_G{about}m={more};{chunk}\x1b\\");
        if more == 0 {
            return out;
        }
        about.clear();
        rest = behind;
    }
}

fn iterm(png: &[u8], columns: u16, rows: u16) -> String {
    let data = STANDARD.encode(png);
    format!(
        "\x1b]1337;File=inline=1;size={};width={columns};height={rows};preserveAspectRatio=0:{data}\x07",
        png.len()
    )
}

fn sixel(picture: &RgbaImage) -> Option<String> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    SixelImage::try_from_rgba(picture.as_raw().clone(), width, height).ok()?.encode().ok()
}

/// Quickly: it goes to a terminal on this machine, or compressed over a network.
fn png(picture: &RgbaImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Adaptive)
        .write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgba8)
        .ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kitty_takes_long_pictures_in_chunks() {
        let data = "A".repeat(CHUNK + 4);
        let told = kitty(&data, 18, 7);
        let chunks: Vec<&str> = told.split("\x1b\\").collect();
        assert_eq!(chunks.len(), 3, "two, and nothing behind them");
        assert_eq!(chunks[0], format!("\x1b_Ga=T,f=100,q=2,c=18,r=7,m=1;{}", &data[..CHUNK]));
        assert_eq!(chunks[1], "\x1b_Gm=0;AAAA");
        assert_eq!(kitty("AAAA", 1, 1), "\x1b_Ga=T,f=100,q=2,c=1,r=1,m=0;AAAA\x1b\\");
    }
}
