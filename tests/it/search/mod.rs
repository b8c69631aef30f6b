//! Asset search: the query language, one order for all, and everyone who answers.

mod hybrid;
mod language;
mod load;
mod memefile;
mod oracle;
mod pictures;
mod providers;
mod random;
mod serve;
pub mod servers;
