//! Typed filter graphs.
//!
//! A graph is built from a small enum of filters with numeric arguments. There is no variant that
//! holds text from a user, a file name or a tag, so nothing that people write can become filter
//! syntax. All filters here are known to give the same frames at any thread count.

use std::fmt;

/// Where a chain starts or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pad {
    /// Video of the n-th `-i`.
    Video(u32),
    /// Audio of the n-th `-i`.
    Audio(u32),
    /// A link between chains, or an output that `-map` names.
    Link(u32),
}

impl fmt::Display for Pad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Video(input) => write!(f, "[{input}:v:0]"),
            Self::Audio(input) => write!(f, "[{input}:a:0]"),
            Self::Link(link) => write!(f, "[l{link}]"),
        }
    }
}

/// One filter with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `scale` to pixels.
    Scale { width: u32, height: u32, method: Scaling },
    /// `hflip`.
    Flip,
    /// `setsar=1`.
    SquarePixels,
    /// `overlay` at pixels, of a second input that is straight or premultiplied.
    Overlay { x: i32, y: i32, premultiplied: bool },
}

/// swscale's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    Area,
    Bilinear,
    Bicubic,
    Lanczos,
}

impl Scaling {
    fn flags(self) -> &'static str {
        match self {
            Self::Area => "area+accurate_rnd+full_chroma_int",
            Self::Bilinear => "bilinear+accurate_rnd+full_chroma_int",
            Self::Bicubic => "bicubic+accurate_rnd+full_chroma_int",
            Self::Lanczos => "lanczos+accurate_rnd+full_chroma_int",
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scale { width, height, method } => {
                write!(f, "scale={width}:{height}:flags={}", method.flags())
            }
            Self::Flip => f.write_str("hflip"),
            Self::SquarePixels => f.write_str("setsar=1"),
            Self::Overlay { x, y, premultiplied } => {
                let alpha = if *premultiplied { "premultiplied" } else { "straight" };
                write!(f, "overlay={x}:{y}:alpha={alpha}:eof_action=repeat")
            }
        }
    }
}

/// Filters in a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    pub inputs: Vec<Pad>,
    pub filters: Vec<Filter>,
    pub outputs: Vec<Pad>,
}

/// A whole `-filter_complex`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FilterGraph {
    chains: Vec<Chain>,
    links: u32,
}

impl FilterGraph {
    /// A link that no chain uses yet.
    pub fn link(&mut self) -> Pad {
        self.links += 1;
        Pad::Link(self.links - 1)
    }

    pub fn chain(&mut self, inputs: &[Pad], filters: Vec<Filter>, outputs: &[Pad]) {
        self.chains.push(Chain { inputs: inputs.to_vec(), filters, outputs: outputs.to_vec() });
    }

    /// Adds a chain that ends in one new link.
    pub fn to(&mut self, inputs: &[Pad], filters: Vec<Filter>) -> Pad {
        let link = self.link();
        self.chain(inputs, filters, &[link]);
        link
    }
}

impl fmt::Display for FilterGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, chain) in self.chains.iter().enumerate() {
            if index > 0 {
                f.write_str(";")?;
            }
            chain.inputs.iter().try_for_each(|pad| write!(f, "{pad}"))?;
            for (index, filter) in chain.filters.iter().enumerate() {
                if index > 0 {
                    f.write_str(",")?;
                }
                write!(f, "{filter}")?;
            }
            chain.outputs.iter().try_for_each(|pad| write!(f, "{pad}"))?;
        }
        Ok(())
    }
}
