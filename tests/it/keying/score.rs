//! How near a composite is to the truth, where it is hard: at the edge.

use super::clips::{SIZE, yuv420};

/// Means over the frames of a clip.
#[derive(Debug, Clone, Copy)]
pub struct Score {
    /// Peak signal to noise ratio in the edge band, decibel.
    pub psnr: f64,
    /// Green beyond the truth's, in bytes: max(0, G − max(R, B)), mean over the band.
    pub green: f64,
}

/// The places of each frame that are hard, with their true colours.
pub struct Edges(Vec<Vec<(usize, [f32; 3])>>);

impl Edges {
    pub fn of(truth: &[Vec<[f32; 3]>], alpha: &[Vec<f32>]) -> Self {
        let frame = |(truth, alpha): (&Vec<[f32; 3]>, &Vec<f32>)| {
            // The truth too goes through the format of the film: what that loses is no key's fault.
            let truth = yuv420(truth);
            band(alpha).into_iter().map(|place| (place, rgb(&truth, place))).collect()
        };
        Self(truth.iter().zip(alpha).map(frame).collect())
    }

    /// Scores `yuv420p` frames against them.
    pub fn score(&self, raw: &[u8]) -> Score {
        let frames = raw.chunks_exact(raw.len() / self.0.len());
        let scores: Vec<Score> =
            frames.zip(&self.0).map(|(frame, edge)| frame_score(frame, edge)).collect();
        mean(&scores)
    }
}

pub fn mean(scores: &[Score]) -> Score {
    let mean = |part: fn(&Score) -> f64| scores.iter().map(part).sum::<f64>() / scores.len() as f64;
    Score { psnr: mean(|score| score.psnr), green: mean(|score| score.green) }
}

fn frame_score(frame: &[u8], edge: &[(usize, [f32; 3])]) -> Score {
    let excess = |[r, g, b]: [f32; 3]| (g - r.max(b)).max(0.0);
    let (mut squares, mut green) = (0.0, 0.0);
    for (place, ought) in edge {
        let is = rgb(frame, *place);
        squares += (0..3).map(|c| f64::from(is[c] - ought[c]).powi(2)).sum::<f64>() / 3.0;
        green += f64::from((excess(is) - excess(*ought)).max(0.0));
    }
    let pixels = edge.len().max(1) as f64;
    Score { psnr: 10.0 * (255.0 * 255.0 / (squares / pixels)).log10(), green: green / pixels }
}

/// Places within 4 pixels of the alpha's edge.
fn band(alpha: &[f32]) -> Vec<usize> {
    let (width, height) = (SIZE.width as usize, SIZE.height as usize);
    let solid = |x: usize, y: usize| alpha[y * width + x] > 0.5;
    let edge = |x: usize, y: usize| {
        let mixed = (0.02..0.98).contains(&alpha[y * width + x]);
        mixed || solid(x, y) != solid(x + 1, y) || solid(x, y) != solid(x, y + 1)
    };
    let mut near = vec![false; alpha.len()];
    for (x, y) in (4..height - 5).flat_map(|y| (4..width - 5).map(move |x| (x, y))) {
        if edge(x, y) {
            (y - 4..=y + 4)
                .for_each(|row| near[row * width + x - 4..=row * width + x + 4].fill(true));
        }
    }
    (0..alpha.len()).filter(|place| near[*place]).collect()
}

/// The colour at one place of a `yuv420p` frame.
fn rgb(frame: &[u8], place: usize) -> [f32; 3] {
    let (width, height) = (SIZE.width as usize, SIZE.height as usize);
    let (luma, quarter) = (width * height, width * height / 4);
    let small = place / width / 2 * (width / 2) + place % width / 2;
    let y = 1.164 * (f32::from(frame[place]) - 16.0);
    let u = f32::from(frame[luma + small]) - 128.0;
    let v = f32::from(frame[luma + quarter + small]) - 128.0;
    let pixel = [y + 1.596 * v, y - 0.392 * u - 0.813 * v, y + 2.017 * u];
    pixel.map(|part| part.clamp(0.0, 255.0))
}
