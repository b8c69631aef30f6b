//! Composite, conform and render: from a timeline to the same bytes every time.

mod film;
mod frames;
mod project;
mod support;
mod world;
