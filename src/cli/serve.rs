//! `memebuild serve`: the project's assets over HTTP.

use super::search::{folder, settings};
use super::shared::{Globals, say, talk};
use crate::diagnostic::{Diagnostic, Exit};
use crate::provider::Provider;
use crate::provider::fresh::FreshProvider;
use crate::server::files::open_folder;
use crate::server::{Server, Service};
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Shortest token that counts as one.
const SHORTEST_TOKEN: usize = 16;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to listen; port 0 takes any that is free, and says which
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7878")]
    listen: SocketAddr,
    /// The environment variable that holds the token that askers must have
    #[arg(long, value_name = "NAME", conflicts_with = "token_file")]
    token_env: Option<String>,
    /// The file that holds it
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
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
    let token = token(arguments).map_err(one)?;
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
    let ended = runtime.block_on(async {
        let server = Server::bind(arguments.listen, service).await?;
        say(&format!("http://{}\n", server.address()));
        talk(&format!("serving {name}; Ctrl-C ends it"));
        server.run(ended()).await
    });
    // A provider that hangs keeps nobody from ending.
    runtime.shutdown_background();
    ended.map_err(one)
}

fn token(arguments: &Arguments) -> Result<Option<String>, Box<Diagnostic>> {
    let (place, text) = match (&arguments.token_env, &arguments.token_file) {
        (None, None) => return Ok(None),
        (Some(name), _) => {
            let place = format!("the environment's `{}`", name.escape_debug());
            (place, std::env::var(name).unwrap_or_default())
        }
        (None, Some(path)) => {
            let place = format!("`{}`", path.display());
            let text = std::fs::read_to_string(path).map_err(|e| {
                Box::new(Diagnostic::usage("no-token", format!("cannot read {place}: {e}")))
            })?;
            (place, text)
        }
    };
    let token = text.trim();
    let printable = token.bytes().all(|b| b.is_ascii_graphic());
    if token.len() < SHORTEST_TOKEN || !printable {
        let what = format!("{place} holds no token");
        let problem = Diagnostic::usage("no-token", what);
        return Err(Box::new(problem.hint(format!(
            "a token is {SHORTEST_TOKEN} or more printable characters, as `openssl rand -hex 32` makes"
        ))));
    }
    Ok(Some(token.to_owned()))
}

/// Done once somebody asks the process to end.
async fn ended() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
