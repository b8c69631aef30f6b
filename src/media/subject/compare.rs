//! Two pictures cell by cell: what differs is the subject, what it encloses are holes.

use super::cells::Cells;
use crate::contract::geometry::Rect;
use crate::media::pixels::green::is_screen;

/// Steps of luma and of chroma within which a cell is the background's: what a film's encoder does
/// to a cell's mean.
const SAME_LUMA: u8 = 8;
const SAME_CHROMA: u8 = 6;

/// Steps, luma and chroma together, from which the colours on either side of a hole's edge are seen
/// to differ.
const VISIBLE: u32 = 30;

/// A region larger than this share of the subject is an opening: thousandths.
const OPENING_MILLI: u64 = 10;

/// A region of fewer cells is an encoder's, not a key's.
const LEAST_CELLS: usize = 2;

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Beyond the layer's place, or under a caption: nothing is known of it.
    Unknown,
    Background,
    Subject,
}

/// A frame of film over its background.
pub struct Comparison<'a> {
    seen: &'a Cells,
    behind: &'a Cells,
    kinds: Vec<Kind>,
}

impl<'a> Comparison<'a> {
    /// Both must be of one size; cells that `covered` touches are left out.
    pub fn new(seen: &'a Cells, behind: &'a Cells, place: &Rect, covered: &[Rect]) -> Self {
        let side = i64::try_from(seen.side).unwrap_or(1);
        let touches = |rect: &Rect, x: i64, y: i64| {
            i64::from(rect.x) < x + side
                && x < rect.right()
                && i64::from(rect.y) < y + side
                && y < rect.bottom()
        };
        let pairs = seen.colors.iter().zip(&behind.colors).enumerate();
        let kind = |(index, (seen_color, behind_color)): (usize, (&[u8; 3], &[u8; 3]))| {
            let x = i64::try_from(index % seen.columns).unwrap_or(0) * side;
            let y = i64::try_from(index / seen.columns).unwrap_or(0) * side;
            if !touches(place, x, y) || covered.iter().any(|rect| touches(rect, x, y)) {
                Kind::Unknown
            } else if same(seen_color, behind_color) {
                Kind::Background
            } else {
                Kind::Subject
            }
        };
        Self { seen, behind, kinds: pairs.map(kind).collect() }
    }

    fn count(&self, kind: Kind) -> u64 {
        self.kinds.iter().filter(|found| **found == kind).count() as u64
    }

    fn known(&self) -> u64 {
        self.count(Kind::Background) + self.count(Kind::Subject)
    }

    /// See [`crate::contract::fact::SubjectMoment`].
    pub fn subject_millionth(&self) -> u32 {
        share(self.count(Kind::Subject), self.known())
    }

    /// See [`crate::contract::fact::SubjectMoment`].
    pub fn holes_millionth(&self) -> u32 {
        let subject = self.count(Kind::Subject);
        let mut reached: Vec<bool> = self.kinds.iter().map(|k| *k != Kind::Background).collect();
        // All that is joined to the outside: to the picture's edge, or to what nothing is known of.
        let (columns, rows) = (self.seen.columns, self.seen.rows);
        for index in 0..self.kinds.len() {
            let (x, y) = (index % columns, index / columns);
            let edge = x == 0 || y == 0 || x + 1 == columns || y + 1 == rows;
            let beside = || self.around(index).any(|n| self.kinds[n] == Kind::Unknown);
            if !reached[index] && (edge || beside()) {
                self.flood(index, &mut reached);
            }
        }
        let mut holes = 0u64;
        for index in 0..self.kinds.len() {
            if reached[index] {
                continue;
            }
            let region = self.flood(index, &mut reached);
            let small = region.len() as u64 * 1000 <= subject * OPENING_MILLI;
            if region.len() >= LEAST_CELLS && small && self.shows(&region) {
                holes += region.len() as u64;
            }
        }
        share(holes, subject)
    }

    /// Millionths that have the screen's colour: where the background has not, and in the
    /// background itself.
    pub fn green(&self, screen: (u32, u32)) -> (u32, u32) {
        let centred = |value: u32| i32::try_from(value).unwrap_or(128).clamp(0, 255) - 128;
        let axis = (centred(screen.0), centred(screen.1));
        let is_screen = |color: &[u8; 3]| is_screen(color[1], color[2], axis);
        let (mut film, mut own) = (0, 0);
        let known = self.kinds.iter().enumerate().filter(|(_, kind)| **kind != Kind::Unknown);
        for (index, _) in known {
            let behind = is_screen(&self.behind.colors[index]);
            own += u64::from(behind);
            film += u64::from(!behind && is_screen(&self.seen.colors[index]));
        }
        (share(film, self.known()), share(own, self.known()))
    }

    /// The four cells beside one.
    fn around(&self, index: usize) -> impl Iterator<Item = usize> + use<> {
        let (columns, cells) = (self.seen.columns, self.kinds.len());
        let x = index % columns;
        let sides = [
            (x > 0).then(|| index - 1),
            (x + 1 < columns).then_some(index + 1),
            index.checked_sub(columns),
            Some(index + columns).filter(|below| *below < cells),
        ];
        sides.into_iter().flatten()
    }

