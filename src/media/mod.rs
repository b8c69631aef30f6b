//! What this tool knows of media: ffmpeg and its safe use, probing, typed filter graphs, keying,
//! captions, loudness and quality measures. Builds argv and parses output; knows nothing of
//! graphs or caches.

pub mod balance;
pub mod bt601;
pub mod caption;
pub mod command;
pub mod conform;
pub mod duplicates;
pub mod encode;
pub mod ffmpeg;
pub mod filter;
pub mod generate;
pub mod green;
pub mod iso;
pub mod key;
pub mod layer;
pub mod limiter;
pub mod listen;
pub mod loudness;
pub mod measure;
pub mod mix;
pub mod mock;
pub mod pixels;
pub mod place;
pub mod probe;
pub mod segment;
pub mod sniff;
pub mod still;
pub mod subject;
pub mod timeline;
pub mod whole;
