//! Small frames seen as colours: which hue the screen has, and which pixels show it.

use super::frame::Small;

/// A pixel is screen within so many hundredths of a degree of the screen's hue, from this
/// saturation (thousandths) on, and not darker than this.
const HUE_CENTIDEG: i32 = 2500;
const SATURATION_MILLI: i32 = 250;
const VALUE: i32 = 38;

const TURN: i32 = 36_000;

/// A small frame seen as colours.
pub struct Seen {
    pub width: usize,
    pub height: usize,
    /// Hundredths of a degree, 0 to 35999; none for greys.
    pub hues: Vec<Option<i32>>,
    pub saturation_milli: Vec<i32>,
    value: Vec<i32>,
    pub rgb: Vec<[i32; 3]>,
    pub luma: Vec<u8>,
}

impl Seen {
    /// `bt601` says how the colours are coded.
    pub fn new(small: &Small, bt601: bool) -> Self {
        let rgb: Vec<[i32; 3]> = (0..small.y.len()).map(|n| small.rgb(n, !bt601)).collect();
        let saturation = |[r, g, b]: &[i32; 3]| {
            let (most, least) = (*r.max(g).max(b), *r.min(g).min(b));
            if most == 0 { 0 } else { 1000 * (most - least) / most }
        };
        Self {
            width: small.size.width as usize,
            height: small.size.height as usize,
            hues: rgb.iter().map(hue).collect(),
            saturation_milli: rgb.iter().map(saturation).collect(),
            value: rgb.iter().map(|[r, g, b]| *r.max(g).max(b)).collect(),
            rgb,
            luma: small.y.clone(),
        }
    }

    pub fn len(&self) -> usize {
        self.rgb.len()
    }

    /// Whether a pixel is of the border ring.
    pub fn is_ring(&self, index: usize) -> bool {
        let thick = (self.width.min(self.height) / 16).max(2);
        let (x, y) = (index % self.width, index / self.width);
        x < thick || y < thick || x + thick >= self.width || y + thick >= self.height
    }

    /// Which corner's box a pixel is in, if any; a box is a sixth of the short side.
    pub fn corner(&self, index: usize) -> Option<usize> {
        let side = (self.width.min(self.height) / 6).max(2);
        let (x, y) = (index % self.width, index / self.width);
        let across = [x < side, x + side >= self.width].iter().position(|hit| *hit)?;
        let down = [y < side, y + side >= self.height].iter().position(|hit| *hit)?;
        Some(2 * down + across)
    }

    /// Which pixels are screen.
    pub fn screen(&self, key_hue: i32) -> Vec<bool> {
        (0..self.len())
            .map(|n| {
                let near = self.hues[n].is_some_and(|hue| turn(hue - key_hue).abs() < HUE_CENTIDEG);
                near && self.saturation_milli[n] > SATURATION_MILLI && self.value[n] > VALUE
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

/// Hue in hundredths of a degree.
fn hue([r, g, b]: &[i32; 3]) -> Option<i32> {
    let (most, least) = (*r.max(g).max(b), *r.min(g).min(b));
    let span = most - least;
    if span == 0 {
        return None;
    }
    let sixth = TURN / 6;
    let hue = match most {
        _ if most == *g => 2 * sixth + sixth * (b - r) / span,
        _ if most == *b => 4 * sixth + sixth * (r - g) / span,
        _ => sixth * (g - b) / span,
    };
    Some(hue.rem_euclid(TURN))
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
        for n in (0..frame.len()).filter(|n| frame.is_ring(*n)) {
            if let Some(hue) = frame.hues[n] {
                weights[(hue / 100) as usize % 360] += i64::from(frame.saturation_milli[n]);
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
