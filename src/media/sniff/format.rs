//! The formats that memebuild reads: a deliberate list, each with ffmpeg's name for its demuxer.

/// A format, as its first bytes tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// MP4, QuickTime and their kin: ISO 14496-12.
    Iso,
    /// Matroska and WebM.
    Matroska,
    /// RIFF with `AVI `.
    Avi,
    /// MPEG program stream.
    Mpeg,
    Gif,
    Png,
    Jpeg,
    Webp,
    Wav,
    /// MPEG audio, layers I to III, with or without an ID3 tag.
    Mp3,
    Ogg,
    Flac,
}

struct Row {
    format: Format,
    demuxer: &'static str,
    title: &'static str,
    extensions: &'static [&'static str],
}

macro_rules! row {
    ($format:ident, $demuxer:literal, $title:literal, $extensions:expr) => {
        Row { format: Format::$format, demuxer: $demuxer, title: $title, extensions: &$extensions }
    };
}

/// In the order of the enum. The first extension is the one given where a name has none.
const ROWS: [Row; 12] = [
    row!(
        Iso,
        "mov",
        "an MP4 or QuickTime file",
        ["mp4", "m4v", "mov", "m4a", "qt", "3gp", "3g2", "f4v", "m4b"]
    ),
    row!(Matroska, "matroska", "a Matroska or WebM file", ["mkv", "webm", "mka"]),
    row!(Avi, "avi", "an AVI film", ["avi"]),
    row!(Mpeg, "mpeg", "an MPEG program stream", ["mpg", "mpeg", "vob"]),
    row!(Gif, "gif", "a GIF", ["gif"]),
    row!(Png, "png_pipe", "a PNG picture", ["png", "apng"]),
    row!(Jpeg, "jpeg_pipe", "a JPEG picture", ["jpg", "jpeg", "jfif", "jpe"]),
    row!(Webp, "webp_pipe", "a WebP picture", ["webp"]),
    row!(Wav, "wav", "a WAV sound", ["wav", "wave"]),
    row!(Mp3, "mp3", "MPEG audio", ["mp3", "mp2", "mpga"]),
    row!(Ogg, "ogg", "an Ogg file", ["ogg", "oga", "ogv", "opus", "spx"]),
    row!(Flac, "flac", "a FLAC sound", ["flac"]),
];

impl Format {
    /// All that memebuild reads.
    pub const ALL: [Self; 12] = [
        Self::Iso,
        Self::Matroska,
        Self::Avi,
        Self::Mpeg,
        Self::Gif,
        Self::Png,
        Self::Jpeg,
        Self::Webp,
        Self::Wav,
        Self::Mp3,
        Self::Ogg,
        Self::Flac,
    ];

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// ffmpeg's name for the demuxer.
    pub fn demuxer(self) -> &'static str {
        self.row().demuxer
    }

    /// What people call it, with its article.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    /// Endings that a file of this format may have, the most usual first.
    pub fn extensions(self) -> &'static [&'static str] {
        self.row().extensions
    }

    /// The format that an ending promises, in any case.
    pub fn of_extension(extension: &str) -> Option<Self> {
        let row = ROWS
            .iter()
            .find(|row| row.extensions.iter().any(|known| known.eq_ignore_ascii_case(extension)));
        row.map(|row| row.format)
    }

    /// The format with this demuxer.
    pub fn of_demuxer(demuxer: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.demuxer() == demuxer)
    }

    /// Whether it can only be one picture.
    pub fn is_still(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Webp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for format in Format::ALL {
            assert_eq!(format.row().format, format);
            assert_eq!(Format::of_demuxer(format.demuxer()), Some(format));
            for extension in format.extensions() {
                assert_eq!(Format::of_extension(&extension.to_uppercase()), Some(format));
            }
        }
    }
}
