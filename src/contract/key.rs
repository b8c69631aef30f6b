//! How a green screen's own colour is told from its subject: measured once at ingest, read by
//! every render.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The key of a green screen, calibrated from the clip's own screen pixels.
///
/// Chroma is in steps of the stored 8-bit planes, with 128 as grey. The *key axis* points from
/// grey to the screen's chroma. `similarity` and `blend` are distances along it in the unit of
/// ffmpeg's `chromakey` (thousandths of `255·√2` steps), so that a person's experience with one
/// engine holds for the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct KeyCalibration {
    /// Chroma centre of the screen, 0 to 255, as stored in the clip.
    pub u: u32,
    pub v: u32,
    /// Luma of the screen, 0 to 255, as stored in the clip.
    pub y: u32,
    /// Spread of the screen's chroma around its centre, thousandths of a chroma step.
    pub spread_milli: u32,
    /// Distance from the screen's centre within which a pixel is wholly screen.
    pub similarity_milli: u32,
    /// Width of the soft edge beyond it.
    pub blend_milli: u32,
    /// The screen's colour by place, where light on it is too uneven for one colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plate: Option<ScreenPlate>,
}

/// A small picture of the empty screen: cells of equal size, row by row from the top left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScreenPlate {
    /// 1 to 16 each.
    pub columns: u32,
    pub rows: u32,
    /// Luma of the screen in each cell, 0 to 255.
    pub luma: Vec<u32>,
    /// Distance of the screen from grey along the key axis, thousandths of a chroma step, 1000 to
    /// 180000.
    pub chroma_milli: Vec<u32>,
}

impl KeyCalibration {
    /// A screen nearer to grey than this cannot be told from its subject, chroma steps.
    pub const LEAST_CHROMA: u32 = 8;

    /// The message names the field.
    pub fn check(&self) -> Result<(), String> {
        for (field, value) in [("u", self.u), ("v", self.v), ("y", self.y)] {
            if value > 255 {
                return Err(format!("{field}: {value} is over 255"));
            }
        }
        let squares = self.u.abs_diff(128).pow(2) + self.v.abs_diff(128).pow(2);
        if squares < Self::LEAST_CHROMA.pow(2) {
            return Err(format!("u: a screen of chroma {}, {} is grey", self.u, self.v));
        }
        for (field, value) in
            [("similarityMilli", self.similarity_milli), ("blendMilli", self.blend_milli)]
        {
            if value > 1000 {
                return Err(format!("{field}: {value} is over 1000"));
            }
        }
        self.plate.iter().try_for_each(|plate| plate.check().map_err(|m| format!("plate.{m}")))
    }
}

impl ScreenPlate {
    /// The plate of the same screen turned clockwise by 90, 180 or 270 degrees.
    #[must_use]
    pub fn turned(&self, degrees: u32) -> Self {
        let (columns, rows) = (self.columns as usize, self.rows as usize);
        let (wide, high) = if degrees % 180 == 90 { (rows, columns) } else { (columns, rows) };
        let from = |cell: usize| {
            let (x, y) = (cell % wide, cell / wide);
            let (column, row) = match degrees {
                90 => (y, rows - 1 - x),
                180 => (columns - 1 - x, rows - 1 - y),
                270 => (columns - 1 - y, x),
                _ => (x, y),
            };
            row * columns + column
        };
        let turn = |cells: &[u32]| (0..wide * high).map(|cell| cells[from(cell)]).collect();
        Self {
            columns: wide as u32,
            rows: high as u32,
            luma: turn(&self.luma),
            chroma_milli: turn(&self.chroma_milli),
        }
    }

    /// The message names the field.
    pub fn check(&self) -> Result<(), String> {
        let sides = 1..=16;
        if !sides.contains(&self.columns) || !sides.contains(&self.rows) {
            return Err(format!("columns: {}x{} is not 1 to 16", self.columns, self.rows));
        }
        let cells = (self.columns * self.rows) as usize;
        if self.luma.len() != cells || self.chroma_milli.len() != cells {
            return Err(format!("luma: {cells} cells need as many values"));
        }
        if self.luma.iter().any(|luma| *luma > 255) {
            return Err("luma: a cell is over 255".to_owned());
        }
        if self.chroma_milli.iter().any(|chroma| !(1000..=180_000).contains(chroma)) {
            return Err("chromaMilli: a cell is outside 1000 to 180000".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calibration() -> KeyCalibration {
        KeyCalibration {
            u: 105,
            v: 58,
            y: 120,
            spread_milli: 900,
            similarity_milli: 4,
            blend_milli: 200,
            plate: Some(ScreenPlate {
                columns: 2,
                rows: 1,
                luma: vec![110, 130],
                chroma_milli: vec![60_000, 74_000],
            }),
        }
    }

    #[test]
    fn a_plate_turns_with_its_clip() {
        // a b c      d a
        // d e f  →   e b   clockwise
        //            f c
        let plate = ScreenPlate {
            columns: 3,
            rows: 2,
            luma: vec![1, 2, 3, 4, 5, 6],
            chroma_milli: vec![1000; 6],
        };
        let turned = plate.turned(90);
        assert_eq!((turned.columns, turned.rows), (2, 3));
        assert_eq!(turned.luma, [4, 1, 5, 2, 6, 3]);
        assert_eq!(turned.turned(270), plate);
        assert_eq!(turned.turned(90), plate.turned(180));
        assert_eq!(plate.turned(0), plate);
    }

    #[test]
    fn out_of_bounds_is_refused_by_field() {
        assert_eq!(calibration().check(), Ok(()));
        let refused = |change: fn(&mut KeyCalibration)| {
            let mut changed = calibration();
            change(&mut changed);
            changed.check().unwrap_err()
        };
        assert!(refused(|k| (k.u, k.v) = (130, 125)).starts_with("u: "));
        assert!(refused(|k| k.blend_milli = 1001).starts_with("blendMilli: "));
        assert!(refused(|k| k.plate.as_mut().unwrap().rows = 2).starts_with("plate.luma: "));
        assert!(
            refused(|k| k.plate.as_mut().unwrap().chroma_milli[0] = 0)
                .starts_with("plate.chromaMilli: ")
        );
    }
}
