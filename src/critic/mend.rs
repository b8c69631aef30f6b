//! Mends that take no thought: changes of the arrangement, which is what a composite declares on the
//! canvas of one profile. A rule adds one where doing what its hint says has one plain way.

mod sound;

pub use sound::{aim, as_recorded, hold_down, let_hear, louder, set_apart};

use super::rule::{Case, Shown};
use crate::contract::caption::{CaptionStyle, Outline, Plate, Rgba};
use crate::contract::geometry::Rect;
use crate::contract::render_input::RenderInput;
use crate::contract::units::Rational;
use crate::contract::verdict::Patch;
use serde::Serialize;

const BLACK: Rgba = Rgba(0, 0, 0, 255);
const WHITE: Rgba = Rgba(255, 255, 255, 255);

/// What a matte is choked by at a time, tenths of a source pixel.
const CHOKE_DECIPX: u32 = 15;

/// Most that a matte may be choked, tenths of a source pixel.
const MOST_CHOKE_DECIPX: u32 = 400;

fn replace(path: String, value: impl Serialize) -> Patch {
    Patch::replace(path, serde_json::to_value(value).expect("contract types serialise"))
}

fn captioned(index: usize, part: &str) -> String {
    format!("/captions/{index}/{part}")
}

/// The caption's box, moved and cut to lie within `within`; none where it does already.
pub fn move_in(case: &Case<'_>, caption: &Shown<'_>, within: Rect) -> Option<Patch> {
    let area = area(case, caption)?;
    let side = |at: i32, length: u32, from: i32, most: u32| {
        let length = length.min(most);
        let last = i64::from(from) + i64::from(most - length);
        let at = i64::from(at).clamp(i64::from(from), last);
        (i32::try_from(at).unwrap_or(from), length)
    };
    let (x, width) = side(area.x, area.width, within.x, within.width);
    let (y, height) = side(area.y, area.height, within.y, within.height);
    // As composing wants it.
    let moved = Rect { x, y, width, height }.evened();
    (moved != area).then(|| replace(captioned(caption.index, "spec/area"), moved))
}

/// The whole safe area for the caption; none where it has that already.
pub fn enlarge(case: &Case<'_>, caption: &Shown<'_>) -> Option<Patch> {
    let safe = case.profile.safe_area.evened();
    let changed = area(case, caption)? != safe;
    changed.then(|| replace(captioned(caption.index, "spec/area"), safe))
}

/// The first third of the safe area in which no other caption is shown at that time.
pub fn make_way(case: &Case<'_>, caption: &Shown<'_>) -> Option<Patch> {
    let safe = case.profile.safe_area;
    let third = safe.height / 3;
    let taken: Vec<Rect> = case
        .shown()
        .iter()
        .filter(|other| other.index != caption.index && together(other, caption))
        .flat_map(|other| other.facts.lines.iter().copied().chain(other.facts.ink))
        .collect();
    let thirds = (0..3).map(|at| {
        let down = i32::try_from(at * third).unwrap_or(0);
        Rect { y: safe.y + down, height: third, ..safe }.evened()
    });
    let free = |place: &Rect| !taken.iter().any(|other| touch(place, other));
    let place = thirds.into_iter().find(free)?;
    Some(replace(captioned(caption.index, "spec/area"), place))
}

fn together(a: &Shown<'_>, b: &Shown<'_>) -> bool {
    a.range_ms[0].max(b.range_ms[0]) < a.range_ms[1].min(b.range_ms[1])
}

fn touch(a: &Rect, b: &Rect) -> bool {
    i64::from(a.x).max(i64::from(b.x)) < a.right().min(b.right())
        && i64::from(a.y).max(i64::from(b.y)) < a.bottom().min(b.bottom())
}

/// Shows the caption for `needed_ms`: longer at its end, and where the film ends before that, from
/// earlier on. None where the whole film is too short.
pub fn lengthen(case: &Case<'_>, caption: &Shown<'_>, needed_ms: u64) -> Option<Patch> {
    let input = case.expected?;
    let film = input.frame_rate().ms_of(input.frames);
    // Times are rounded to frames; one more is on the safe side.
    let needed = needed_ms + input.frame_rate().ms_of(1).max(1);
    if needed > film {
        return None;
    }
    let end = (caption.range_ms[0] + needed).min(film);
    Some(replace(captioned(caption.index, "atMs"), [end - needed, end]))
}

/// An outline of the colour that differs most from the letters'; a plate where there is an outline
/// already. None where there are both.
pub fn stand_out(case: &Case<'_>, caption: &Shown<'_>) -> Option<Patch> {
    let style = &case.expected?.captions.get(caption.index)?.spec.style;
    let Rgba(red, green, blue, _) = style.color;
    let luma = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    let color = if luma > 127_500 { BLACK } else { WHITE };
    let style = match (style.outline, style.plate) {
        (None, _) => {
            let outline = Outline { width: (style.size_max / 12).max(2), color };
            CaptionStyle { outline: Some(outline), ..style.clone() }
        }
        (Some(_), None) => {
            let padding = style.size_max / 5;
            let plate = Plate { color, padding, radius: padding / 2 };
            CaptionStyle { plate: Some(plate), ..style.clone() }
        }
        (Some(_), Some(_)) => return None,
    };
    Some(replace(captioned(caption.index, "spec/style"), style))
}

/// A tighter key: its matte shrunk by a little, and all of the screen's light taken off the subject.
pub fn tighten(input: &RenderInput) -> Vec<Patch> {
    let Some(layer) = &input.green_screen else { return Vec::new() };
    let choke = layer.key.choke_decipx + CHOKE_DECIPX;
    if choke > MOST_CHOKE_DECIPX {
        return Vec::new();
    }
    vec![
        replace("/greenScreen/chokeDecipx".to_owned(), choke),
        replace("/greenScreen/despillMilli".to_owned(), 1000),
    ]
}

/// A film of no less than that. What is declared becomes the nearest whole number of frames, which may
/// be a little less, so that it is said in whole frames.
pub fn last_at_least(rate: Rational, least_ms: u64) -> Patch {
    let nearest = rate.frames_in(least_ms);
    let frames = nearest.saturating_add(u32::from(rate.ms_of(nearest) < least_ms));
    replace("/durationMs".to_owned(), rate.ms_of(frames))
}

/// A film of no more than that, in whole frames too.
pub fn last_at_most(rate: Rational, most_ms: u64) -> Patch {
    let nearest = rate.frames_in(most_ms);
    let frames = nearest.saturating_sub(u32::from(rate.ms_of(nearest) > most_ms));
    replace("/durationMs".to_owned(), rate.ms_of(frames))
}

/// The part of the canvas that the caption may use.
fn area(case: &Case<'_>, caption: &Shown<'_>) -> Option<Rect> {
    Some(case.expected?.captions.get(caption.index)?.spec.area)
}
