//! First bytes: of what memebuild reads, and of what it refuses by name.

use super::Format;
use super::bad;
use crate::diagnostic::Diagnostic;

/// Something that is not read, and what may be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// With its article: `an HLS playlist`.
    what: &'static str,
    class: Class,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A text that tells a player to open other files.
    Playlist,
    /// A page or text where media should be.
    Text,
    /// Media, of a format that is not on the list.
    Media,
    /// A picture, of a format that is not on the list.
    Picture,
    /// Anything else.
    Other,
}

impl Refusal {
    const fn new(what: &'static str, class: Class) -> Self {
        Self { what, class }
    }

    /// For people, with the file's name.
    pub fn diagnose(self, name: &str) -> Diagnostic {
        let d = bad(format!("`{name}` is {}, not a media file that memebuild reads", self.what));
        match self.class {
            Class::Playlist => d
                .note("it would make a player open other files, so it was not given to ffmpeg")
                .hint("use the media file that it points to"),
            Class::Text => d
                .note("a download may have saved an error page or a link in place of the media")
                .hint("fetch it again, or take it out of the folder"),
            Class::Media => d.hint("convert it first: `ffmpeg -i FILE OUT.mp4`, or `OUT.flac`"),
            Class::Picture => d.hint("convert it to PNG or JPEG first"),
            Class::Other => d.hint("take it out of the folder, or fetch it again"),
        }
    }
}

/// Where the bytes after an ID3v2 tag start, if the head is one.
pub fn id3_length(head: &[u8]) -> Option<u64> {
    let header = head.get(..10)?;
    if !header.starts_with(b"ID3") || header[6..].iter().any(|b| b & 0x80 != 0) {
        return None;
    }
    let size = header[6..].iter().fold(0u64, |size, b| size << 7 | u64::from(*b));
    let footer = if header[5] & 0x10 == 0 { 0 } else { 10 };
    Some(10 + size + footer)
}

/// Decides by a file's first bytes, and by those after its ID3 tag where it has one.
pub fn decide(head: &[u8], after_tag: &[u8]) -> Result<Format, Refusal> {
    if id3_length(head).is_some() {
        return match after_tag {
            audio if audio.starts_with(b"fLaC") => Ok(Format::Flac),
            audio if is_mpeg_audio(audio) => Ok(Format::Mp3),
            _ => Err(Refusal::new("an ID3 tag without sound after it", Class::Other)),
        };
    }
    if let Some(brand) = iso_brand(head) {
        return match brand {
            b"heic" | b"heix" | b"mif1" | b"msf1" | b"hevc" => {
                Err(Refusal::new("a HEIC picture", Class::Picture))
            }
            b"avif" | b"avis" => Err(Refusal::new("an AVIF picture", Class::Picture)),
            b"crx " => Err(Refusal::new("a raw camera picture", Class::Picture)),
            _ => Ok(Format::Iso),
        };
    }
    if let Some(format) = simple(head) {
        return Ok(format);
    }
    Err(refusal(head))
}

/// Formats that a fixed prefix tells.
fn simple(head: &[u8]) -> Option<Format> {
    let riff = |form: &[u8]| {
        (head.starts_with(b"RIFF") || head.starts_with(b"RF64")) && head.get(8..12) == Some(form)
    };
    Some(match head {
        _ if head.starts_with(b"\x89PNG\r\n\x1a\n") => Format::Png,
        _ if head.starts_with(b"\xff\xd8\xff") => Format::Jpeg,
        _ if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") => Format::Gif,
        _ if riff(b"WEBP") => Format::Webp,
        _ if riff(b"WAVE") => Format::Wav,
        _ if riff(b"AVI ") => Format::Avi,
        _ if head.starts_with(b"\x1a\x45\xdf\xa3") => Format::Matroska,
        _ if head.starts_with(b"OggS\0") => Format::Ogg,
        _ if head.starts_with(b"fLaC") => Format::Flac,
        _ if head.starts_with(b"\0\0\x01\xba") => Format::Mpeg,
        _ if is_mpeg_audio(head) => Format::Mp3,
        _ => return None,
    })
}

/// The major brand of an ISO file; of one without `ftyp` (old QuickTime), the first box's type.
fn iso_brand(head: &[u8]) -> Option<&[u8]> {
    let size = u32::from_be_bytes(head.get(..4)?.try_into().ok()?);
    let kind = head.get(4..8)?;
    let plausible = size >= 8 || size <= 1;
    match kind {
        b"ftyp" if plausible => Some(head.get(8..12).unwrap_or(b"")),
        b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot" | b"styp" if plausible => {
            Some(kind)
        }
        _ => None,
    }
}

/// Whether MPEG audio frames follow one another, after zeros that some encoders leave.
fn is_mpeg_audio(bytes: &[u8]) -> bool {
    let start = bytes.iter().position(|b| *b != 0).unwrap_or(0);
    let bytes = &bytes[start..];
    let Some(length) = mpeg_frame_length(bytes) else { return false };
    match bytes.get(length..) {
        // A frame is at most 2,881 bytes, so a head of 4,096 holds the next one's start.
        Some(next) if next.len() >= 4 => mpeg_frame_length(next).is_some(),
        // Nothing but one frame: a very short sound.
        _ => true,
    }
}

