//! `memebuild provider`: fills and checks whoever answers searches.

use super::search::{named, project, provider, settings};
use super::shared::{Globals, say, say_json, talk};
use crate::diagnostic::{Diagnostic, Exit, Level};
use crate::provider::Provider;
use crate::provider::conformance::{Outcome, check};
use crate::provider::http::HttpProvider;
use crate::provider::manifest::read_manifest;
use crate::provider::postgres::{PostgresProvider, Vectors};
use crate::provider::settings::{MANIFEST, Settings, secret};
use clap::{Args, Subcommand};
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say which provider answers the project's searches
    Show,
    /// Make the provider hold what the project's manifest holds
    Sync,
    /// Check that a provider answers as searching is defined
    Check {
        /// One that is served over HTTP; without it, the project's
        url: Option<String>,
        /// The environment variable that holds its token
        #[arg(long, value_name = "NAME", requires = "url")]
        token_env: Option<String>,
        /// Queries to draw
        #[arg(long, value_name = "N", default_value_t = 300)]
        queries: usize,
        /// From which they are drawn
        #[arg(long, value_name = "SEED", default_value_t = 1)]
        seed: u64,
        /// The folder of the model that it has, to check its order by meaning [default: the project's]
        #[arg(long, value_name = "FOLDER")]
        model: Option<PathBuf>,
    },
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let ended = match &arguments.command {
        Command::Show => show(globals),
        Command::Sync => sync(globals),
        Command::Check { url, token_env, queries, seed, model } => {
            let (url, token_env) = (url.as_deref(), token_env.as_deref());
            checked(globals, url, token_env, *queries, *seed, model.as_deref())
        }
    };
    ended.unwrap_or_else(|problems| globals.complain(&problems))
}

fn show(globals: &Globals) -> Result<Exit, Vec<Diagnostic>> {
    let provider = provider(&project(globals)?, None)?;
    say(&format!("{}\n", provider.describe()));
    Ok(Exit::Ok)
}

fn sync(globals: &Globals) -> Result<Exit, Vec<Diagnostic>> {
    let one = |problem: Box<Diagnostic>| vec![*problem];
    let project = project(globals)?;
    let (settings, meaning) = settings(&project)?;
    let Settings::Postgres { url, secret_env, schema } = &settings else {
        // Opening the others brings them up to date, where there is anything to bring.
        let provider = settings.open(&project.root, &meaning).map_err(one)?;
        say(&format!("{} is up to date\n", provider.describe()));
        return Ok(Exit::Ok);
    };
    let manifest = read_manifest(&project.root.join(MANIFEST)).map_err(one)?;
    let password = secret(secret_env.as_deref()).map_err(one)?;
    let provider = PostgresProvider::connect(url, password, schema).map_err(one)?;
    let provider = provider.with_meaning(meaning);
    let loaded = provider.load(&manifest).map_err(one)?;
    if globals.json() {
        say_json(&serde_json::json!({
            "schemaVersion": 1,
            "written": loaded.written,
            "removed": loaded.removed,
            "same": loaded.same,
            "vectors": match &loaded.vectors {
                Vectors::Written(written) => serde_json::json!(written),
                Vectors::Unasked | Vectors::Impossible(_) => serde_json::Value::Null,
            },
        }));
    } else {
        say(&format!(
            "{}: {} written, {} removed, {} as they were\n",
            provider.describe(),
            loaded.written,
            loaded.removed,
            loaded.same
        ));
    }
    match &loaded.vectors {
        Vectors::Unasked => {}
        Vectors::Written(written) => talk(&format!("{written} vectors written")),
        Vectors::Impossible(why) => {
            let what = "this database cannot order by meaning: it has no vectors";
            let problem = Diagnostic::error("no-vectors", what)
                .note(why.clone())
                .hint("let its owner install and create the extension `vector` (pgvector)");
            globals.complain(&[Diagnostic { level: Level::Warning, ..problem }]);
        }
    }
    Ok(Exit::Ok)
}

fn checked(
    globals: &Globals,
    url: Option<&str>,
    token_env: Option<&str>,
    queries: usize,
    seed: u64,
    model: Option<&Path>,
) -> Result<Exit, Vec<Diagnostic>> {
    let one = |problem: Box<Diagnostic>| vec![*problem];
    let provider: Box<dyn Provider> = match url {
        Some(url) => {
            let token = secret(token_env).map_err(one)?;
            Box::new(HttpProvider::new(url, token).map_err(one)?)
        }
        None => provider(&project(globals)?, model)?,
    };
    // Who checks another's server from nowhere has no project to ask for a model.
    let own = project(globals).and_then(|project| settings(&project)).map(|(_, own)| own);
    let meaning = named(model, own.unwrap_or_default());
    let model = meaning.is_there().then(|| meaning.model()).transpose().map_err(one)?;
    let outcomes = check(provider.as_ref(), model, queries, seed).map_err(one)?;
    let broken = outcomes.iter().filter(|outcome| outcome.broken.is_some()).count();
    if globals.json() {
        let line = |outcome: &Outcome| serde_json::json!({ "rule": outcome.rule, "asked": outcome.asked, "broken": outcome.broken });
        let lines: Vec<_> = outcomes.iter().map(line).collect();
        say_json(&serde_json::json!({
            "schemaVersion": 1,
            "provider": provider.describe(),
            "rules": lines,
        }));
    } else {
        let mut out = String::new();
        for Outcome { rule, asked, broken } in &outcomes {
            let word = if broken.is_some() { "broken" } else { "holds" };
            let _ = writeln!(out, "{word:6}  {rule} ({asked} queries)");
            if let Some(why) = broken {
                let _ = writeln!(out, "        {}", crate::report::text::shown(why));
            }
        }
        let _ = writeln!(
            out,
            "\n{}: {} of {} rules hold",
            provider.describe(),
            outcomes.len() - broken,
            outcomes.len()
        );
        say(&out);
    }
    Ok(if broken == 0 { Exit::Ok } else { Exit::Broken })
}
