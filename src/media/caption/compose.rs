//! Layers of one colour and one mask each become a picture.

use crate::contract::caption::Rgba;
use crate::contract::geometry::{Rect, Size};

/// A picture: straight RGBA, rows from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

impl Bitmap {
    /// Wholly transparent.
    pub fn blank(size: Size) -> Self {
        let rgba = vec![0; size.width as usize * size.height as usize * 4];
        Self { width: size.width, height: size.height, rgba }
    }

    /// The exact box of all pixels that are not wholly transparent.
    pub fn ink(&self) -> Option<Rect> {
        let mut ink = Bounds::default();
        let width = self.width as usize;
        for (y, row) in self.rgba.chunks_exact(width * 4).enumerate() {
            let visible = |x: &usize| row[x * 4 + 3] > 0;
            if let Some(first) = (0..width).find(visible) {
                let last = (first..width).rev().find(visible).unwrap_or(first);
                ink.add(first as i32, y as i32);
                ink.add(last as i32, y as i32);
            }
        }
        ink.rect()
    }
}

/// A box that grows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds(Option<(i32, i32, i32, i32)>);

impl Bounds {
    pub fn add(&mut self, x: i32, y: i32) {
        let (x0, y0, x1, y1) = self.0.unwrap_or((x, y, x, y));
        self.0 = Some((x0.min(x), y0.min(y), x1.max(x), y1.max(y)));
    }

    pub fn rect(&self) -> Option<Rect> {
        self.0.map(|(x0, y0, x1, y1)| Rect {
            x: x0,
            y: y0,
            width: (x1 - x0 + 1) as u32,
            height: (y1 - y0 + 1) as u32,
        })
    }
}

/// The area and a margin around it, in which masks are drawn so that what is cut off is known and
/// what lies outside can still throw its shadow inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    pub area: Size,
    pub margin: u32,
}

impl Grid {
    pub fn width(&self) -> u32 {
        self.area.width + 2 * self.margin
    }

    pub fn height(&self) -> u32 {
        self.area.height + 2 * self.margin
    }

    pub fn mask(&self) -> Vec<u8> {
        vec![0; self.width() as usize * self.height() as usize]
    }
}

/// One colour, seen through a mask of the grid that is shifted by `dx`, `dy`.
pub struct Layer<'a> {
    pub mask: &'a [u8],
    pub color: Rgba,
    pub dx: i32,
    pub dy: i32,
}

/// Lays the layers over each other, then the pictures (premultiplied RGBA of the grid), and cuts
/// the area out. Also says whether anything visible was cut off.
pub fn compose(grid: Grid, layers: &[Layer<'_>], pictures: Option<&[u8]>) -> (Bitmap, bool) {
    let (width, height) = (grid.width() as i32, grid.height() as i32);
    let margin = grid.margin as i32;
    let size = grid.area;
    let mut rgba = vec![0; size.width as usize * size.height as usize * 4];
    let mut cut = false;
    for y in 0..height {
        let rows: Vec<_> =
            layers.iter().filter_map(|layer| Row::of(layer, y, width, height)).collect();
        let pictures =
            pictures.map(|p| &p[(y * width) as usize * 4..((y + 1) * width) as usize * 4]);
        let inside_y = (margin..margin + size.height as i32).contains(&y);
        for x in 0..width {
            let pixel = blend(&rows, pictures, x);
            if pixel[3] == 0 {
                continue;
            }
            if inside_y && (margin..margin + size.width as i32).contains(&x) {
                let row = (y - margin) as usize * size.width as usize;
                let at = (row + (x - margin) as usize) * 4;
                rgba[at..at + 4].copy_from_slice(&pixel);
            } else {
                cut = true;
            }
        }
    }
    (Bitmap { width: size.width, height: size.height, rgba }, cut)
}

/// A layer's row: coverage by x from `from` on.
struct Row<'a> {
    mask: &'a [u8],
    from: i32,
    color: [f32; 3],
    alpha: f32,
}

impl<'a> Row<'a> {
    fn of(layer: &Layer<'a>, y: i32, width: i32, height: i32) -> Option<Self> {
        let source = y - layer.dy;
        if !(0..height).contains(&source) {
            return None;
        }
        let mask = &layer.mask[(source * width) as usize..((source + 1) * width) as usize];
        let Rgba(r, g, b, a) = layer.color;
        (a > 0 && mask.iter().any(|m| *m > 0)).then(|| Self {
            mask,
            from: layer.dx,
            color: [r, g, b].map(f32::from),
            alpha: f32::from(a) / (255.0 * 255.0),
        })
    }
}

fn blend(rows: &[Row<'_>], pictures: Option<&[u8]>, x: i32) -> [u8; 4] {
    let mut color = [0.0f32; 3];
    let mut alpha = 0.0f32;
    for row in rows {
        let coverage = usize::try_from(x - row.from).ok().and_then(|x| row.mask.get(x));
        let Some(coverage) = coverage.filter(|coverage| **coverage > 0) else { continue };
        let over = f32::from(*coverage) * row.alpha;
        for (below, above) in color.iter_mut().zip(row.color) {
            *below = *below * (1.0 - over) + above * over;
        }
        alpha = alpha * (1.0 - over) + over;
    }
    if let Some(pictures) = pictures {
        let pixel = &pictures[x as usize * 4..x as usize * 4 + 4];
        if pixel[3] > 0 {
            let over = f32::from(pixel[3]) / 255.0;
            for (below, above) in color.iter_mut().zip(pixel) {
                *below = *below * (1.0 - over) + f32::from(*above);
            }
            alpha = alpha * (1.0 - over) + over;
        }
    }
    let opaque = (alpha * 255.0).round() as u8;
    if opaque == 0 {
        return [0; 4];
    }
    let [r, g, b] = color.map(|c| (c / alpha).round().clamp(0.0, 255.0) as u8);
    [r, g, b, opaque]
}
