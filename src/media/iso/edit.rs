//! Edit lists: which part of a track is shown, and when it starts.

use super::IsoError;
use super::boxes::{Fields, long, word};

/// A track's edit list, of the forms that this reader knows: silence first, then one part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Edit {
    /// Nothing is shown for so long, in the movie's ticks.
    pub delay: u64,
    /// First moment that is shown, in the track's ticks.
    pub media_time: u64,
    /// How long it is shown, in the movie's ticks; zero for to the end.
    pub duration: u64,
}

/// Reads `elst`; none where the list is empty.
pub fn read(body: &[u8]) -> Result<Option<Edit>, IsoError> {
    let mut fields = Fields::new(body, "elst");
    let version = fields.u8()?;
    fields.skip(3)?;
    let wide = version == 1;
    let mut edit = Edit::default();
    let mut parts = 0;
    for entry in fields.table(if wide { 20 } else { 12 })? {
        let (duration, time, rate) = if wide {
            (long(entry, 0), long(entry, 8).cast_signed(), word(entry, 16))
        } else {
            (u64::from(word(entry, 0)), i64::from(word(entry, 4).cast_signed()), word(entry, 8))
        };
        if time == -1 && parts == 0 {
            edit.delay = edit.delay.saturating_add(duration);
            continue;
        }
        let Ok(time) = u64::try_from(time) else {
            return Err(IsoError::Unsupported("a pause within an edit list"));
        };
        if rate != 0x0001_0000 {
            return Err(IsoError::Unsupported("an edit list that changes speed"));
        }
        parts += 1;
        if parts > 1 {
            return Err(IsoError::Unsupported("several edits"));
        }
        edit.media_time = time;
        edit.duration = duration;
    }
    Ok((parts > 0).then_some(edit))
}
