//! Small pictures of what a search found, where the terminal can show any.
//!
//! A row of pictures is one picture to the terminal, with the names below: that needs nothing of it
//! but that it shows a picture and goes on beneath, which all of them do alike.

mod picture;
mod protocol;
mod terminal;

use crate::contract::search::{Hit, Page};
use crate::provider::Provider;
use crate::server::files::open_folder;
use image::RgbaImage;
use protocol::Protocol;
use rayon::prelude::*;
use std::path::Path;
use terminal::Screen;

/// Columns and rows of text that one picture takes.
const COLUMNS: u16 = 18;
const ROWS: u16 = 7;

/// Columns between two.
const GAP: u16 = 2;

/// All pictures of a page, as text for the terminal that standard output is; none where it cannot
/// show them, or where there is nothing to be seen. `assets` is the folder that holds them.
pub fn sheet(page: &Page, provider: &dyn Provider, assets: &Path) -> Option<String> {
    // A sound has no size, and a waveform to be seen.
    let is_seen = |hit: &&Hit| (hit.width > 0 && hit.height > 0) || hit.duration_ms > 0;
    let seen: Vec<&Hit> = page.hits.iter().filter(is_seen).collect();
    if seen.is_empty() {
        return None;
    }
    let screen = terminal::detect()?;
    let folder = open_folder(assets).ok()?;
    let each = (COLUMNS + GAP).min(screen.columns);
    let across = usize::from((screen.columns + GAP) / each.max(1)).max(1);
    let pictures: Vec<(&Hit, RgbaImage)> = seen
        .par_iter()
        .filter_map(|hit| {
            let asset = provider.get_asset_by_id(&hit.name()).ok()??;
            Some((*hit, picture::of(&folder, assets, &asset, hit, cell(&screen))?))
        })
        .collect();
    let mut out = String::new();
    for row in pictures.chunks(across) {
        out.push_str(&strip(row, &screen)?);
        out.push_str(&names(row));
    }
    (!out.is_empty()).then_some(out)
}

/// Pixels of one picture.
fn cell(screen: &Screen) -> (u32, u32) {
    let (width, height) = (u32::from(COLUMNS) * screen.cell.0, u32::from(ROWS) * screen.cell.1);
    match screen.protocol {
        // Sixels are six pixels high: what began another row of them would take one of text.
        Protocol::Sixel => (width, (height - height % 6).max(6)),
        Protocol::Kitty | Protocol::Iterm => (width, height),
    }
}

/// Pictures side by side.
fn strip(row: &[(&Hit, RgbaImage)], screen: &Screen) -> Option<String> {
    let (width, height) = cell(screen);
    let step = width + u32::from(GAP) * screen.cell.0;
    let count = u32::try_from(row.len()).ok()?;
    let mut whole = RgbaImage::new(count * step - (step - width), height);
    for (at, (_, picture)) in (0..).zip(row) {
        let x = at * step + (width - picture.width()) / 2;
        let y = (height - picture.height()) / 2;
        image::imageops::replace(&mut whole, picture, x.into(), y.into());
    }
    let columns = u16::try_from(whole.width() / screen.cell.0).ok()?;
    protocol::show(screen.protocol, &whole, columns, ROWS)
}

/// What the pictures above are called. Ids are plain letters; nothing else of a hit is shown here.
fn names(row: &[(&Hit, RgbaImage)]) -> String {
    let name = |(hit, _): &(&Hit, RgbaImage)| {
        let room = usize::from(COLUMNS);
        let id = hit.id.as_str();
        let text = if id.len() > room { format!("{}…", &id[..room - 1]) } else { id.to_owned() };
        format!("{text:room$}")
    };
    let all: Vec<String> = row.iter().map(name).collect();
    format!("{}\n\n", all.join(&" ".repeat(usize::from(GAP))).trim_end())
}
