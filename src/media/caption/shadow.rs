//! Blurring a mask: three box filters in a row, which come close to a Gaussian, in integers.

/// Blurs a mask of `width` columns so that nothing reaches further than `reach` pixels.
pub fn blur(mask: &mut [u8], width: usize, reach: u32) {
    if width == 0 || reach == 0 {
        return;
    }
    let height = mask.len() / width;
    // Sixteen bits between the passes, so that a wide blur has no steps.
    let mut wide: Vec<u16> = mask.iter().map(|m| u16::from(*m) * 257).collect();
    let mut other = vec![0u16; wide.len()];
    for pass in 0..3 {
        let radius = ((reach + pass) / 3) as usize;
        if radius > 0 {
            for (from, to) in wide.chunks_exact(width).zip(other.chunks_exact_mut(width)) {
                row(from, to, radius);
            }
            columns(&other, &mut wide, width, height, radius);
        }
    }
    for (mask, wide) in mask.iter_mut().zip(&wide) {
        *mask = ((u32::from(*wide) + 128) / 257) as u8;
    }
}

fn row(from: &[u16], to: &mut [u16], radius: usize) {
    let box_width = 2 * radius as u32 + 1;
    let mut sum: u32 = from.iter().take(radius).map(|v| u32::from(*v)).sum();
    for x in 0..from.len() {
        sum += from.get(x + radius).map_or(0, |v| u32::from(*v));
        to[x] = (sum / box_width) as u16;
        sum -= if x >= radius { u32::from(from[x - radius]) } else { 0 };
    }
}

/// The same downwards, a row at a time so that memory is read in its order.
fn columns(from: &[u16], to: &mut [u16], width: usize, height: usize, radius: usize) {
    let box_width = 2 * radius as u32 + 1;
    let mut sums = vec![0u32; width];
    let line = |y: usize| &from[y * width..(y + 1) * width];
    for y in 0..radius.min(height) {
        sums.iter_mut().zip(line(y)).for_each(|(sum, v)| *sum += u32::from(*v));
    }
    for y in 0..height {
        if y + radius < height {
            sums.iter_mut().zip(line(y + radius)).for_each(|(sum, v)| *sum += u32::from(*v));
        }
        let out = &mut to[y * width..(y + 1) * width];
        out.iter_mut().zip(&sums).for_each(|(out, sum)| *out = (sum / box_width) as u16);
        if y >= radius {
            sums.iter_mut().zip(line(y - radius)).for_each(|(sum, v)| *sum -= u32::from(*v));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::blur;

    #[test]
    fn a_dot_spreads_evenly_and_no_further_than_asked() {
        let (width, reach) = (21, 6);
        let mut mask = vec![0u8; width * width];
        for y in 8..13 {
            for x in 8..13 {
                mask[y * width + x] = 255;
            }
        }
        blur(&mut mask, width, reach);
        let at = |x: usize, y: usize| mask[y * width + x];
        assert!(at(10, 10) > at(6, 10) && at(6, 10) > 0 && at(6, 10) == at(14, 10));
        assert_eq!(at(6, 10), at(10, 6));
        assert!((0..width).all(|y| at(1, y) == 0 && at(19, y) == 0));
    }
}