/// Length in bytes of the MPEG audio frame whose header this is.
fn mpeg_frame_length(bytes: &[u8]) -> Option<usize> {
    /// kbit/s by version (1, then 2 and 2.5), layer (I, II, III) and index.
    const RATES: [[[usize; 16]; 3]; 2] = [
        [
            [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0],
            [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0],
            [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
        ],
        [
            [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0],
            [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
            [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
        ],
    ];
    let [b0, b1, b2, _] = *bytes.first_chunk::<4>()?;
    if b0 != 0xff || b1 & 0xe0 != 0xe0 {
        return None;
    }
    let (low, divisor) = match b1 >> 3 & 3 {
        0 => (true, 4),
        2 => (true, 2),
        3 => (false, 1),
        _ => return None,
    };
    let layer = match b1 >> 1 & 3 {
        3 => 0,
        2 => 1,
        1 => 2,
        _ => return None,
    };
    let kbits = RATES[usize::from(low)][layer][usize::from(b2 >> 4)];
    let hertz = [44_100, 48_000, 32_000].get(usize::from(b2 >> 2 & 3))? / divisor;
    let padding = usize::from(b2 >> 1 & 1);
    if kbits == 0 {
        return None;
    }
    Some(match layer {
        0 => (12 * kbits * 1000 / hertz + padding) * 4,
        2 if low => 72 * kbits * 1000 / hertz + padding,
        _ => 144 * kbits * 1000 / hertz + padding,
    })
}

/// Names what was refused.
fn refusal(head: &[u8]) -> Refusal {
    const BINARY: [(usize, &[u8], Refusal); 25] = [
        (0, b"\x7fELF", Refusal::new("a program (ELF)", Class::Other)),
        (0, b"MZ", Refusal::new("a program (Windows)", Class::Other)),
        (0, b"PK\x03\x04", Refusal::new("a ZIP archive", Class::Other)),
        (0, b"\x1f\x8b", Refusal::new("a gzip archive", Class::Other)),
        (0, b"7z\xbc\xaf", Refusal::new("a 7z archive", Class::Other)),
        (0, b"Rar!", Refusal::new("a RAR archive", Class::Other)),
        (0, b"%PDF", Refusal::new("a PDF document", Class::Other)),
        (0, b"FLV", Refusal::new("a Flash film", Class::Media)),
        (0, b"\x30\x26\xb2\x75", Refusal::new("a Windows Media file", Class::Media)),
        (0, b"FORM", Refusal::new("an AIFF sound", Class::Media)),
        (0, b"MThd", Refusal::new("a MIDI file, which holds notes and no sound", Class::Other)),
        (0, b"#!AMR", Refusal::new("an AMR sound", Class::Media)),
        (0, b"caff", Refusal::new("a CAF sound", Class::Media)),
        (0, b".RMF", Refusal::new("a RealMedia file", Class::Media)),
        (0, b"\0\0\x01\xb3", Refusal::new("a bare MPEG video stream", Class::Media)),
        (0, b"\0\0\0\x01", Refusal::new("a bare H.264 or HEVC stream", Class::Media)),
        (0, b"DKIF", Refusal::new("an IVF film", Class::Media)),
        (0, b"BM", Refusal::new("a BMP picture", Class::Picture)),
        (0, b"II*\0", Refusal::new("a TIFF picture", Class::Picture)),
        (0, b"MM\0*", Refusal::new("a TIFF picture", Class::Picture)),
        (0, b"8BPS", Refusal::new("a Photoshop document", Class::Picture)),
        (0, b"\xff\x0a", Refusal::new("a JPEG XL picture", Class::Picture)),
        (4, b"JXL ", Refusal::new("a JPEG XL picture", Class::Picture)),
        (4, b"jP  ", Refusal::new("a JPEG 2000 picture", Class::Picture)),
        (0, b"gimp xcf", Refusal::new("a GIMP document", Class::Picture)),
    ];
    if head.iter().all(|b| *b == 0) {
        return Refusal::new("nothing but zero bytes", Class::Other);
    }
    for (at, magic, refusal) in BINARY {
        if head.get(at..).is_some_and(|rest| rest.starts_with(magic)) {
            return refusal;
        }
    }
    if head.first() == Some(&0x47) && head.get(188).is_none_or(|b| *b == 0x47) && head.len() > 188 {
        return Refusal::new("an MPEG transport stream", Class::Media);
    }
    if head.len() > 7 && head[0] == 0xff && head[1] & 0xf6 == 0xf0 {
        return Refusal::new("a bare AAC stream", Class::Media);
    }
    match text_of(head) {
        Some(text) => text_refusal(&text),
        None => Refusal::new("a file of no known kind", Class::Other),
    }
}

/// The head as text, lower case, without byte order mark and leading blanks; none if it is binary.
fn text_of(head: &[u8]) -> Option<String> {
    let utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let bytes: Vec<u8> = if utf16 {
        head[2..].iter().copied().filter(|b| *b != 0).collect()
    } else {
        head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).to_vec()
    };
    let binary = |b: &&u8| **b < 0x20 && !b"\t\n\r\x0c\x1b".contains(b);
    if bytes.iter().filter(binary).count() > 0 {
        return None;
    }
    Some(String::from_utf8_lossy(&bytes).trim_start().to_lowercase())
}

fn text_refusal(text: &str) -> Refusal {
    const STARTS: [(&str, Refusal); 8] = [
        ("#extm3u", Refusal::new("an HLS playlist", Class::Playlist)),
        ("ffconcat", Refusal::new("an ffconcat list", Class::Playlist)),
        ("v=0", Refusal::new("an SDP session description", Class::Playlist)),
        ("[playlist]", Refusal::new("a PLS playlist", Class::Playlist)),
        ("[reference]", Refusal::new("an ASX playlist", Class::Playlist)),
        ("rtsptext", Refusal::new("a QuickTime link", Class::Playlist)),
        ("file '", Refusal::new("an ffconcat list", Class::Playlist)),
        (";ffmetadata", Refusal::new("an ffmetadata text", Class::Text)),
    ];
    const TAGS: [(&str, Refusal); 6] = [
        ("<mpd", Refusal::new("a DASH manifest", Class::Playlist)),
        ("<smoothstreamingmedia", Refusal::new("a Smooth Streaming manifest", Class::Playlist)),
        ("<asx", Refusal::new("an ASX playlist", Class::Playlist)),
        ("<svg", Refusal::new("an SVG picture", Class::Picture)),
        ("<html", Refusal::new("a web page", Class::Text)),
        ("<!doctype html", Refusal::new("a web page", Class::Text)),
    ];
    for (start, refusal) in STARTS {
        if text.starts_with(start) {
            return refusal;
        }
    }
    if text.starts_with('<') {
        for (tag, refusal) in TAGS {
            if text.contains(tag) {
                return refusal;
            }
        }
        return Refusal::new("an XML text", Class::Text);
    }
    // A playlist may begin with comments.
    if text.lines().any(|line| line.trim_start().starts_with("#ext-x-")) {
        return Refusal::new("an HLS playlist", Class::Playlist);
    }
    match text.chars().next() {
        None => Refusal::new("nothing but blanks", Class::Text),
        Some('{' | '[') => Refusal::new("a JSON text", Class::Text),
        Some(_) => Refusal::new("a text", Class::Text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn what(head: &[u8]) -> &'static str {
        decide(head, b"").map_or_else(|refusal| refusal.what, Format::demuxer)
    }

    #[test]
    fn first_bytes_decide() {
        let mp3: Vec<u8> =
            [0xff, 0xfb, 0x90, 0].into_iter().chain([0; 413]).cycle().take(900).collect();
        let table: [(&[u8], &str); 14] = [
            (b"\0\0\0\x18ftypmp42\0\0\0\0", "mov"),
            (b"\0\0\0\x08wide\0\0\x10\0mdat", "mov"),
            (b"\0\0\0\x18ftypheic", "a HEIC picture"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "wav"),
            (&mp3, "mp3"),
            (b"#EXTM3U\n/etc/passwd", "an HLS playlist"),
            (b"\xef\xbb\xbf\n #EXTM3U\n", "an HLS playlist"),
            (b"# hello\n#EXT-X-VERSION:3\n", "an HLS playlist"),
            (b"<?xml version=\"1.0\"?>\n<MPD xmlns=\"x\">", "a DASH manifest"),
            (b"ffconcat version 1.0\nfile x", "an ffconcat list"),
            (b"v=0\r\no=- 0 0 IN IP4 127.0.0.1", "an SDP session description"),
            (b"<!DOCTYPE html><title>404</title>", "a web page"),
            (b"\0\0\0\0\0\0\0\0", "nothing but zero bytes"),
            (b"\x7fELF\x02\x01", "a program (ELF)"),
        ];
        for (head, expected) in table {
            assert_eq!(what(head), expected, "{}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn what_follows_an_id3_tag_decides() {
        let tag = b"ID3\x04\0\0\0\0\x02\x01";
        assert_eq!(id3_length(tag), Some(10 + 257));
        assert_eq!(decide(tag, b"fLaC\0"), Ok(Format::Flac));
        assert_eq!(decide(tag, b"\xff\xfb\x90\0"), Ok(Format::Mp3));
        assert!(decide(tag, b"#EXTM3U").is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_ever_taken_for_media(text in "[ -~\n\t]{0,200}") {
            // A text can only be media by a magic that is itself text; name the ones that are.
            let head = text.as_bytes();
            let spelled = head.starts_with(b"GIF8") || head.starts_with(b"fLaC")
                || head.starts_with(b"RIFF") || head.starts_with(b"RF64")
                || head.get(4..8).is_some_and(|b| b.iter().all(u8::is_ascii_lowercase));
            prop_assert!(spelled || decide(head, b"").is_err());
        }

        #[test]
        fn any_bytes_get_an_answer(head in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = decide(&head, &head);
            let _ = id3_length(&head);
        }
    }
}
