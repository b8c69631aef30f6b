//! ffmpeg's `drawtext`, without any text: the words stand in files that are named here by number,
//! and nothing in them is expanded.

use crate::contract::caption::Rgba;
use std::fmt;

/// A file in the folder in which ffmpeg runs, under a name that we give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkFile {
    /// `font`.
    Font,
    /// `text-N`.
    Text(usize),
}

impl fmt::Display for WorkFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Font => f.write_str("font"),
            Self::Text(line) => write!(f, "text-{line}"),
        }
    }
}

/// What stands at a horizontal position, pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Left(i32),
    Centre(i32),
    Right(i32),
}

/// One line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawText {
    pub font: WorkFile,
    pub text: WorkFile,
    /// Font size, pixels.
    pub size: u32,
    pub color: Rgba,
    pub x: Anchor,
    /// The base line, pixels from the top.
    pub baseline: i32,
    /// Width and colour of a line around the letters.
    pub border: Option<(u32, Rgba)>,
    /// Offset and colour of a sharp shadow.
    pub shadow: Option<(i32, i32, Rgba)>,
    /// Padding and colour of a box behind the line.
    pub plate: Option<(u32, Rgba)>,
}

impl fmt::Display for DrawText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "drawtext=expansion=none:fontfile={}:textfile={}", self.font, self.text)?;
        write!(
            f,
            ":fontsize={}:fontcolor={}:ft_load_flags=no_hinting",
            self.size,
            Hex(self.color)
        )?;
        match self.x {
            Anchor::Left(x) => write!(f, ":x={x}")?,
            Anchor::Centre(x) => write!(f, ":x={x}-text_w/2")?,
            Anchor::Right(x) => write!(f, ":x={x}-text_w")?,
        }
        write!(f, ":y={}-ascent", self.baseline)?;
        if let Some((width, color)) = self.border {
            write!(f, ":borderw={width}:bordercolor={}", Hex(color))?;
        }
        if let Some((x, y, color)) = self.shadow {
            write!(f, ":shadowx={x}:shadowy={y}:shadowcolor={}", Hex(color))?;
        }
        if let Some((padding, color)) = self.plate {
            write!(f, ":box=1:boxborderw={padding}:boxcolor={}", Hex(color))?;
        }
        Ok(())
    }
}

struct Hex(Rgba);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rgba(r, g, b, a) = self.0;
        write!(f, "0x{r:02x}{g:02x}{b:02x}{a:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_and_names_of_ours_are_in_it() {
        let line = DrawText {
            font: WorkFile::Font,
            text: WorkFile::Text(2),
            size: 40,
            color: Rgba(255, 255, 255, 255),
            x: Anchor::Centre(100),
            baseline: 90,
            border: Some((3, Rgba(0, 0, 0, 255))),
            shadow: Some((-1, 2, Rgba(0, 0, 0, 128))),
            plate: None,
        };
        insta::assert_snapshot!(line, @"drawtext=expansion=none:fontfile=font:textfile=text-2:fontsize=40:fontcolor=0xffffffff:ft_load_flags=no_hinting:x=100-text_w/2:y=90-ascent:borderw=3:bordercolor=0x000000ff:shadowx=-1:shadowy=2:shadowcolor=0x00000080");
    }
}
