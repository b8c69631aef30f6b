//! What this tool knows of media: ffmpeg and its safe use, probing, typed filter graphs, keying,
//! captions, loudness and quality measures. Builds argv and parses output; knows nothing of
//! graphs or caches.

pub mod ffmpeg;
pub mod filter;
pub mod iso;
pub mod probe;
pub mod sniff;
pub mod still;
pub mod whole;
