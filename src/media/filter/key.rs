//! Filters of the table keyer. All work on single 8-bit planes.
//!
//! A keyer that computes per pixel is slow; these look a result up by two bytes, which `lut2` does
//! with a table of 65,536 entries made once when the graph starts. `lut2` stores what the
//! expression gives without clipping it, and cuts fractions off: every expression here is clipped
//! and rounded.

use std::fmt;

/// One filter of the table keyer.
#[derive(Debug, Clone, PartialEq)]
pub enum KeyFilter {
    /// `extractplanes`: Y, U and V as three grey pictures.
    Planes,
    /// `mergeplanes`: Y, U, V and alpha as one `yuva420p` picture.
    Merge,
    /// `lut2`: a table of two planes.
    Table(Table),
    /// A source: one grey picture of so many cells, each 0 to 255, row by row.
    Cells { columns: u32, rows: u32, values: Vec<u8> },
    /// `negate`.
    Invert,
    /// `blend=multiply`: the product of two planes, 255 being one.
    Multiply,
    /// `blend=subtract`: the first plane minus the second, not below zero.
    Subtract,
    /// `erosion`: the least of 3x3, lowering no value by more than `limit`.
    Erode { limit: u8 },
    /// `avgblur`: the mean of a square of `2·radius + 1`.
    Mean { radius: u32 },
}

/// What a table says about its two bytes x and y.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Screen in a pixel (x = U, y = V), in chroma steps times `gain_milli`.
    Screen { axis: Axis, gain_milli: u32 },
    /// Alpha from the screen in a pixel (x) and in the empty plate (y).
    Matte { cut: Cut },
    /// Alpha from a pixel (x = U, y = V), for a screen that is the same all over.
    EvenMatte { screen: Even },
    /// One chroma plane without the screen (x = U, y = V).
    Residue { plane: Chroma, screen: Even, despill_milli: u32 },
    /// One chroma plane of the subject alone (x = U, y = V): without the screen, and undiluted.
    EvenSubject { plane: Chroma, screen: Even, despill_milli: u32 },
    /// Undoes the dilution by alpha (y) of a plane (x) around a fixed value.
    Undilute { around: u8 },
}

/// Which of the two chroma planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    U,
    V,
}

/// Unit vector from grey to the screen's chroma, millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    pub u: i64,
    pub v: i64,
}

/// Thousandths of a screen: up to `opaque` a pixel is all subject, from `clear` on all screen.
/// `clear` is greater than `opaque`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    pub opaque_milli: u32,
    pub clear_milli: u32,
}

/// A screen of one colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Even {
    pub axis: Axis,
    /// Distance from grey, thousandths of a chroma step; at least 1000.
    pub chroma_milli: u32,
    pub cut: Cut,
}

/// Thousandths or millionths as a decimal number in parentheses, as a sign may stand before it.
struct Decimal {
    value: i64,
    digits: usize,
}

fn milli(value: u32) -> Decimal {
    Decimal { value: value.into(), digits: 3 }
}

fn micro(value: i64) -> Decimal {
    Decimal { value, digits: 6 }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.value < 0 { "-" } else { "" };
        let one = 10_u64.pow(self.digits as u32);
        let value = self.value.unsigned_abs();
        write!(f, "({sign}{}.{:0width$})", value / one, value % one, width = self.digits)
    }
}

impl Axis {
    /// An expression for the screen's chroma in a pixel, in steps: what lies along the axis minus
    /// a quarter of what lies across it, so that hues beside the screen's stay in the subject.
    /// A minimum of two planes through grey says the same as an absolute value, in fewer steps.
    fn screen(self) -> String {
        let plane =
            |u: i64, v: i64| format!("{}*x+{}*y-{}", micro(u), micro(v), micro(128 * (u + v)));
        let left = plane(self.u + self.v / 4, self.v - self.u / 4);
        let right = plane(self.u - self.v / 4, self.v + self.u / 4);
        format!("max(0,min({left},{right}))")
    }
}

impl Even {
    /// An expression for alpha, 0 to 1 and beyond, where `screen` is an expression for the
    /// screen's chroma.
    fn alpha(&self, screen: &str) -> String {
        let soft = i64::from(self.cut.clear_milli) - i64::from(self.cut.opaque_milli);
        let slope = -1_000_000_000 / (i64::from(self.chroma_milli) * soft / 1000).max(1);
        let start = i64::from(self.cut.clear_milli) * 1_000_000 / soft.max(1);
        format!("({}+{}*{screen})", micro(start), micro(slope))
    }

