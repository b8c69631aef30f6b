//! The files of assets, and nothing else of the disk; and how any file is sent.

use super::Shared;
use super::beneath;
use super::routes::{ask, known, named, refuse};
use crate::contract::asset::SeedAsset;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::SeekFrom;
use std::ops::RangeInclusive;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

pub(super) async fn file(
    State(shared): State<Arc<Shared>>,
    method: Method,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    let missing = || refuse(StatusCode::NOT_FOUND, "not-found", "there is no such file");
    let name = match named(path) {
        Ok(name) => name,
        Err(response) => return *response,
    };
    let folder = match &shared.service.assets {
        Some(folder) => folder.try_clone(),
        None => return missing(),
    };
    let opened = ask(&shared, move |provider| {
        let Some(asset) = provider.get_asset_by_id(&name)? else { return Ok(None) };
        let file = folder.ok().and_then(|folder| open(folder.as_fd(), &asset));
        Ok(file.map(|file| (file, asset)))
    });
    match opened.await {
        Ok(Some(((file, len), asset))) => {
            let tag = format!("\"{}\"", asset.digest.hex());
            answer(&method, &headers, file, len, &tag, Kind::Bytes).await
        }
        Ok(None) => missing(),
        Err(response) => *response,
    }
}

/// A folder whose files may be opened; nothing of it is read.
///
/// # Errors
/// That it is none.
pub fn open_folder(folder: &std::path::Path) -> std::io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(folder, flags, Mode::empty())?)
}

/// The file of an asset and its length, if it is a regular one within the folder.
pub fn open(folder: impl AsFd, asset: &SeedAsset) -> Option<(File, u64)> {
    beneath::open(folder, &format!("{}/{}/{}", asset.kind, asset.id, asset.file))
}

/// What a browser may take a file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Bytes to be saved, whatever they are.
    Bytes,
    /// A film, a picture or a sound of this media type.
    Media(&'static str),
}

impl Kind {
    /// By the name's ending; what is neither film, picture nor sound is bytes.
    pub fn of(name: &str) -> Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        Self::Media(match ending.to_ascii_lowercase().as_str() {
            "mp4" | "m4v" => "video/mp4",
            "webm" => "video/webm",
            "mov" => "video/quicktime",
            "jpg" | "jpeg" => "image/jpeg",
            "png" => "image/png",
            "gif" => "image/gif",
            "webp" => "image/webp",
            "mp3" => "audio/mpeg",
            "ogg" | "oga" | "opus" => "audio/ogg",
            "wav" => "audio/wav",
            "flac" => "audio/flac",
            "m4a" | "aac" => "audio/mp4",
            _ => return Self::Bytes,
        })
    }
}

/// Sends a file, or the part of it that is wanted.
pub(super) async fn answer(
    method: &Method,
    headers: &HeaderMap,
    file: File,
    len: u64,
    tag: &str,
    kind: Kind,
) -> Response {
    if known(headers, tag) {
        return with_tag(StatusCode::NOT_MODIFIED.into_response(), tag);
    }
    let (range, status) = match part(headers, len, tag) {
        Part::Whole => (None, StatusCode::OK),
        Part::Some(range) => (Some(range), StatusCode::PARTIAL_CONTENT),
        Part::Impossible => {
            let mut response =
                refuse(StatusCode::RANGE_NOT_SATISFIABLE, "bad-range", "the file is shorter");
            insert(&mut response, header::CONTENT_RANGE, &format!("bytes */{len}"));
            return response;
        }
    };
    let start = range.as_ref().map_or(0, |range| *range.start());
    let count = range.as_ref().map_or(len, |range| range.end() - range.start() + 1);
    let mut file = tokio::fs::File::from_std(file);
    if file.seek(SeekFrom::Start(start)).await.is_err() {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "io", "the file cannot be read");
    }
    let body = match *method == Method::HEAD {
        true => Body::empty(),
        false => Body::from_stream(ReaderStream::with_capacity(file.take(count), 64 << 10)),
    };
    let mut response = with_tag((status, body).into_response(), tag);
    let kind = match kind {
        Kind::Bytes => "application/octet-stream",
        Kind::Media(kind) => kind,
    };
    insert(&mut response, header::CONTENT_TYPE, kind);
    // Nothing in a file of strangers is ever run, however a browser reads it.
    insert(&mut response, header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    insert(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    insert(&mut response, header::ACCEPT_RANGES, "bytes");
    insert(&mut response, header::CONTENT_LENGTH, &count.to_string());
    if range.is_some() {
        let text = format!("bytes {start}-{}/{len}", start + count - 1);
        insert(&mut response, header::CONTENT_RANGE, &text);
    }
    response
}

fn with_tag(mut response: Response, tag: &str) -> Response {
    insert(&mut response, header::ETAG, tag);
    insert(&mut response, header::CACHE_CONTROL, "private, no-cache");
    response
}

fn insert(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Which bytes are wanted.
enum Part {
    Whole,
    Some(RangeInclusive<u64>),
    Impossible,
}

/// One range of bytes (RFC 9110, 14.2). Several, or what is no range, mean the whole; so does a
/// range of what the file no longer is.
fn part(headers: &HeaderMap, len: u64, tag: &str) -> Part {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|own| own != tag) {
        return Part::Whole;
    }
    let Some((from, to)) =
        text(header::RANGE).and_then(|text| text.strip_prefix("bytes=")?.split_once('-'))
    else {
        return Part::Whole;
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(from) || !digits(to) || (from.is_empty() && to.is_empty()) {
        return Part::Whole;
    }
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    let (start, end) = match (from.is_empty(), to.is_empty()) {
        (true, _) if number(to) == 0 => return Part::Impossible,
        (true, _) => (len.saturating_sub(number(to)), len.saturating_sub(1)),
        (false, true) => (number(from), len.saturating_sub(1)),
        (false, false) => (number(from), number(to).min(len.saturating_sub(1))),
    };
    if number(to) < number(from) && !from.is_empty() && !to.is_empty() {
        return Part::Whole;
    }
    if start >= len { Part::Impossible } else { Part::Some(start..=end) }
}
