//! Pictures of the page that do not lie among the artefacts: posters of before, and small ones that a
//! page can hold itself.

use super::FOLDER;
use crate::contract::digest::Digest;
use crate::contract::page::ReportPage;
use crate::engine::project::Project;
use crate::engine::state;
use crate::store::{Cas, LocalStore};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::Path;

/// Width of a small picture, pixels.
const WIDTH: u32 = 240;

/// Quality of its JPEG, of 100.
const QUALITY: u8 = 72;

/// Bytes of a small picture of little detail: a page of more than would fit is not tried.
const FEW: usize = 4_000;

/// Pictures that are made before it is looked whether they still fit.
const AT_ONCE: usize = 32;

/// Places the picture of before among what belongs to the page, under the name of its content, so that
/// it is copied once. None where the store has let it go, or it cannot be placed.
pub fn place(project: &Project, digest: &Digest) -> Option<String> {
    let path = format!("{FOLDER}{}.jpg", digest.short());
    let dest = project.root.join(&path);
    let there = std::fs::metadata(&dest).is_ok_and(|found| found.len() == digest.len);
    if !there {
        std::fs::create_dir_all(dest.parent()?).ok()?;
        project.store.copy_out(digest, &dest).ok()?;
    }
    Some(path)
}

/// Puts small pictures of all renders into the page itself, unless they take more than `room` bytes;
/// then it goes on naming files. Whether it did.
///
/// A picture that was made small once is remembered by the digest of the poster.
pub fn embed(project: &Project, page: &mut ReportPage, room: usize) -> bool {
    let posters: Vec<&str> =
        page.renders.iter().filter_map(|card| card.poster.as_deref()).collect();
    if posters.len() * FEW > room {
        return false;
    }
    let records = project.records();
    let digests: HashMap<String, Digest> = page
        .renders
        .iter()
        .filter_map(|card| {
            let critic = records.get(&format!("critic:{}", card.name))?;
            let path = card.poster.as_deref()?;
            let found = critic.published.iter().find(|(own, _)| *own == Path::new(path))?;
            Some((path.to_owned(), found.1))
        })
        .collect();
    let mut urls: HashMap<String, String> = HashMap::new();
    let mut taken = 0;
    for some in posters.chunks(AT_ONCE) {
        let some: Vec<(String, String)> = some
            .par_iter()
            .filter_map(|path| {
                let bytes = small(project, digests.get(*path)?)?;
                let url = format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes));
                Some(((*path).to_owned(), url))
            })
            .collect();
        taken += some.iter().map(|(_, url)| url.len()).sum::<usize>();
        if taken > room {
            return false;
        }
        urls.extend(some);
    }
    for card in &mut page.renders {
        if let Some(url) = card.poster.as_ref().and_then(|path| urls.get(path)) {
            card.poster = Some(url.clone());
        }
    }
    true
}

/// A poster made small.
fn small(project: &Project, digest: &Digest) -> Option<Vec<u8>> {
    let memo = project.cache.join(format!("state/posters/{}.jpg", digest.hex()));
    if let Ok(bytes) = std::fs::read(&memo) {
        return Some(bytes);
    }
    let bytes = shrunk(&project.store, digest)?;
    // It is made again where it cannot be kept.
    let _ = state::replace(&memo, &bytes);
    Some(bytes)
}

fn shrunk(store: &LocalStore, digest: &Digest) -> Option<Vec<u8>> {
    let whole = store.bytes(digest).ok()?;
    let picture = image::load_from_memory_with_format(&whole, image::ImageFormat::Jpeg).ok()?;
    if picture.width() <= WIDTH {
        return Some(whole);
    }
    let height =
        (u64::from(WIDTH) * u64::from(picture.height()) / u64::from(picture.width())).max(1);
    let height = u32::try_from(height).ok()?;
    // Averages each pixel's own area first: quick, and smooth enough at this size.
    let picture = picture.thumbnail_exact(WIDTH * 2, height * 2).to_rgb8();
    let picture = image::imageops::resize(&picture, WIDTH, height, FilterType::Triangle);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&picture).ok()?;
    Some(bytes)
}
