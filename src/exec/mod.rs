//! Runs one action.
