//! Contracts: their schemas, their versions, what a change of one does, stand-ins, and what can go on
//! before the real thing is there.

mod check;
mod commands;
mod halves;
mod hostile;
mod lanes;
mod migrations;
pub mod mocks;
mod mutations;
mod releases;
mod remote;
mod rules;
mod schemas;
mod swap;
