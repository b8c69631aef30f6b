//! Which characters a face has glyphs for.

use cosmic_text::skrifa::{FontRef, MetadataProvider};

/// Characters of a face, as sorted ranges of scalar values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(Vec<(u32, u32)>);

impl Coverage {
    /// Reads a face's character map; a file without one covers nothing.
    pub fn of(data: &[u8], index: u32) -> Self {
        let Ok(font) = FontRef::from_index(data, index) else { return Self::default() };
        let mut chars: Vec<u32> = font.charmap().mappings().map(|(c, _)| c).collect();
        chars.sort_unstable();
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for c in chars {
            match ranges.last_mut() {
                Some((_, last)) if c <= *last + 1 => *last = c,
                _ => ranges.push((c, c)),
            }
        }
        Self(ranges)
    }

    pub fn has(&self, c: char) -> bool {
        let c = u32::from(c);
        let after = self.0.partition_point(|(first, _)| *first <= c);
        after > 0 && c <= self.0[after - 1].1
    }
}
