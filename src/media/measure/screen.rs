//! Small frames seen as colours: which hue the screen has, and which pixels show it.

use super::frame::Small;

/// A pixel is screen within so many hundredths of a degree of the screen's hue, from this
/// saturation (thousandths) on, and not darker than this.
const HUE_CENTIDEG: i32 = 2500;
const SATURATION_MILLI: i32 = 250;
const VALUE: u8 = 38;

const TURN: i32 = 36_000;

/// A small frame seen as colours.
pub struct Seen<'a> {
    pub width: usize,
    pub height: usize,
    hues: Vec<Option<u16>>,
    saturation_milli: Vec<u16>,
    pub rgb: Vec<[u8; 3]>,
    pub luma: &'a [u8],
}

impl<'a> Seen<'a> {
    /// `bt601` says how the colours are coded.
    pub fn new(small: &'a Small, bt601: bool) -> Self {
        let rgb: Vec<[u8; 3]> = (0..small.y.len()).map(|n| small.rgb(n, !bt601)).collect();
        Self {
            width: small.size.width as usize,
            height: small.size.height as usize,
            hues: rgb.iter().map(hue).collect(),
            saturation_milli: rgb.iter().map(saturation_milli).collect(),
            rgb,
            luma: &small.y,
        }
    }

    pub fn len(&self) -> usize {
        self.rgb.len()
    }

    /// A pixel's hue, hundredths of a degree, 0 to 35999; none of a grey.
    pub fn hue(&self, index: usize) -> Option<i32> {
        self.hues[index].map(i32::from)
    }

    pub fn saturation_milli(&self, index: usize) -> i32 {
        i32::from(self.saturation_milli[index])
    }

    /// Rows of pixels, each by its number and the numbers of its pixels.
    fn rows(&self) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> {
        (0..self.height).map(|y| (y, y * self.width..(y + 1) * self.width))
    }

    /// The pixels of the border ring.
    pub fn ring(&self) -> impl Iterator<Item = usize> {
        let thick = (self.width.min(self.height) / 16).max(2);
        let (left, right) = (thick.min(self.width), self.width.saturating_sub(thick));
        self.rows().flat_map(move |(y, row)| {
            // All of a row, or its ends.
            let whole = y < thick || y + thick >= self.height || left >= right;
            let left = row.start..if whole { row.end } else { row.start + left };
            let right = if whole { row.end } else { row.start + right }..row.end;
            left.chain(right)
        })
    }

    /// The pixels in each corner's box, whose side is a sixth of the picture's short one.
    pub fn corners(&self) -> [impl Iterator<Item = usize>; 4] {
        let side = (self.width.min(self.height) / 6).max(2);
        [(false, false), (true, false), (false, true), (true, true)].map(|(right, low)| {
            let inside = move |place: usize, far: bool, length: usize| {
                // Of a picture so small that boxes meet, the near one has them.
                (place < side) != far && (!far || place + side >= length)
            };
            let rows = self.rows().filter(move |(y, _)| inside(*y, low, self.height));
            let ends = move |row: std::ops::Range<usize>| {
                let start = row.start;
                row.filter(move |n| inside(n - start, right, self.width))
            };
            rows.flat_map(move |(_, row)| ends(row))
        })
    }

    /// Which pixels are screen.
    pub fn screen(&self, key_hue: i32) -> Vec<bool> {
        (0..self.len())
            .map(|n| {
                let near = self.hue(n).is_some_and(|hue| turn(hue - key_hue).abs() < HUE_CENTIDEG);
                let value = self.rgb[n].into_iter().max().unwrap_or(0);
                near && self.saturation_milli(n) > SATURATION_MILLI && value > VALUE
            })
            .collect()
    }

    /// The four pixels around one, as far as they are in the picture.
    pub fn neighbours(&self, index: usize) -> impl Iterator<Item = usize> {
        neighbours(index, self.width, self.height)
    }
}

/// The pixels left, right, above and below one of a picture.
pub fn neighbours(index: usize, width: usize, height: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (index % width, index / width);
    let left = (x > 0).then(|| index - 1);
    let right = (x + 1 < width).then_some(index + 1);
    let up = (y > 0).then(|| index - width);
    let down = (y + 1 < height).then_some(index + width);
    [left, right, up, down].into_iter().flatten()
}

fn saturation_milli(rgb: &[u8; 3]) -> u16 {
    let [r, g, b] = rgb.map(u16::from);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    // Up to 255,000 on the way.
    (1000 * u32::from(most - least)).checked_div(u32::from(most)).unwrap_or(0) as u16
}

/// Hue in hundredths of a degree.
fn hue(rgb: &[u8; 3]) -> Option<u16> {
    let [r, g, b] = rgb.map(i32::from);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let span = most - least;
    if span == 0 {
        return None;
    }
    let sixth = TURN / 6;
    let hue = match most {
        _ if most == g => 2 * sixth + sixth * (b - r) / span,
        _ if most == b => 4 * sixth + sixth * (r - g) / span,
        _ => sixth * (g - b) / span,
    };
    u16::try_from(hue.rem_euclid(TURN)).ok()
}

/// An angle between −180 and 180 degrees, in hundredths of one.
pub fn turn(centidegrees: i32) -> i32 {
    (centidegrees + TURN / 2).rem_euclid(TURN) - TURN / 2
}

/// The screen's hue, hundredths of a degree: the mode of the ring's hues, weighted by saturation,
/// over all frames. None where the ring is grey.
pub fn key_hue(seen: &[Seen]) -> Option<i32> {
    let mut weights = [0i64; 360];
    for frame in seen {
        for n in frame.ring() {
            if let Some(hue) = frame.hue(n) {
                weights[(hue / 100) as usize % 360] += i64::from(frame.saturation_milli(n));
            }
        }
    }
    let around = |at: usize| (0..11).map(|n| weights[(at + 355 + n) % 360]).sum::<i64>();
    let (at, weight) = (0..360).map(|at| (at, around(at))).max_by_key(|(at, w)| (*w, 360 - at))?;
    (weight > 0).then_some(at as i32 * 100 + 50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_are_those_of_the_textbook() {
        assert_eq!(hue(&[255, 0, 0]), Some(0));
        assert_eq!(hue(&[0, 255, 0]), Some(12_000));
        assert_eq!(hue(&[0, 0, 255]), Some(24_000));
        assert_eq!(hue(&[255, 0, 1]), Some(35_977));
        assert_eq!(hue(&[0, 177, 64]), Some(14_169));
        assert_eq!(hue(&[9, 9, 9]), None);
        assert_eq!((turn(35_000), turn(-18_000), turn(18_000)), (-1000, -18_000, -18_000));
    }
}
