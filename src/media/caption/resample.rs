//! Bringing a colour picture of a glyph to another size: Lanczos over three lobes, stretched where
//! the picture shrinks so that no pixel is passed over.

/// Lobes of the kernel.
const LOBES: f32 = 3.0;

/// A premultiplied RGBA picture of `from` (columns, rows) at the size `to`; both are at least one
/// pixel on each side.
pub fn resample(pixels: &[u8], from: (usize, usize), to: (usize, usize)) -> Vec<u8> {
    let columns = weights(from.0, to.0);
    let mut wide = vec![[0.0f32; 4]; to.0 * from.1];
    for (source, target) in pixels.chunks_exact(from.0 * 4).zip(wide.chunks_exact_mut(to.0)) {
        for (pixel, (first, weights)) in target.iter_mut().zip(&columns) {
            let mut at = first * 4;
            for weight in weights {
                for c in 0..4 {
                    pixel[c] += f32::from(source[at + c]) * weight;
                }
                at += 4;
            }
        }
    }
    let mut out = Vec::with_capacity(to.0 * to.1 * 4);
    let mut row = vec![[0.0f32; 4]; to.0];
    for (first, weights) in weights(from.1, to.1) {
        row.fill([0.0; 4]);
        for (source, weight) in wide[first * to.0..].chunks_exact(to.0).zip(&weights) {
            for x in 0..to.0 {
                for c in 0..4 {
                    row[x][c] += source[x][c] * weight;
                }
            }
        }
        for [r, g, b, a] in &row {
            // The kernel overshoots at edges, and no colour is stronger than its opacity.
            let alpha = a.round().clamp(0.0, 255.0);
            out.extend([*r, *g, *b, alpha].map(|c| c.round().clamp(0.0, alpha) as u8));
        }
    }
    out
}

/// For each target pixel the first source pixel that it sees and the weights of that and the
/// following ones, whose sum is one.
fn weights(from: usize, to: usize) -> Vec<(usize, Vec<f32>)> {
    let ratio = from as f32 / to as f32;
    let stretch = ratio.max(1.0);
    (0..to)
        .map(|n| {
            let centre = (n as f32 + 0.5) * ratio - 0.5;
            let first = (centre - LOBES * stretch).ceil().max(0.0) as usize;
            let last = ((centre + LOBES * stretch).floor() as usize).min(from - 1);
            let kernel = |at: usize| lanczos((at as f32 - centre) / stretch);
            let mut weights: Vec<f32> = (first..=last).map(kernel).collect();
            let sum: f32 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= sum);
            (first, weights)
        })
        .collect()
}

fn lanczos(x: f32) -> f32 {
    let sinc = |x: f32| if x.abs() < 1e-4 { 1.0 } else { x.sin() / x };
    if x.abs() >= LOBES {
        return 0.0;
    }
    sinc(std::f32::consts::PI * x) * sinc(std::f32::consts::PI * x / LOBES)
}

#[cfg(test)]
mod tests {
    use super::resample;

    #[test]
    fn flat_colour_stays_flat_and_no_colour_outshines_its_opacity() {
        let flat = [90, 60, 30, 120].repeat(13 * 7);
        for to in [(13, 7), (40, 30), (3, 2), (1, 1)] {
            assert_eq!(resample(&flat, (13, 7), to), [90, 60, 30, 120].repeat(to.0 * to.1));
        }
        let edge: Vec<u8> =
            (0..16 * 16).flat_map(|n| if n % 16 < 8 { [255; 4] } else { [0; 4] }).collect();
        assert_eq!(resample(&edge, (16, 16), (16, 16)), edge);
        for pixel in resample(&edge, (16, 16), (37, 9)).chunks_exact(4) {
            assert!(pixel[..3].iter().all(|channel| *channel <= pixel[3]));
        }
    }
}
