//! A key calibration in the colours of another standard.
//!
//! Clips of standard definition code their colours by BT.601, films by BT.709. The change from one
//! to the other is linear, and chroma depends on chroma alone: so a clip can be changed before it
//! is keyed, if the calibration that was measured in it is changed alike.

use crate::contract::key::{KeyCalibration, ScreenPlate};

/// What a step of blue and of red difference in BT.601 adds to luma, blue and red difference in
/// BT.709, hundred-millionths.
const FROM_BLUE: [i64; 3] = [-11_554_975, 101_863_972, 7_504_945];
const FROM_RED: [i64; 3] = [-20_793_764, 11_461_795, 102_532_707];
const ONE: i64 = 100_000_000;

/// Luma, blue and red difference that a chroma in BT.601 adds in BT.709, in hundred-millionths.
fn changed(blue: i64, red: i64) -> [i64; 3] {
    std::array::from_fn(|part| FROM_BLUE[part] * blue + FROM_RED[part] * red)
}

fn nearest(value: i64, den: i64) -> i64 {
    (value + value.signum() * den / 2) / den
}

fn byte(value: i64) -> u32 {
    u32::try_from(value.clamp(0, 255)).unwrap_or(0)
}

/// The calibration of a BT.601 clip for the same clip in BT.709.
pub fn to_bt709(key: &KeyCalibration) -> KeyCalibration {
    let (blue, red) = (i64::from(key.u) - 128, i64::from(key.v) - 128);
    let [luma, u, v] = changed(blue, red);
    // How much longer the key axis becomes, thousandths, and what luma gains along it.
    let length = |a: i64, b: i64| (a * a + b * b).isqrt();
    let before = length(blue * 1000, red * 1000).max(1);
    let stretch_milli = nearest(length(u / 1000, v / 1000) * 10, before);
    let plate = key.plate.as_ref().map(|plate| {
        let along = |chroma_milli: u32| i64::from(chroma_milli);
        let luma_of = |(y, chroma): (&u32, &u32)| {
            // The cell's chroma lies on the axis: its share of the centre's adds that of the luma.
            let gained = nearest(luma / 1000 * along(*chroma), before * (ONE / 1000));
            byte(i64::from(*y) + gained)
        };
        let longer = |chroma: &u32| {
            let stretched = nearest(along(*chroma) * stretch_milli, 1000);
            u32::try_from(stretched.clamp(1000, 180_000)).unwrap_or(180_000)
        };
        ScreenPlate {
            luma: plate.luma.iter().zip(&plate.chroma_milli).map(luma_of).collect(),
            chroma_milli: plate.chroma_milli.iter().map(longer).collect(),
            ..plate.clone()
        }
    });
    let longer = |milli: u32| {
        let stretched = nearest(i64::from(milli) * stretch_milli, 1000);
        u32::try_from(stretched.clamp(0, 1000)).unwrap_or(1000)
    };
    KeyCalibration {
        similarity_milli: longer(key.similarity_milli),
        blend_milli: longer(key.blend_milli),
        u: byte(128 + nearest(u, ONE)),
        v: byte(128 + nearest(v, ONE)),
        y: byte(i64::from(key.y) + nearest(luma, ONE)),
        plate,
        ..key.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn green(plate: Option<ScreenPlate>) -> KeyCalibration {
        KeyCalibration {
            u: 54,
            v: 34,
            y: 145,
            spread_milli: 500,
            similarity_milli: 100,
            blend_milli: 80,
            plate,
        }
    }

    #[test]
    fn pure_green_stays_pure_green() {
        let changed = to_bt709(&green(None));
        assert_eq!((changed.y, changed.u, changed.v), (173, 42, 26));
        assert_eq!((changed.similarity_milli, changed.blend_milli), (112, 89));
    }

    #[test]
    fn a_plate_follows_its_screen() {
        // Of the very colour of the centre: √(74² + 94²) steps from grey.
        let plate =
            ScreenPlate { columns: 1, rows: 1, luma: vec![145], chroma_milli: vec![119_633] };
        let changed = to_bt709(&green(Some(plate))).plate.unwrap();
        assert_eq!(changed.luma, [173]);
        // √(86² + 102²) steps.
        assert!(changed.chroma_milli[0].abs_diff(133_400) < 700, "{:?}", changed.chroma_milli);
    }
}
