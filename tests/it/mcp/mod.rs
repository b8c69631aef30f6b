//! `memebuild mcp`: the project for agents, over both transports, met by real clients and by hostile
//! ones.

mod client;
mod hostile;
mod http;
mod meme;
mod peers;
mod programs;
mod tools;
