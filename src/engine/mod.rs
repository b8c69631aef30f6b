//! Keys, scheduling, early cutoff, the up-to-date snapshot, the project lock, the event log.
//!
//! ```text
//! node → fingerprint equal to the recorded one? ── yes ─→ fresh, or cut off
//!          │ no
//!          └→ lower → action → key → recorded? ── yes ─→ hit
//!                                     │ no
//!                                     └→ run → harvest → store → finish → publish
//! ```
//!
//! A suspending scheduler over constructive traces: a node is lowered once what it depends on is
//! done, so what it lowers to may depend on what those made.

mod attempt;
pub mod broadcast;
pub mod build;
pub mod cache;
mod cause;
pub mod choices;
pub mod due;
mod early;
pub mod estimate;
pub mod fingerprint;
mod growth;
mod identities;
pub mod key;
pub mod lanes;
mod live;
mod lock;
pub mod log;
mod node_run;
pub mod plan;
pub mod project;
pub mod recheck;
pub mod record;
pub mod request;
pub mod reviews;
mod round;
mod rows;
mod runner;
mod schedule;
pub mod services;
mod snapshot;
pub mod sources;
pub mod state;
mod step_failure;
pub mod survey;
pub mod transcript;
mod turns;
pub mod watch;
mod whole;
pub mod why;
mod workspace;
