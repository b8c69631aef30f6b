//! The machine that makes a meme by trying: choose, render, critique, mend or revise.
//!
//! ```text
//!            ┌──────────────── mend: the findings say how ◀─┐
//!            ▼                                              │
//!  search ▶ choose ▶ compose ▶ render ▶ critique ─ rejected ┤
//!            ▲                             │                │
//!            └──── revise: last decision and findings ◀─────┘
//!                                          └─ accepted ─▶ end
//! ```
//!
//! It is a pure function from what has happened to what comes next ([`next`]), so it can be unrolled
//! into the graph: each attempt is nodes of its own, cached and inspected like any others, and a run
//! that was killed goes on where its records end.

mod machine;
mod mend;
#[cfg(test)]
mod tests;
mod transcript;

pub use machine::{Choice, Event, Step, attempt, next, usage};
pub use mend::{apply, mends};
pub use transcript::transcript;
