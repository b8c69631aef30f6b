//! Reports are folds over the event log: the terminal while a build runs, its last line, and one
//! JSON document at its end.

pub mod fold;
pub mod history;
pub mod html;
pub mod json;
pub mod lines;
pub mod progress;
pub mod table;
pub mod text;
pub mod trace;
pub mod web;
pub mod why;
