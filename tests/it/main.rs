//! The one integration test binary: a module per subject, so that it links once.

mod captions;
mod clips;
mod engine;
mod layers;
mod memefile;
mod probe;
mod render;
