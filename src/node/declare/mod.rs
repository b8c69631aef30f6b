//! What each kind of section declares: its keys, its typed value, and what is checked of it.

pub mod batch;
pub mod cache;
pub mod choice;
pub mod chooser;
pub mod command;
pub mod composite;
pub mod critic;
pub mod director;
pub mod draft;
mod id;
mod kind;
pub mod profile;
pub mod profiles;
pub mod project;
pub mod provider;
pub mod render;
mod rights;
pub mod source;
pub mod style;
mod words;
