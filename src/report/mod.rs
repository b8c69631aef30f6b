//! Reports are folds over the event log: the terminal while a build runs, its last line, and one
//! JSON document at its end.

pub mod fold;
pub mod json;
pub mod lines;
pub mod progress;
pub mod text;
pub mod why;
