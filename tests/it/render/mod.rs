//! Composite, conform and render: from a timeline to the same bytes every time.

mod conforming;
mod edits;
mod film;
mod frames;
mod identity;
mod project;
mod sound;
mod support;
mod world;
