//! Deterministic rules over facts. One file per rule; rules read facts, never files.
