//! Subjects with a known alpha, drawn by arithmetic so that no picture has to be stored.

/// Premultiplied red, green, blue and alpha, 0 to 1.
pub type Pixel = [f32; 4];

/// A square picture.
pub struct Sprite {
    pub side: usize,
    pub pixels: Vec<Pixel>,
}

/// Colours that subjects have: skin, white, red, dark blue, and a yellow that leans to green.
const PALETTE: [[f32; 3]; 5] = [
    [0.78, 0.58, 0.46],
    [0.92, 0.91, 0.88],
    [0.75, 0.12, 0.1],
    [0.12, 0.15, 0.35],
    [0.8, 0.7, 0.2],
];

/// The four kinds, each in other colours with another `seed`.
pub fn all(side: usize, seed: usize) -> [Sprite; 4] {
    [disc(side, seed), hair(side, seed + 1), letters(side, seed + 2), smoke(side, seed + 3)]
}

/// A disc out of focus.
fn disc(side: usize, seed: usize) -> Sprite {
    let soft = 2.0 + 2.0 * (seed % 3) as f32;
    draw(side, seed, |x, y| (0.36 * side as f32 - x.hypot(y)) / soft + 0.5)
}

/// A head with thin strokes around it, some thinner than a chroma sample.
fn hair(side: usize, seed: usize) -> Sprite {
    let unit = side as f32;
    let strokes: Vec<[f32; 5]> = (0..70)
        .map(|index| {
            let turn = index as f32 * 0.0898 + seed as f32;
            let bend = 0.25 * (index as f32 * 2.4).sin();
            let length = unit * (0.34 + 0.12 * (index as f32 * 1.7 + seed as f32).sin());
            let thick = 0.4 + 0.5 * ((index * 7 + seed) % 3) as f32;
            let (from, to) = (turn.sin_cos(), (turn + bend).sin_cos());
            [from.0 * unit * 0.2, from.1 * unit * 0.2, to.0 * length, to.1 * length, thick]
        })
        .collect();
    draw(side, seed, |x, y| {
        let stroke = |[ax, ay, bx, by, thick]: &[f32; 5]| {
            let (dx, dy) = (bx - ax, by - ay);
            let along = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
            thick - (x - ax - along * dx).hypot(y - ay - along * dy) + 0.5
        };
        let head = 0.24 * unit - x.hypot(y) + 0.5;
        strokes.iter().map(stroke).fold(head, f32::max)
    })
}

/// Hard-edged blocks, as in letters: an E, a T and an F side by side.
fn letters(side: usize, seed: usize) -> Sprite {
    const ROWS: [&str; 5] =
        ["###.###.###", "#....#..#..", "##...#..##.", "#....#..#..", "###..#..#.."];
    let cell = 0.07 * side as f32;
    draw(side, seed, |x, y| {
        let (column, row) = ((x / cell + 5.5).floor(), (y / cell / 1.5 + 2.5).floor());
        let inside = (0.0..11.0).contains(&column) && (0.0..5.0).contains(&row);
        let set = inside && ROWS[row as usize].as_bytes()[column as usize] == b'#';
        f32::from(u8::from(set))
    })
}

/// A block that fades away to one side.
fn smoke(side: usize, seed: usize) -> Sprite {
    let unit = side as f32;
    draw(side, seed, |x, y| {
        let fade = 0.5 - x / unit * 2.2 + 0.2 * (y * 20.0 / unit).sin();
        let frame = (0.4 * unit - x.abs().max(y.abs())) / 3.0 + 0.5;
        fade.min(frame)
    })
}

/// Colours with some texture, and the given coverage of places around the middle.
fn draw(side: usize, seed: usize, coverage: impl Fn(f32, f32) -> f32) -> Sprite {
    let middle = side as f32 / 2.0;
    let places = (0..side * side).map(|index| (index % side, index / side));
    let pixels = places.map(|(x, y)| {
        let (x, y) = (x as f32 + 0.5 - middle, y as f32 + 0.5 - middle);
        let alpha = coverage(x, y).clamp(0.0, 1.0);
        let band = usize::from((x * 0.11).sin() + (y * 0.07).cos() > 0.6);
        let shade = 0.85 + 0.15 * (x * 0.23 + y * 0.31).sin();
        let [r, g, b] = PALETTE[(seed + 2 * band) % PALETTE.len()].map(|part| part * shade * alpha);
        [r, g, b, alpha]
    });
    Sprite { side, pixels: pixels.collect() }
}

impl Sprite {
    /// The pixel at a place that may lie between pixels or outside.
    pub fn at(&self, x: f32, y: f32) -> Pixel {
        let (left, top) = (x.floor(), y.floor());
        let reach = -1.0..self.side as f32;
        if !reach.contains(&left) || !reach.contains(&top) {
            return [0.0; 4];
        }
        let mut sum = [0.0; 4];
        for (column, row) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let weight = |offset: i32, place: f32, first: f32| {
                if offset == 0 { 1.0 - (place - first) } else { place - first }
            };
            let part = weight(column, x, left) * weight(row, y, top);
            let (column, row) = (left as i64 + i64::from(column), top as i64 + i64::from(row));
            let side = self.side as i64;
            if (0..side).contains(&column) && (0..side).contains(&row) {
                let pixel = self.pixels[(row * side + column) as usize];
                (0..4).for_each(|plane| sum[plane] += part * pixel[plane]);
            }
        }
        sum
    }
}
