//! Events to terminal and JSON.
