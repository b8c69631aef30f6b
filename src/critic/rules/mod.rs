//! Every rule there is, a small family to a file.

mod audio;
mod caption_place;
mod caption_text;
mod container;
mod contrast;
mod keyed;
mod loudness;
mod picture;
pub mod review;
pub mod rights;
mod speech;
mod stretches;
mod timing;

use super::rule::Rule;

/// In the order of reports: what the file is, how long, what is seen, what is read, what is heard,
/// and whether it may be shown at all.
pub static RULES: &[&Rule] = &[
    &container::CONTAINER,
    &container::CODEC,
    &container::DECODES,
    &container::FAST_START,
    &container::EDIT_LIST,
    &container::FILE_SIZE,
    &picture::DIMENSIONS,
    &picture::SQUARE_PIXELS,
    &picture::PIXEL_FORMAT,
    &picture::COLOR_TAGS,
    &picture::CLOSED_GOP,
    &timing::FRAME_RATE,
    &timing::CONSTANT_RATE,
    &timing::DURATION,
    &timing::FRAME_COUNT,
    &timing::AV_LENGTH,
    &timing::AV_START,
    &stretches::BLACK,
    &stretches::EMPTY,
    &stretches::FROZEN,
    &keyed::LEFT_OVER_GREEN,
    &keyed::SUBJECT_SEEN,
    &keyed::SUBJECT_HOLES,
    &caption_place::CANVAS,
    &caption_place::SAFE_AREA,
    &caption_place::CLIPPED,
    &caption_place::OVERLAP,
    &caption_text::GLYPHS,
    &caption_text::SIZE,
    &caption_text::LINES,
    &caption_text::LINE_LENGTH,
    &caption_text::TIME,
    &caption_text::READING_SPEED,
    &contrast::CONTRAST,
    &audio::PRESENCE,
    &audio::FORMAT,
    &audio::MUTE,
    &audio::SILENCE,
    &audio::CLIPPING,
    &audio::DC_OFFSET,
    &audio::MONO,
    &loudness::LOUDNESS,
    &loudness::TRUE_PEAK,
    &speech::DROWNED,
    &rights::RIGHTS,
    &rights::EXPIRY,
    &review::REVIEW,
    &review::APPROVAL,
];
