//! The one way in which captions are written as PNG, so that the same picture has the same bytes.

use super::compose::Bitmap;
use crate::diagnostic::Diagnostic;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

impl Bitmap {
    /// PNG, eight-bit RGBA, fixed filter and compression, no metadata.
    ///
    /// # Errors
    /// None for a picture with pixels; the encoder's own otherwise.
    pub fn to_png(&self) -> Result<Vec<u8>, Diagnostic> {
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Up)
            .write_image(&self.rgba, self.width, self.height, ExtendedColorType::Rgba8)
            .map_err(|e| {
                Diagnostic::error("caption-png", format!("cannot write the caption: {e}"))
            })?;
        Ok(png)
    }
}
