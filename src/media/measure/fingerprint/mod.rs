//! What an asset looks or sounds like, in a few words; `contract::fingerprint` compares them.

mod cut_out;
mod picture;
mod sound;

pub use picture::{picture, subject};
pub use sound::sound;
