//! Declared tables to nodes and edges: targets, selection, cycles.
