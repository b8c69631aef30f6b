//! The one integration test binary: a module per subject, so that it links once.

mod batches;
mod build;
mod cap;
mod captions;
mod causes;
mod cli;
mod clips;
mod collect;
mod critic;
mod disk;
mod engine;
mod exec;
mod golden;
mod hostile_media;
mod ingest;
mod keying;
mod layers;
mod memefile;
mod probe;
mod project;
mod render;
mod samples;
mod soak;
mod store;
mod survival;
