//! The files of `web/`, as this build of memebuild has them in itself.

use super::html::Parts;

/// A file of `web/`.
macro_rules! file {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/", $name))
    };
}

/// Modules by their names.
macro_rules! modules {
    ($($name:literal,)*) => {
        &[$(($name, file!($name)),)*]
    };
}

/// All of them; the modules stand in the order of `web/modules.txt`.
pub const PARTS: Parts<'static> = Parts {
    index: file!("index.html"),
    style: file!("page.css"),
    modules: modules![
        "text.js",
        "dom.js",
        "marks.js",
        "store.js",
        "route.js",
        "theme.js",
        "select-renders.js",
        "server.js",
        "card.js",
        "filters.js",
        "sheet.js",
        "findings.js",
        "player.js",
        "credits.js",
        "review.js",
        "detail.js",
        "grid.js",
        "pan-zoom.js",
        "graph-layout.js",
        "graph-titles.js",
        "graph-draw.js",
        "graph-panel.js",
        "node-search.js",
        "graph.js",
        "timeline-draw.js",
        "timeline.js",
        "cache.js",
        "compare.js",
        "candidates.js",
        "choices.js",
        "live.js",
        "live-strip.js",
        "main.js",
    ],
};
