//! Sample descriptions: which codec, and what its own header says.

use super::IsoError;
use super::boxes::{Fields, IsoBox, children, find};
use super::sps;
use super::track::Handler;
use crate::contract::units::Rational;

/// What a sample description tells. Empty strings and zeros where only a decoder could tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// ffmpeg's name.
    pub codec: &'static str,
    pub width: u32,
    pub height: u32,
    /// ffmpeg's name.
    pub pixel_format: String,
    pub pixel_aspect: Option<Rational>,
    /// Primaries, transfer, matrix (ISO 23001-8) and full range.
    pub color: Option<[u32; 4]>,
    pub sample_rate: u32,
    pub channels: u32,
}

/// Reads `stsd`. Only files with one description a track are known.
pub fn read(stsd: &[u8], handler: Handler) -> Result<Entry, IsoError> {
    let mut fields = Fields::new(stsd, "stsd");
    fields.skip(4)?;
    let count = fields.u32()?;
    let entries = children(fields.rest())?;
    let (1, Some(entry)) = (count, entries.first()) else {
        return Err(IsoError::Unsupported("several sample descriptions"));
    };
    match handler {
        Handler::Video => video(*entry),
        _ => audio(*entry),
    }
}

fn video(entry: IsoBox<'_>) -> Result<Entry, IsoError> {
    let mut fields = Fields::new(entry.body, "stsd");
    fields.skip(24)?;
    let (width, height) = (u32::from(fields.u16()?), u32::from(fields.u16()?));
    // Resolution, data size, frames a sample, name, depth, colour table.
    fields.skip(4 + 4 + 4 + 2 + 32 + 2 + 2)?;
    let extensions = children(fields.rest()).unwrap_or_default();
    let mut described = Entry {
        codec: video_codec(entry.kind),
        width,
        height,
        pixel_aspect: find(&extensions, b"pasp").and_then(pixel_aspect),
        color: find(&extensions, b"colr").and_then(color),
        ..Entry::default()
    };
    if described.codec == "h264"
        && let Some(sps) = find(&extensions, b"avcC").and_then(first_sps).and_then(sps::read)
    {
        described.width = sps.width;
        described.height = sps.height;
        described.pixel_format = sps.pixel_format();
        described.pixel_aspect = described.pixel_aspect.or(sps.pixel_aspect);
        described.color = described.color.or(sps.color);
    }
    Ok(described)
}

/// ffmpeg's name of a codec whose tag says enough; empty for others.
fn video_codec(tag: [u8; 4]) -> &'static str {
    match &tag {
        b"avc1" | b"avc3" => "h264",
        b"hvc1" | b"hev1" => "hevc",
        b"av01" => "av1",
        b"vp09" => "vp9",
        _ => "",
    }
}

/// The first sequence parameter set of `avcC`.
fn first_sps(avcc: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields::new(avcc, "avcC");
    fields.skip(5).ok()?;
    if fields.u8().ok()? & 0x1f == 0 {
        return None;
    }
    let length = fields.u16().ok()?;
    fields.bytes(usize::from(length)).ok()
}

/// `pasp`; none where it says nothing.
fn pixel_aspect(pasp: &[u8]) -> Option<Rational> {
    let mut fields = Fields::new(pasp, "pasp");
    match (fields.u32().ok()?, fields.u32().ok()?) {
        (0, _) | (_, 0) => None,
        (h, v) => Some(Rational::new(h, v)),
    }
}

/// `colr` of the forms that hold codes and not a profile.
fn color(colr: &[u8]) -> Option<[u32; 4]> {
    let mut fields = Fields::new(colr, "colr");
    let form = fields.bytes(4).ok()?;
    if form != b"nclx" && form != b"nclc" {
        return None;
    }
    let mut code = || fields.u16().map(u32::from);
    let (primaries, transfer, matrix) = (code().ok()?, code().ok()?, code().ok()?);
    let full = if form == b"nclx" { u32::from(fields.u8().ok()? >> 7) } else { 0 };
    Some([primaries, transfer, matrix, full])
}

fn audio(entry: IsoBox<'_>) -> Result<Entry, IsoError> {
    let mut fields = Fields::new(entry.body, "stsd");
    fields.skip(8)?;
    let version = fields.u16()?;
    fields.skip(6)?;
    let channels = u32::from(fields.u16()?);
    fields.skip(6)?;
    let rate = fields.u32()? >> 16;
    fields.skip(match version {
        0 => 0,
        1 => 16,
        _ => return Ok(Entry::default()),
    })?;
    let extensions = children(fields.rest()).unwrap_or_default();
    let wave = find(&extensions, b"wave").map(children).transpose()?.unwrap_or_default();
    let part = |kind| find(&extensions, kind).or_else(|| find(&wave, kind));
    let plain = |codec| Entry { codec, sample_rate: rate, channels, ..Entry::default() };
    Ok(match &entry.kind {
        b"mp4a" => part(b"esds").and_then(aac),
        b"Opus" => part(b"dOps").and_then(|dops| dops.get(1)).map(|channels| Entry {
            codec: "opus",
            sample_rate: 48_000,
            channels: u32::from(*channels),
            ..Entry::default()
        }),
        b"sowt" if version == 0 => Some(plain("pcm_s16le")),
        _ => None,
    }
    .unwrap_or_default())
}

/// `esds`: AAC whose rate and channels are what its header says.
fn aac(esds: &[u8]) -> Option<Entry> {
    let mut fields = Fields::new(esds, "esds");
    fields.skip(4).ok()?;
    let mut tag = fields.u8().ok()?;
    if tag == 3 {
        descriptor_length(&mut fields)?;
        fields.skip(2).ok()?;
        let flags = fields.u8().ok()?;
        if flags != 0 {
            return None;
        }
        tag = fields.u8().ok()?;
    }
    if tag != 4 {
        return None;
    }
    descriptor_length(&mut fields)?;
    let object = fields.u8().ok()?;
    fields.skip(12).ok()?;
    if object != 0x40 || fields.u8().ok()? != 5 {
        return None;
    }
    descriptor_length(&mut fields)?;
    let config = fields.u16().ok()?;
    let (kind, index, layout) = (config >> 11, config >> 7 & 15, config >> 3 & 15);
    const RATES: [u32; 13] = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025,
        8_000, 7_350,
    ];
    let rate = *RATES.get(usize::from(index))?;
    // Slow low-complexity AAC may double its rate in a way that only a decoder sees.
    if kind != 2 || rate <= 24_000 {
        return None;
    }
    let channels = match layout {
        n @ 1..=6 => u32::from(n),
        7 => 8,
        _ => return None,
    };
    Some(Entry { codec: "aac", sample_rate: rate, channels, ..Entry::default() })
}

/// The length of an MPEG-4 descriptor: up to four bytes of seven bits.
fn descriptor_length(fields: &mut Fields<'_>) -> Option<u32> {
    let mut length = 0;
    for _ in 0..4 {
        let byte = fields.u8().ok()?;
        length = length << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    Some(length)
}
