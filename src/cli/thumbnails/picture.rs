//! One small picture of an asset. Files are hostile: ffmpeg decodes them, fenced in and with little
//! time, and never this process.

use crate::contract::asset::SeedAsset;
use crate::contract::search::Hit;

use crate::media::ffmpeg::{Job, Program, input_at};
use crate::media::filter::{Filter, PixelFormat, Scaling};
use crate::media::sniff;
use crate::server::files::open;
use image::RgbaImage;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

/// How long one may take: it is a comfort, and the table is what was asked for.
const WALL: Duration = Duration::from_secs(5);

/// The asset's picture, the frame at a third of its film, or the waveform of its sound, as large as fits
/// into so many pixels.
/// None where the file is not here, is no regular file within the folder, or cannot be decoded.
pub fn of(
    folder: &OwnedFd,
    assets: &Path,
    asset: &SeedAsset,
    hit: &Hit,
    (width, height): (u32, u32),
) -> Option<RgbaImage> {
    // Opened once to see that no link leads elsewhere.
    open(folder, asset)?;
    let path = assets.join(asset.kind.as_str()).join(asset.id.as_str()).join(&asset.file);
    let format = sniff::sniff(&path).ok()?;
    let is_sound = hit.width == 0;
    let (width, height) = match is_sound {
        true => (width, height),
        false => fitted((hit.width, hit.height), (width, height)),
    };
    let first = match is_sound {
        true => Filter::Waveform { width, height },
        false => Filter::Scale { width, height, method: Scaling::Area },
    };
    let graph = format!("{first},{}", Filter::Format(PixelFormat::Rgba));
    let mut job = Job::new(Program::Ffmpeg).wall(WALL);
    if hit.duration_ms > 0 && !is_sound {
        job.push(["-ss".to_owned(), format!("{}ms", hit.duration_ms / 3)]);
    }
    job.push(input_at(format.demuxer(), &path));
    match is_sound {
        true => job.push(["-filter_complex", &format!("[0:a:0]{graph}")]),
        false => job.push(["-map", "0:v:0", "-vf", &graph]),
    };
    job.push(["-frames:v", "1", "-f", "rawvideo", "pipe:1"]);
    let bytes = width as usize * height as usize * 4;
    let ended = job.output(bytes).ok()?;
    RgbaImage::from_raw(width, height, ended.stdout)
}

/// A size, shrunk or grown until it fits; at least one pixel.
fn fitted((width, height): (u32, u32), (most_wide, most_high): (u32, u32)) -> (u32, u32) {
    let (w, h) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (x, y) = (u64::from(most_wide), u64::from(most_high));
    let (w, h) = if w * y > h * x { (x, h * x / w) } else { (w * y / h, y) };
    let size = |n: u64| u32::try_from(n).unwrap_or(1).max(1);
    (size(w), size(h))
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn pictures_fill_their_place_in_one_direction() {
        let table = [
            ((1080, 1920), (180, 140), (78, 140)),
            ((1920, 1080), (180, 140), (180, 101)),
            ((10, 10), (180, 140), (140, 140)),
            ((100_000, 1), (180, 140), (180, 1)),
            ((1, u32::MAX), (180, 140), (1, 140)),
        ];
        for (size, place, expected) in table {
            assert_eq!(fitted(size, place), expected, "{size:?}");
        }
    }
}
