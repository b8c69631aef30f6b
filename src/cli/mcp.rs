//! `memebuild mcp`: the project as tools and resources for agents. A client starts it and speaks with it
//! on standard input and output, unless it is to serve HTTP.

use super::shared::{Globals, ended, say, talk};
use super::token::TokenFlags;
use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::Cancel;
use crate::mcp::{Host, Listening, serve_stdio};
use clap::Args;
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Streamable HTTP at this address of this machine, in place of standard input and output; port 0
    /// takes any that is free, and says which [default where only --http is said: 127.0.0.1:7879]
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        num_args = 0..=1,
        default_missing_value = "127.0.0.1:7879"
    )]
    http: Option<SocketAddr>,
    /// Leave out the tools that change something: build and choice_submit
    #[arg(long)]
    read_only: bool,
    #[command(flatten)]
    token: TokenFlags,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    match serve(globals, arguments) {
        Ok(()) => Exit::Ok,
        Err(problem) => globals.complain(&[*problem]),
    }
}

fn serve(globals: &Globals, arguments: &Arguments) -> Result<(), Box<Diagnostic>> {
    let io = |what: &str, e| Box::new(Diagnostic::error("io", format!("cannot {what}: {e}")));
    let project =
        super::search::project(globals).map_err(|mut problems| Box::new(problems.remove(0)))?;
    let token = arguments.token.read()?;
    if arguments.http.is_none() && arguments.token.is_named() {
        let problem = Diagnostic::usage("contradiction", "only who asks over HTTP has a token");
        return Err(Box::new(problem.hint("add `--http`, or leave the token out")));
    }
    Cancel::survive_file_size_limit().map_err(|e| io("listen to signals", e))?;
    let host = Arc::new(Host::new(&project, globals.slots(), arguments.read_only));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| io("start threads", e))?;
    let served = runtime.block_on(async {
        let Some(address) = arguments.http else { return serve_stdio(host, ended()).await };
        let listening = Listening::bind(address, host, token).await?;
        say(&format!("{}\n", listening.url()));
        talk(&format!("serving {}; Ctrl-C ends it", project.root.display()));
        listening.run(ended()).await
    });
    // Standard input may never end.
    runtime.shutdown_background();
    served
}
