//! Composite, conform and render: from a timeline to the same bytes every time.

mod frames;
mod support;
