//! H.264 sequence parameter sets (ITU-T H.264, 7.3.2.1): size, chroma, depth, aspect, colour.

use crate::contract::units::Rational;

/// What a sequence parameter set says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sps {
    /// Size after cropping.
    pub width: u32,
    pub height: u32,
    /// `chroma_format_idc`: 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    chroma: u32,
    depth: u32,
    full_range: bool,
    /// Absent where it says nothing.
    pub pixel_aspect: Option<Rational>,
    /// Primaries, transfer, matrix, full range.
    pub color: Option<[u32; 4]>,
}

impl Sps {
    /// ffmpeg's name; empty for the rare ones.
    pub fn pixel_format(&self) -> String {
        let layout = match self.chroma {
            1 => "420",
            2 => "422",
            // With matrix 0 the three planes are green, blue and red.
            3 if self.color.is_none_or(|color| color[2] != 0) => "444",
            _ => return String::new(),
        };
        match self.depth {
            8 => format!("yuv{}{layout}p", if self.full_range { "j" } else { "" }),
            9 | 10 => format!("yuv{layout}p{}le", self.depth),
            _ => String::new(),
        }
    }
}

/// Bits of a payload from which the emulation prevention bytes were taken.
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    fn new(payload: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(payload.len());
        let mut zeros = 0;
        for byte in payload {
            if zeros >= 2 && *byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if *byte == 0 { zeros + 1 } else { 0 };
            bytes.push(*byte);
        }
        Self { bytes, at: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u32::from(bit))
    }

    fn bits(&mut self, n: u32) -> Option<u32> {
        (0..n).try_fold(0, |value, _| Some(value << 1 | self.bit()?))
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.bit()? == 1)
    }

    /// Unsigned Exp-Golomb, below 2³¹.
    fn ue(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 30 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.bits(zeros)?)
    }

    fn se(&mut self) -> Option<i32> {
        let value = self.ue()?.cast_signed();
        Some(if value % 2 == 0 { -(value / 2) } else { value / 2 + 1 })
    }
}

/// Reads one; none if it is damaged or longer than the format allows.
pub fn read(nal: &[u8]) -> Option<Sps> {
    let (header, payload) = nal.split_first()?;
    if header & 0x1f != 7 {
        return None;
    }
    let mut bits = Bits::new(payload);
    let profile = bits.bits(8)?;
    bits.bits(16)?;
    bits.ue()?;
    let (mut chroma, mut depth) = (1, 8);
    let mut separate = false;
    if matches!(profile, 100 | 110 | 122 | 244 | 44 | 83 | 86 | 118 | 128 | 138 | 139 | 134 | 135) {
        chroma = bits.ue()?;
        if chroma == 3 {
            separate = bits.flag()?;
        }
        depth = bits.ue()?.checked_add(8)?;
        bits.ue()?;
        bits.flag()?;
        if bits.flag()? {
            scaling_lists(&mut bits, if chroma == 3 { 12 } else { 8 })?;
        }
    }
    bits.ue()?;
    match bits.ue()? {
        0 => drop(bits.ue()?),
        1 => {
            bits.flag()?;
            bits.se()?;
            bits.se()?;
            let cycle = bits.ue()?;
            if cycle > 255 {
                return None;
            }
            for _ in 0..cycle {
                bits.se()?;
            }
        }
        _ => {}
    }
    bits.ue()?;
    bits.flag()?;
    let width = (bits.ue()?.checked_add(1)?).checked_mul(16)?;
    let units = bits.ue()?.checked_add(1)?;
    let frames_only = bits.flag()?;
    if !frames_only {
        bits.flag()?;
    }
    let height = units.checked_mul(if frames_only { 16 } else { 32 })?;
    bits.flag()?;
    let (mut across, mut down) = (0u32, 0u32);
    if bits.flag()? {
        let (left, right, top, bottom) = (bits.ue()?, bits.ue()?, bits.ue()?, bits.ue()?);
        let (unit_x, unit_y) = match (chroma, separate) {
            (1, _) => (2, 2),
            (2, _) => (2, 1),
            _ => (1, 1),
        };
        across = left.checked_add(right)?.checked_mul(unit_x)?;
        let unit_y = if frames_only { unit_y } else { unit_y * 2 };
        down = top.checked_add(bottom)?.checked_mul(unit_y)?;
    }
    let mut sps = Sps {
        width: width.checked_sub(across)?,
        height: height.checked_sub(down)?,
        chroma,
        depth,
        full_range: false,
        pixel_aspect: None,
        color: None,
    };
    if bits.flag()? {
        vui(&mut bits, &mut sps)?;
    }
    (sps.width > 0 && sps.height > 0).then_some(sps)
}

fn scaling_lists(bits: &mut Bits, lists: u32) -> Option<()> {
    for list in 0..lists {
        if !bits.flag()? {
            continue;
        }
        let (mut last, mut next) = (8i32, 8i32);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = (last + bits.se()?).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
    }
    Some(())
}

/// The head of the VUI: aspect and colour.
fn vui(bits: &mut Bits, sps: &mut Sps) -> Option<()> {
    const ASPECTS: [(u32, u32); 17] = [
        (0, 1),
        (1, 1),
        (12, 11),
        (10, 11),
        (16, 11),
        (40, 33),
        (24, 11),
        (20, 11),
        (32, 11),
        (80, 33),
        (18, 11),
        (15, 11),
        (64, 33),
        (160, 99),
        (4, 3),
        (3, 2),
        (2, 1),
    ];
    if bits.flag()? {
        let (width, height) = match bits.bits(8)? {
            255 => (bits.bits(16)?, bits.bits(16)?),
            index => ASPECTS.get(index as usize).copied().unwrap_or((0, 1)),
        };
        if width > 0 && height > 0 {
            sps.pixel_aspect = Some(Rational::new(width, height));
        }
    }
    if bits.flag()? {
        bits.flag()?;
    }
    if bits.flag()? {
        bits.bits(3)?;
        sps.full_range = bits.flag()?;
        if bits.flag()? {
            let range = u32::from(sps.full_range);
            sps.color = Some([bits.bits(8)?, bits.bits(8)?, bits.bits(8)?, range]);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(mut nal in proptest::collection::vec(any::<u8>(), 1..200)) {
            nal[0] = 0x67;
            let _ = read(&nal);
        }
    }
}
