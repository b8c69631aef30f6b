//! Sources that lie elsewhere, against real servers on loopback.

mod buckets;
mod downloaders;
mod http;
mod killed;
mod lock;
mod manifests;
pub mod server;
mod sidecars;
pub mod support;
