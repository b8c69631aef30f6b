//! Plates: one rounded shape behind lines that follow each other, stepped where their widths
//! differ, with round corners inside and outside.

use super::effects::PlateAt;
use super::outline::Point;
use swash::zeno::{Command, Vector};

/// What a line's plate must hold, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strip {
    pub left: f32,
    pub right: f32,
    pub top: f32,
    pub bottom: f32,
}

/// Control points of a quarter circle as a cubic curve lie at this share of its radius.
const KAPPA: f32 = 0.552_284_8;

/// The outline of the plates of consecutive lines; `strips` come from top to bottom. Plates that
/// would overlap or nearly touch become one shape.
pub fn path(strips: &[Strip], plate: PlateAt) -> Vec<Command> {
    let padded: Vec<Strip> = strips
        .iter()
        .map(|s| Strip {
            left: (s.left - plate.padding).floor(),
            right: (s.right + plate.padding).ceil(),
            top: (s.top - plate.padding).floor(),
            bottom: (s.bottom + plate.padding).ceil(),
        })
        .collect();
    let mut path = Vec::new();
    let mut rest = padded.as_slice();
    while !rest.is_empty() {
        let count = 1 + rest.windows(2).take_while(|w| w[1].top <= w[0].bottom + 1.0).count();
        let mut block = rest[..count].to_vec();
        even_out(&mut block, plate.radius);
        rounded(&corners(&block), plate.radius, &mut path);
        rest = &rest[count..];
    }
    path
}

/// Widens lines to a neighbour's edge where a step would be too small for its two corners.
fn even_out(block: &mut [Strip], radius: f32) {
    let least = 2.0 * radius.max(1.0);
    for _ in 0..block.len() {
        for n in 1..block.len() {
            let (a, b) = (block[n - 1], block[n]);
            if (a.left - b.left).abs() < least {
                block[n - 1].left = a.left.min(b.left);
                block[n].left = a.left.min(b.left);
            }
            if (a.right - b.right).abs() < least {
                block[n - 1].right = a.right.max(b.right);
                block[n].right = a.right.max(b.right);
            }
        }
    }
}

/// Corners of the union of a block, clockwise from the top left. A wider line keeps its padding at
/// a step.
fn corners(block: &[Strip]) -> Vec<Point> {
    let (first, last) = (block[0], block[block.len() - 1]);
    let mut corners = vec![(first.left, first.top), (first.right, first.top)];
    for pair in block.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let y = if a.right > b.right { a.bottom } else { b.top };
        corners.extend([(a.right, y), (b.right, y)]);
    }
    corners.extend([(last.right, last.bottom), (last.left, last.bottom)]);
    for pair in block.windows(2).rev() {
        let (a, b) = (pair[0], pair[1]);
        let y = if a.left < b.left { a.bottom } else { b.top };
        corners.extend([(b.left, y), (a.left, y)]);
    }
    // A step of no width has no corners.
    corners.dedup();
    let straight =
        |a: Point, b: Point, c: Point| (a.0 == b.0 && b.0 == c.0) || (a.1 == b.1 && b.1 == c.1);
    let count = corners.len();
    (0..count)
        .filter(|n| {
            !straight(corners[(n + count - 1) % count], corners[*n], corners[(n + 1) % count])
        })
        .map(|n| corners[n])
        .collect()
}

/// A polygon of right angles with its corners rounded, each by no more than half of its sides.
fn rounded(corners: &[Point], radius: f32, path: &mut Vec<Command>) {
    let count = corners.len();
    if count < 4 {
        return;
    }
    let vector = |p: Point| Vector::new(p.0, p.1);
    let towards = |from: Point, to: Point, by: f32| {
        let length = ((to.0 - from.0).powi(2) + (to.1 - from.1).powi(2)).sqrt().max(1e-6);
        (from.0 + (to.0 - from.0) / length * by, from.1 + (to.1 - from.1) / length * by)
    };
    let side = |a: Point, b: Point| (a.0 - b.0).abs() + (a.1 - b.1).abs();
    for n in 0..count {
        let (before, at, after) =
            (corners[(n + count - 1) % count], corners[n], corners[(n + 1) % count]);
        let r = radius.min(side(before, at) / 2.0).min(side(at, after) / 2.0);
        let start = towards(at, before, r);
        path.push(if n == 0 {
            Command::MoveTo(vector(start))
        } else {
            Command::LineTo(vector(start))
        });
        path.push(Command::CurveTo(
            vector(towards(at, before, r * (1.0 - KAPPA))),
            vector(towards(at, after, r * (1.0 - KAPPA))),
            vector(towards(at, after, r)),
        ));
    }
    path.push(Command::Close);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strip(left: f32, right: f32, top: f32, bottom: f32) -> Strip {
        Strip { left, right, top, bottom }
    }

    #[test]
    fn a_step_has_four_corners_more_and_small_steps_vanish() {
        assert_eq!(corners(&[strip(0.0, 10.0, 0.0, 5.0)]).len(), 4);
        let stepped = [strip(0.0, 30.0, 0.0, 6.0), strip(10.0, 20.0, 5.0, 10.0)];
        assert_eq!(corners(&stepped)[2..4], [(30.0, 6.0), (20.0, 6.0)]);
        assert_eq!(corners(&stepped).len(), 8);
        let mut near = [strip(0.0, 30.0, 0.0, 6.0), strip(1.0, 29.0, 5.0, 10.0)];
        even_out(&mut near, 4.0);
        assert_eq!(corners(&near).len(), 4);
    }

    #[test]
    fn plates_that_do_not_touch_are_shapes_of_their_own() {
        let plate = PlateAt { padding: 1.0, radius: 2.0 };
        let closed = |strips: &[Strip]| {
            path(strips, plate).iter().filter(|c| matches!(c, Command::Close)).count()
        };
        assert_eq!(closed(&[strip(0.0, 9.0, 0.0, 9.0), strip(0.0, 9.0, 10.0, 19.0)]), 1);
        assert_eq!(closed(&[strip(0.0, 9.0, 0.0, 9.0), strip(0.0, 9.0, 40.0, 49.0)]), 2);
    }
}
