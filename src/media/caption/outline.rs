//! Glyph outlines as polygons, and the exact round dilation of them.
//!
//! An outline around a letter is the set of points no further than `r` from it. Its part outside
//! the letter is the union of a rectangle along each edge and a sector of a circle at each corner;
//! all of them are wound the same way, so that a non-zero fill is their union, with smooth edges
//! and round joints, whatever the shape of the letter.

use swash::scale::outline::Outline;
use swash::zeno::{Command, Mask, PathData, Vector};

/// A point in pixels, y downwards.
pub type Point = (f32, f32);

/// Furthest that a chord may lie from its curve, pixels.
const FLAT: f32 = 0.06;

/// Closed polygons of a glyph, y downwards, relative to its origin.
pub fn polygons(outline: &Outline) -> Vec<Vec<Point>> {
    let mut polygons: Vec<Vec<Point>> = Vec::new();
    let mut at = (0.0, 0.0);
    let down = |p: Vector| (p.x, -p.y);
    for command in outline.path().commands() {
        let (curve, end) = match command {
            Command::MoveTo(p) => {
                polygons.push(vec![down(p)]);
                at = down(p);
                continue;
            }
            Command::Close => continue,
            Command::LineTo(p) => (None, down(p)),
            Command::QuadTo(c, p) => {
                // A quadratic curve as a cubic one.
                let (c, p) = (down(c), down(p));
                let third =
                    |a: Point| (a.0 + (c.0 - a.0) * 2.0 / 3.0, a.1 + (c.1 - a.1) * 2.0 / 3.0);
                (Some((third(at), third(p))), p)
            }
            Command::CurveTo(a, b, p) => (Some((down(a), down(b))), down(p)),
        };
        if let Some(polygon) = polygons.last_mut() {
            match curve {
                Some((a, b)) => flatten(at, a, b, end, polygon),
                None => polygon.push(end),
            }
        }
        at = end;
    }
    for polygon in &mut polygons {
        polygon.dedup_by(|a, b| near(*a, *b));
        while polygon.len() > 1 && near(polygon[0], polygon[polygon.len() - 1]) {
            polygon.pop();
        }
    }
    polygons.retain(|polygon| polygon.len() > 2);
    polygons
}

fn near(a: Point, b: Point) -> bool {
    (a.0 - b.0).abs() < 1e-3 && (a.1 - b.1).abs() < 1e-3
}

/// Adds points along a cubic curve, its end included.
fn flatten(from: Point, a: Point, b: Point, to: Point, polygon: &mut Vec<Point>) {
    // The second differences bound how far chords of equal parameter steps lie from the curve.
    let bend = |p: Point, q: Point, r: Point| {
        ((p.0 - 2.0 * q.0 + r.0).powi(2) + (p.1 - 2.0 * q.1 + r.1).powi(2)).sqrt()
    };
    let worst = bend(from, a, b).max(bend(a, b, to));
    let steps = ((0.75 * worst / FLAT).sqrt().ceil() as usize).clamp(1, 64);
    for n in 1..=steps {
        let t = n as f32 / steps as f32;
        let u = 1.0 - t;
        let (w0, w1, w2, w3) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
        polygon.push((
            w0 * from.0 + w1 * a.0 + w2 * b.0 + w3 * to.0,
            w0 * from.1 + w1 * a.1 + w2 * b.1 + w3 * to.1,
        ));
    }
}

/// A path that fills what lies within `r` of the polygons' edges.
pub fn dilation(polygons: &[Vec<Point>], r: f32) -> Vec<Command> {
    let mut path = Vec::new();
    // Steps of a circle whose chords lie no further than FLAT inside it.
    let step = 2.0 * (1.0 - (FLAT / r.max(FLAT)).min(1.0)).acos().max(0.05);
    for polygon in polygons {
        let count = polygon.len();
        let normal = |n: usize| {
            let (a, b) = (polygon[n % count], polygon[(n + 1) % count]);
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let length = (dx * dx + dy * dy).sqrt();
            (-dy / length, dx / length)
        };
        for n in 0..count {
            let (a, b) = (polygon[n], polygon[(n + 1) % count]);
            let (nx, ny) = normal(n);
            let (x, y) = (nx * r, ny * r);
            polygon_to(
                &mut path,
                &[(a.0 - x, a.1 - y), (b.0 - x, b.1 - y), (b.0 + x, b.1 + y), (a.0 + x, a.1 + y)],
            );
            joint(&mut path, b, (nx, ny), normal(n + 1), r, step);
        }
    }
    path
}

