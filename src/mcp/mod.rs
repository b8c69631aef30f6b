//! MCP (Model Context Protocol): a project as tools and resources for agents.
//!
//! ```text
//! stdio ─┐                 ┌─ tools/      one file per tool: typed in, typed out
//!        ├─ face ── host ──┤
//! http ──┘                 └─ resources/  what may be read: Memefile, manifest, renders
//! ```
//!
//! A tool does what the command of its name does, by the same functions of the engine. It blocks, and
//! runs on a thread that may; [`call`] stands between it and the asynchronous face, and turns a
//! client's cancel into one of the engine. A build runs in this process, so that a cancel reaches the
//! programs that it started at once, with no process in between that would have to pass it on.
//!
//! Everything that goes out is bounded: hits of a page, characters of a text, bytes of a resource.
//! Films and pictures are linked to, never put into an answer.

mod answer;
mod bound;
mod building;
mod call;
mod face;
mod host;
mod http;
mod page;
mod progress;
mod resources;
mod schema;
mod sessions;
mod stdio;
mod tool;
mod tools;

pub use host::Host;
pub use http::Listening;
pub use sessions::MOST as MOST_SESSIONS;
pub use stdio::serve as serve_stdio;
