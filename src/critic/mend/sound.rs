//! Mends of what is heard.
//!
//! Mastering brings the mix of all tracks to the profile's loudness and below its peak. So a gain
//! changes how the tracks stand to each other and not how loud the film is, unless the mix is so soft
//! that mastering has nothing left to give.

use super::replace;
use crate::contract::render_input::{GAIN, LOUDNESS, RenderInput, TRUE_PEAK, Track};
use crate::contract::verdict::Patch;

/// How far from a limit mastering aims, hundredths of a LU: it comes nearer than this to its target.
const MARGIN_CLU: i64 = 30;

/// Music with a lower gain, thousandths of a decibel, is lost beside anything else.
const SOFT_MDB: i32 = -20_000;

/// What rounding to hundredths of a LUFS, of two sounds and twice, may take of a difference.
const ROUNDING_CLU: i64 = 5;

/// A silence that begins within so many milliseconds begins with the film.
const AT_ONCE_MS: u64 = 50;

/// Another target for mastering, within limits that are set (hundredths of a LUFS) and beside the
/// profile's. None where it lies within them: then it was missed, and would be again; and none where
/// mastering aims at nothing like it.
pub fn aim(input: &RenderInput, least: Option<i64>, most: Option<i64>) -> Option<Patch> {
    let target = i64::from(input.profile.loudness.integrated_clufs);
    let room = least.zip(most).map_or(i64::MAX, |(least, most)| (most - least).max(0) / 2);
    let margin = MARGIN_CLU.min(room);
    let lowered = most.map_or(target, |most| target.min(most - margin));
    let aimed = least.map_or(lowered, |least| lowered.max(least + margin));
    let can_be = i32::try_from(aimed).is_ok_and(|aimed| LOUDNESS.contains(&aimed));
    (aimed != target && can_be)
        .then(|| replace("/profile/loudness/integratedClufs".to_owned(), aimed))
}

/// A lower ceiling for mastering, hundredths of a dBTP. None where it is as low already.
pub fn hold_down(input: &RenderInput, most: i64) -> Option<Patch> {
    let ceiling = i64::from(input.profile.loudness.true_peak_cdbtp);
    let can_be = i32::try_from(most).is_ok_and(|most| TRUE_PEAK.contains(&most));
    (most < ceiling && can_be).then(|| replace("/profile/loudness/truePeakCdbtp".to_owned(), most))
}

/// All tracks raised by as much, thousandths of a decibel, so that their balance stays. None where one
/// cannot be.
pub fn louder(input: &RenderInput, by_mdb: i32) -> Vec<Patch> {
    let raised = tracks(input).into_iter().map(|(path, track)| {
        let gain = track.gain_mdb.checked_add(by_mdb).filter(|gain| GAIN.contains(gain))?;
        Some(replace(format!("{path}/gainMdb"), gain))
    });
    raised.collect::<Option<_>>().unwrap_or_default()
}

/// The loudest track as loud as it was recorded, with the others in their balance to it; and effects
/// that begin after their end from their beginning. None where nothing is held down so.
pub fn as_recorded(input: &RenderInput) -> Vec<Patch> {
    let loudest = tracks(input).iter().map(|(_, track)| track.gain_mdb).max();
    let mut patches =
        loudest.filter(|gain| *gain < 0).map_or(Vec::new(), |gain| louder(input, -gain));
    for (index, effect) in input.audio.effects.iter().enumerate() {
        if effect.start_ms >= effect.source_ms {
            patches.push(replace(format!("/effects/{index}/startMs"), 0));
        }
    }
    patches
}

/// Music that is heard during a silence: as loud as it was recorded where it was turned down, else
/// from where its own silent beginning ends. None where neither is why.
pub fn let_hear(input: &RenderInput, silence_ms: [u64; 2]) -> Option<Patch> {
    let music = input.audio.music.as_ref()?;
    if music.gain_mdb < SOFT_MDB {
        return Some(replace("/music/gainMdb".to_owned(), 0));
    }
    let start = music.start_ms + silence_ms[1];
    let is_beginning = silence_ms[0] <= AT_ONCE_MS && start < music.source_ms;
    is_beginning.then(|| replace("/music/startMs".to_owned(), start))
}

/// Music lower by what the clip's own sound lacks above it, hundredths of a LU: exactly so, since
/// ducking, which is driven by the others alone, and mastering leave their difference as it is. Where
/// the music would be lost by that, the clip's own sound is as much higher instead. None where
/// neither can be.
pub fn set_apart(input: &RenderInput, lacking_clu: i64) -> Option<Patch> {
    let (clip, music) = (input.audio.clip.as_ref()?, input.audio.music.as_ref()?);
    let by_mdb = i32::try_from((lacking_clu + ROUNDING_CLU).checked_mul(10)?).ok()?;
    let gain = |gain: Option<i32>| gain.filter(|gain| GAIN.contains(gain));
    let lower = gain(music.gain_mdb.checked_sub(by_mdb));
    let higher = gain(clip.gain_mdb.checked_add(by_mdb));
    match (lower, higher) {
        (Some(lower), None) => Some(replace("/music/gainMdb".to_owned(), lower)),
        (Some(lower), _) if lower >= SOFT_MDB => Some(replace("/music/gainMdb".to_owned(), lower)),
        (_, higher) => higher.map(|higher| replace("/clipAudio/gainMdb".to_owned(), higher)),
    }
}

/// Every track, and where the arrangement has it.
fn tracks(input: &RenderInput) -> Vec<(String, &Track)> {
    let audio = &input.audio;
    let clip = audio.clip.iter().map(|track| ("/clipAudio".to_owned(), track));
    let music = audio.music.iter().map(|track| ("/music".to_owned(), track));
    let effects = audio.effects.iter().enumerate();
    let effects = effects.map(|(index, track)| (format!("/effects/{index}"), track));
    clip.chain(music).chain(effects).collect()
}