/// The sector of a circle around a corner, on the outer side of the turn between two edges with
/// these normals.
fn joint(path: &mut Vec<Command>, at: Point, from: Point, to: Point, r: f32, step: f32) {
    let cross = from.0 * to.1 - from.1 * to.0;
    let dot = from.0 * to.0 + from.1 * to.1;
    let turn = cross.atan2(dot);
    if turn.abs() < 1e-3 {
        return;
    }
    // Edges turn towards positive angles: the outer side is opposite to the normals.
    let (from, to) = if turn > 0.0 { ((-from.0, -from.1), (-to.0, -to.1)) } else { (to, from) };
    let turn = turn.abs();
    let steps = (turn / step).ceil().clamp(1.0, 128.0) as usize;
    let mut sector = vec![at, (at.0 + from.0 * r, at.1 + from.1 * r)];
    for n in 1..steps {
        let (sin, cos) = (turn * n as f32 / steps as f32).sin_cos();
        let (x, y) = (from.0 * cos - from.1 * sin, from.0 * sin + from.1 * cos);
        sector.push((at.0 + x * r, at.1 + y * r));
    }
    sector.push((at.0 + to.0 * r, at.1 + to.1 * r));
    polygon_to(path, &sector);
}

/// A path of polygons.
pub fn path(polygons: &[Vec<Point>]) -> Vec<Command> {
    let mut path = Vec::new();
    polygons.iter().for_each(|polygon| polygon_to(&mut path, polygon));
    path
}

fn polygon_to(path: &mut Vec<Command>, polygon: &[Point]) {
    let vector = |p: &Point| Vector::new(p.0, p.1);
    path.push(Command::MoveTo(vector(&polygon[0])));
    path.extend(polygon[1..].iter().map(|p| Command::LineTo(vector(p))));
    path.push(Command::Close);
}

/// Share of each pixel of a `width` × `height` grid that a path covers, 0 to 255; pixel (0, 0)
/// lies at `origin`.
pub fn coverage(path: &[Command], origin: Point, width: u32, height: u32) -> Vec<u8> {
    let mut mask = vec![0; width as usize * height as usize];
    Mask::new(path)
        .size(width, height)
        .render_offset(Vector::new(-origin.0, -origin.1))
        .render_into(&mut mask, None);
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Distance of a point from the filled polygon, by brute force.
    fn distance(polygon: &[Point], p: Point) -> f32 {
        let mut inside = false;
        let mut nearest = f32::INFINITY;
        for n in 0..polygon.len() {
            let (a, b) = (polygon[n], polygon[(n + 1) % polygon.len()]);
            if (a.1 > p.1) != (b.1 > p.1) && p.0 < (b.0 - a.0) * (p.1 - a.1) / (b.1 - a.1) + a.0 {
                inside = !inside;
            }
            let (dx, dy) = (b.0 - a.0, b.1 - a.1);
            let along = ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy);
            let t = along.clamp(0.0, 1.0);
            let (x, y) = (a.0 + t * dx - p.0, a.1 + t * dy - p.1);
            nearest = nearest.min((x * x + y * y).sqrt());
        }
        if inside { 0.0 } else { nearest }
    }

    #[test]
    fn an_outline_is_what_lies_within_its_width_of_the_letter() {
        let ring = |n: usize| {
            let (sin, cos) = (n as f32 / 40.0 * std::f32::consts::TAU).sin_cos();
            (40.3 + 12.0 * cos, 40.7 + 7.0 * sin)
        };
        let shapes: [Vec<Point>; 4] = [
            // A corner that points inwards, a spike, a thin bar, a curve; wound either way.
            vec![
                (25.0, 25.0),
                (55.5, 25.0),
                (55.5, 33.25),
                (35.0, 33.25),
                (35.0, 60.0),
                (25.0, 60.0),
            ],
            vec![(40.0, 20.0), (43.0, 60.0), (37.0, 60.0)],
            vec![(30.0, 50.0), (50.0, 30.0), (51.0, 31.0), (31.0, 51.0)],
            (0..40).map(ring).rev().collect(),
        ];
        for r in [1.0f32, 3.5, 9.0] {
            for shape in &shapes {
                let shape = vec![shape.clone()];
                let mut mask = coverage(&dilation(&shape, r), (0.0, 0.0), 80, 80);
                let letter = coverage(&path(&shape), (0.0, 0.0), 80, 80);
                mask.iter_mut().zip(letter).for_each(|(m, l)| *m = m.saturating_add(l));
                let mut sum = 0.0;
                for (n, got) in mask.iter().enumerate() {
                    let p = ((n % 80) as f32 + 0.5, (n / 80) as f32 + 0.5);
                    let want = (r - distance(&shape[0], p) + 0.5).clamp(0.0, 1.0);
                    // Where a spike's two sides meet its tip, three edges share a pixel.
                    let off = (want - f32::from(*got) / 255.0).abs();
                    assert!(off < 0.5, "r {r} at {p:?}: {got}, not {want}");
                    sum += off;
                }
                assert!(sum < 12.0, "r {r}: {sum} pixels differ in all");
            }
        }
    }
}