    /// An expression for one chroma plane around grey, without the screen that `ld(0)` holds.
    ///
    /// All of the screen's hue is taken away at full despill; less leaves a part of what the
    /// matte counts as subject.
    fn residue(&self, plane: Chroma, despill_milli: u32) -> String {
        let (byte, along) = match plane {
            Chroma::U => ("x", self.axis.u),
            Chroma::V => ("y", self.axis.v),
        };
        if despill_milli >= 1000 {
            return format!("({byte}-128-{}*ld(0))", micro(along));
        }
        let matted = format!("(1-clip({},0,1))*{}", self.alpha("ld(0)"), milli(self.chroma_milli));
        let share = milli(despill_milli);
        let taken = format!("max({matted},{share}*ld(0)+(1-{share})*({matted}))");
        format!("({byte}-128-{}*min(ld(0),{taken}))", micro(along))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Screen { axis, gain_milli } => {
                write!(f, "min({}*{}+.5,255)", milli(*gain_milli), axis.screen())
            }
            Self::Matte { cut: Cut { opaque_milli, clear_milli } } => write!(
                f,
                "clip(255*({}-x/max(y,1))/{}+.5,0,255)",
                milli(*clear_milli),
                milli(clear_milli - opaque_milli)
            ),
            Self::EvenMatte { screen } => {
                write!(f, "clip(255*{}+.5,0,255)", screen.alpha(&screen.axis.screen()))
            }
            Self::Residue { plane, screen, despill_milli } => write!(
                f,
                "0*st(0,{})+clip(128.5+{},0,255)",
                screen.axis.screen(),
                screen.residue(*plane, *despill_milli)
            ),
            Self::EvenSubject { plane, screen, despill_milli } => write!(
                f,
                "0*st(0,{})+clip(128.5+{}/clip({},.004,1),0,255)",
                screen.axis.screen(),
                screen.residue(*plane, *despill_milli),
                screen.alpha("ld(0)")
            ),
            Self::Undilute { around } => {
                write!(f, "clip({around}.5+(x-{around})*255/max(y,1),0,255)")
            }
        }
    }
}

/// A grid of cells as an expression of the cell's place: a balanced tree of comparisons, as deep
/// as the logarithm of the number of cells.
fn cells(f: &mut fmt::Formatter<'_>, columns: u32, first: usize, values: &[u8]) -> fmt::Result {
    match values {
        [] => f.write_str("0"),
        [value] => write!(f, "{value}"),
        _ => {
            let (left, right) = values.split_at(values.len() / 2);
            let middle = first + left.len();
            write!(f, "if(lt(X+{columns}*Y,{middle}),")?;
            cells(f, columns, first, left)?;
            f.write_str(",")?;
            cells(f, columns, middle, right)?;
            f.write_str(")")
        }
    }
}

impl fmt::Display for KeyFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planes => f.write_str("extractplanes=y+u+v"),
            Self::Merge => f.write_str("mergeplanes=0x00102030:yuva420p"),
            Self::Table(table) => write!(f, "lut2=c0='{table}'"),
            Self::Cells { columns, rows, values } => {
                write!(f, "color=s={columns}x{rows}:r=1:d=1,format=gray,geq=lum='")?;
                cells(f, *columns, 0, values)?;
                f.write_str("'")
            }
            Self::Invert => f.write_str("negate"),
            Self::Multiply => f.write_str("blend=all_mode=multiply"),
            Self::Subtract => f.write_str("blend=all_mode=subtract"),
            Self::Erode { limit } => write!(f, "erosion=threshold0={limit}"),
            Self::Mean { radius } => write!(f, "avgblur=sizeX={radius}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_numbers_stand_in_parentheses() {
        assert_eq!(micro(-312_000).to_string(), "(-0.312000)");
        assert_eq!(milli(230_500).to_string(), "(230.500)");
    }

    #[test]
    fn cells_are_found_by_halving() {
        let filter = KeyFilter::Cells { columns: 3, rows: 1, values: vec![7, 8, 9] };
        assert_eq!(
            filter.to_string(),
            "color=s=3x1:r=1:d=1,format=gray,geq=lum='if(lt(X+3*Y,1),7,if(lt(X+3*Y,2),8,9))'"
        );
    }
}
