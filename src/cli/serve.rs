//! `memebuild serve`: the project's assets over HTTP, and its page.

use super::search::{folder, settings};
use super::shared::{Globals, ended, say, talk};
use super::token::{self, TokenFlags};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use crate::provider::Provider;
use crate::provider::fresh::FreshProvider;
use crate::server::files::open_folder;
use crate::server::ui::{Hub, Ui};
use crate::server::{Server, Service};
use clap::Args;
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to listen; port 0 takes any that is free, and says which
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7878")]
    listen: SocketAddr,
    /// Serve the live page too: what was made and what is being made, approving and rejecting it, and
    /// answering choices; with a token of the project's own unless one is named
    #[arg(long)]
    ui: bool,
    /// Let people look at the page, and decide nothing
    #[arg(long, requires = "ui")]
    read_only: bool,
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
    let io = |what: &str, e| vec![Diagnostic::error("io", format!("cannot {what}: {e}"))];
    let project = super::search::project(globals)?;
    let named = arguments.token.read().map_err(one)?;
    let own = arguments.ui && named.is_none();
    let own = own.then(|| token::of_project(&project.cache)).transpose().map_err(one)?;
    let (settings, meaning) = settings(&project)?;
    let provider = match arguments.ui {
        true => FreshProvider::patient(settings.clone(), meaning, &project.root),
        false => FreshProvider::open(settings.clone(), meaning, &project.root),
    };
    let provider = provider.map_err(one)?;
    let name = provider.describe();
    let ui = arguments.ui.then(|| page(&project, !arguments.read_only)).transpose();
    let service = Service {
        provider: Arc::new(provider),
        // Files are those of the manifest's own folder.
        assets: open_folder(&folder(&settings, &project.root)).ok(),
        token: named.or_else(|| own.clone()),
        ui: ui.map_err(|e| io("look on at builds", e))?.map(Arc::new),
        workers: globals.slots() * 2,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(globals.slots().min(4))
        .max_blocking_threads(globals.slots() * 2 + 4)
        .enable_all()
        .build()
        .map_err(|e| io("start threads", e))?;
    let served = runtime.block_on(async {
        let server = Server::bind(arguments.listen, service).await?;
        // One that was named opens more than this page: it gets into no address.
        let entrance = own.map_or(String::new(), |token| format!("/?token={token}"));
        say(&format!("http://{}{entrance}\n", server.address()));
        let what = if arguments.ui { "the page, and " } else { "" };
        talk(&format!("serving {what}{name}; Ctrl-C ends it"));
        server.run(ended()).await
    });
    // A provider that hangs keeps nobody from ending.
    runtime.shutdown_background();
    served.map_err(one)
}

fn page(project: &Project, may_decide: bool) -> std::io::Result<Ui> {
    let hub = Hub::begin(&project.root, &project.cache)?;
    Ui::open(project.root.clone(), hub, may_decide)
}
