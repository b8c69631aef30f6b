//! Where the files of assets lie, and which media they are: the parts of the contract between
//! producer and consumer that are no JSON.
//!
//! Both stand in the schema of the manifest, as `x-layout` and `x-media`, so that a change of them is
//! seen like one of a field.

use super::asset::{AssetId, AssetKind, SeedAsset};
use serde_json::{Map, Value, json};

/// The document that lists all assets, in the folder of them all.
pub const MANIFEST: &str = "manifest.json";

/// The document beside an asset's file.
pub const METADATA: &str = "metadata.json";

/// Demuxers of what may be an asset, by ffmpeg's names, and endings of such files.
pub const CONTAINERS: [(&str, &[&str]); 12] = [
    ("mov", &["mp4", "m4v", "mov", "m4a", "qt", "3gp", "3g2", "f4v", "m4b"]),
    ("matroska", &["mkv", "webm", "mka"]),
    ("avi", &["avi"]),
    ("mpeg", &["mpg", "mpeg", "vob"]),
    ("gif", &["gif"]),
    ("png_pipe", &["png", "apng"]),
    ("jpeg_pipe", &["jpg", "jpeg", "jfif", "jpe"]),
    ("webp_pipe", &["webp"]),
    ("wav", &["wav", "wave"]),
    ("mp3", &["mp3", "mp2", "mpga"]),
    ("ogg", &["ogg", "oga", "ogv", "opus", "spx"]),
    ("flac", &["flac"]),
];

/// Most pixels of a picture, frames of a film, and milliseconds of anything.
pub const MOST_PIXELS: u64 = 64 << 20;
pub const MOST_FRAMES: u32 = 1_000_000;
pub const MOST_MS: u64 = 12 * 3600 * 1000;

/// The folder of an asset in the folder of all, parts divided by `/`.
pub fn folder(kind: AssetKind, id: &AssetId) -> String {
    format!("{kind}/{id}")
}

/// Whether assets of a kind are seen, else they are heard.
pub fn has_pictures(kind: AssetKind) -> bool {
    matches!(kind, AssetKind::GreenScreen | AssetKind::Background)
}

/// The layout, for the schema.
pub(super) fn layout() -> Value {
    json!({
        "manifest": MANIFEST,
        "media": "{kind}/{id}/source.{ext}",
        "metadata": format!("{{kind}}/{{id}}/{METADATA}"),
    })
}

/// The media profile, for the schema.
pub(super) fn media() -> Value {
    let need = |needed| if needed { "required" } else { "optional" };
    let kind = |kind: AssetKind| {
        let pictures = has_pictures(kind);
        let needs = json!({ "pictures": need(pictures), "sound": need(!pictures) });
        (kind.as_str().to_owned(), needs)
    };
    let kinds: Map<String, Value> = AssetKind::ALL.into_iter().map(kind).collect();
    let containers: Map<String, Value> = CONTAINERS
        .iter()
        .map(|(demuxer, endings)| ((*demuxer).to_owned(), json!(endings)))
        .collect();
    json!({
        "kinds": kinds,
        "containers": containers,
        "mostPixels": MOST_PIXELS,
        "mostFrames": MOST_FRAMES,
        "mostMs": MOST_MS,
    })
}

/// What of an asset's facts is outside of the media profile: the field, and why.
pub fn outside(asset: &SeedAsset) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let facts = &asset.facts;
    match CONTAINERS.iter().find(|(demuxer, _)| *demuxer == facts.demuxer) {
        None => {
            let demuxer = facts.demuxer.escape_debug();
            found.push(("/facts/demuxer", format!("no asset is read by the demuxer `{demuxer}`")));
        }
        Some((demuxer, endings)) => {
            let ending = asset.file.rsplit('.').next().unwrap_or_default();
            if !endings.iter().any(|known| known.eq_ignore_ascii_case(ending)) {
                found
                    .push(("/file", format!("`.{ending}` is no ending of what `{demuxer}` reads")));
            }
        }
    }
    if has_pictures(asset.kind) && facts.video.is_none() {
        found.push(("/facts/video", format!("a {} has pictures", asset.kind)));
    }
    if !has_pictures(asset.kind) && facts.audio.is_none() {
        found.push(("/facts/audio", format!("a {} has sound", asset.kind)));
    }
    if let Some(video) = &facts.video {
        let pixels = u64::from(video.width) * u64::from(video.height);
        if pixels == 0 || pixels > MOST_PIXELS {
            let size =
                format!("{} × {} pixels are not 1 to {MOST_PIXELS}", video.width, video.height);
            found.push(("/facts/video/width", size));
        }
        if video.frames > MOST_FRAMES {
            let frames = video.frames;
            found.push(("/facts/video/frames", format!("{frames} is over {MOST_FRAMES}")));
        }
    }
    if facts.duration_ms > MOST_MS {
        found.push(("/facts/durationMs", format!("{} is over {MOST_MS}", facts.duration_ms)));
    }
    found
}
