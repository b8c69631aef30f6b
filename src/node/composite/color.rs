//! A screen's colour as people write it, as it is stored in a clip.

/// Luma, blue and red difference of an sRGB colour in limited range: by BT.709 for clips of 720
/// lines or more, else by BT.601, as players take them.
pub(super) fn screen_of(rgb: [u8; 3], lines: u32) -> (u32, u32, u32) {
    // Weights of red and blue in the luma, ten-thousandths.
    let (red, blue) = if lines >= 720 { (2126, 722) } else { (2990, 1140) };
    let green = 10_000 - red - blue;
    let [r, g, b] = rgb.map(i64::from);
    // Luma in ten-thousandths of 255.
    let luma = red * r + green * g + blue * b;
    let nearest = |num: i64, den: i64| (num * 2 + den * num.signum()) / (den * 2);
    let y = 16 + nearest(luma * 219, 2_550_000);
    let u = 128 + nearest((b * 10_000 - luma) * 112, 255 * (10_000 - blue));
    let v = 128 + nearest((r * 10_000 - luma) * 112, 255 * (10_000 - red));
    let byte = |value: i64| u32::try_from(value.clamp(0, 255)).unwrap_or(0);
    (byte(y), byte(u), byte(v))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_stored_as_films_store_them() {
        assert_eq!(screen_of([255, 255, 255], 1080), (235, 128, 128));
        assert_eq!(screen_of([0, 0, 0], 480), (16, 128, 128));
        assert_eq!(screen_of([0, 255, 0], 480), (145, 54, 34));
        assert_eq!(screen_of([0, 255, 0], 1080), (173, 42, 26));
        assert_eq!(screen_of([0, 0, 255], 480), (41, 240, 110));
    }
}
