//! `memebuild serve`: the project's assets over HTTP.

use super::search::{folder, settings};
use super::shared::{Globals, ended, say, talk};
use super::token::TokenFlags;
use crate::diagnostic::{Diagnostic, Exit};
use crate::provider::Provider;
use crate::provider::fresh::FreshProvider;
use crate::server::files::open_folder;
use crate::server::{Server, Service};
use clap::Args;
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to listen; port 0 takes any that is free, and says which
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7878")]
    listen: SocketAddr,
    #[command(flatten)]
    token: TokenFlags,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    match serve(globals, arguments) {
        Ok(()) => Exit::Ok,
        Err(problems) => globals.complain(&problems),
    }
}

fn serve(globals: &Globals, arguments: &Arguments) -> Result<(), Vec<Diagnostic>> {
    let one = |problem: Box<Diagnostic>| vec![*problem];
    let project = super::search::project(globals)?;
    let token = arguments.token.read().map_err(one)?;
    let (settings, meaning) = settings(&project)?;
    let provider = FreshProvider::open(settings.clone(), meaning, &project.root).map_err(one)?;
    let name = provider.describe();
    let service = Service {
        provider: Arc::new(provider),
        // Files are those of the manifest's own folder.
        assets: open_folder(&folder(&settings, &project.root)).ok(),
        token,
        workers: globals.slots() * 2,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(globals.slots().min(4))
        .max_blocking_threads(globals.slots() * 2 + 4)
        .enable_all()
        .build()
        .map_err(|e| vec![Diagnostic::error("io", format!("cannot start threads: {e}"))])?;
    let served = runtime.block_on(async {
        let server = Server::bind(arguments.listen, service).await?;
        say(&format!("http://{}\n", server.address()));
        talk(&format!("serving {name}; Ctrl-C ends it"));
        server.run(ended()).await
    });
    // A provider that hangs keeps nobody from ending.
    runtime.shutdown_background();
    served.map_err(one)
}