    /// All cells that are joined to `start` and not yet reached; they are marked.
    fn flood(&self, start: usize, reached: &mut [bool]) -> Vec<usize> {
        let mut region = vec![start];
        reached[start] = true;
        let mut at = 0;
        while at < region.len() {
            for next in self.around(region[at]) {
                if !reached[next] {
                    reached[next] = true;
                    region.push(next);
                }
            }
            at += 1;
        }
        region
    }

    /// Whether a region's colours differ from those that enclose it.
    fn shows(&self, region: &[usize]) -> bool {
        let (mut sum, mut count) = (0u32, 0u32);
        for inside in region {
            for outside in self.around(*inside).filter(|n| self.kinds[*n] == Kind::Subject) {
                let (a, b) = (&self.seen.colors[*inside], &self.seen.colors[outside]);
                sum += a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
                count += 1;
            }
        }
        sum >= VISIBLE * count.max(1)
    }
}

fn same(a: &[u8; 3], b: &[u8; 3]) -> bool {
    a[0].abs_diff(b[0]) <= SAME_LUMA
        && a[1].abs_diff(b[1]) <= SAME_CHROMA
        && a[2].abs_diff(b[2]) <= SAME_CHROMA
}

fn share(part: u64, whole: u64) -> u32 {
    u32::try_from(part * 1_000_000 / whole.max(1)).unwrap_or(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture drawn with letters: `.` the background, `#` a grey subject, `g` the screen,
    /// `d` a subject that is nearly as dark as the background.
    fn picture(lines: &[&str]) -> Cells {
        let color = |c: char| match c {
            '.' => [40, 128, 128],
            '#' => [150, 128, 128],
            'd' => [52, 128, 128],
            _ => [145, 54, 34],
        };
        Cells {
            columns: lines[0].len(),
            rows: lines.len(),
            side: 2,
            colors: lines.iter().flat_map(|line| line.chars().map(color)).collect(),
        }
    }

    fn empty(like: &Cells) -> Cells {
        Cells { colors: vec![[40, 128, 128]; like.colors.len()], ..*like }
    }

    fn place(cells: &Cells) -> Rect {
        let side = |n: usize| u32::try_from(n * 2).expect("small");
        Rect { x: 0, y: 0, width: side(cells.columns), height: side(cells.rows) }
    }

    /// A solid subject of 30 x 20 cells with this drawn into its middle.
    fn body(speck: &[&str]) -> Cells {
        let mut lines = vec![".".repeat(34)];
        for row in 0..20usize {
            let mut line: Vec<char> = format!("..{}..", "#".repeat(30)).chars().collect();
            if let Some(speck) = row.checked_sub(8).and_then(|at| speck.get(at)) {
                line.splice(15..15 + speck.len(), speck.chars());
            }
            lines.push(line.into_iter().collect());
        }
        lines.push(".".repeat(34));
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        picture(&lines)
    }

    fn holes(seen: &Cells) -> u32 {
        let behind = empty(seen);
        Comparison::new(seen, &behind, &place(seen), &[]).holes_millionth()
    }

    #[test]
    fn specks_are_holes_and_openings_are_not() {
        assert_eq!(holes(&body(&[])), 0);
        assert_eq!(holes(&body(&["..", ".."])), 4 * 1_000_000 / 596);
        assert_eq!(holes(&body(&["."])), 0, "one cell is noise");
        assert_eq!(holes(&body(&["....", "...."])), 0, "an arm on a hip");
        assert_eq!(holes(&body(&["###", "###"])), 0);
    }

    #[test]
    fn a_hole_must_be_enclosed_and_seen() {
        let notch = picture(&["....", "#..#", "#..#", "####"]);
        assert_eq!(holes(&notch), 0, "open at the top");
        let mut dark = body(&["..", ".."]);
        dark.colors.iter_mut().filter(|c| c[0] == 150).for_each(|c| c[0] = 52);
        assert_eq!(holes(&dark), 0, "nobody sees it");
        let seen = body(&["..", ".."]);
        let behind = empty(&seen);
        let caption = Rect { x: 30, y: 18, width: 2, height: 2 };
        let covered = Comparison::new(&seen, &behind, &place(&seen), &[caption]);
        assert_eq!(covered.holes_millionth(), 0, "nothing is known of what a caption covers");
    }

    #[test]
    fn the_subject_is_what_differs() {
        let seen = picture(&["....", ".##.", ".#d.", "...."]);
        let behind = empty(&seen);
        let share = |place: Rect| Comparison::new(&seen, &behind, &place, &[]).subject_millionth();
        assert_eq!(share(place(&seen)), 4 * 1_000_000 / 16);
        assert_eq!(share(Rect { x: 2, y: 2, width: 4, height: 4 }), 1_000_000);
        assert_eq!(share(Rect { x: 0, y: 0, width: 8, height: 2 }), 0);
    }

    #[test]
    fn green_is_told_from_the_backgrounds_own() {
        let seen = picture(&["gg..", "g#.."]);
        let behind = picture(&["g...", "...."]);
        let comparison = Comparison::new(&seen, &behind, &place(&seen), &[]);
        assert_eq!(comparison.green((54, 34)), (2 * 125_000, 125_000));
    }
}
