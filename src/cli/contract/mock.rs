//! `memebuild contract mock`.

use super::{named, plain};
use crate::cli::shared::{Globals, say, talk};
use crate::contract::asset::{AssetId, AssetKind, Manifest};
use crate::contract::mock::{MOST, documents};
use crate::contract::registry::Form;
use crate::contract::{self, Contract};
use crate::diagnostic::{Diagnostic, Exit};
use crate::node::mock;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Arguments {
    /// A contract: `manifest` comes with media for its assets
    contract: String,
    /// How many assets, or documents of another contract
    #[arg(long, value_name = "N")]
    count: Option<u32>,
    /// Other numbers make other mocks
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// An asset that there must be, as `green-screen/gorilla`
    #[arg(long = "id", value_name = "KIND/ID", value_parser = asset)]
    ids: Vec<(AssetKind, AssetId)>,
    /// Write into this folder, which must be empty or a mock; else documents are printed
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn asset(text: &str) -> Result<(AssetKind, AssetId), String> {
    let wrong = || "it is not of the form `green-screen/gorilla`".to_owned();
    let (kind, id) = text.split_once('/').ok_or_else(wrong)?;
    let kind = kind.parse().map_err(|()| {
        let kinds = AssetKind::ALL.map(AssetKind::as_str);
        format!("there is no kind `{}`, only {}", kind.escape_debug(), kinds.join(", "))
    })?;
    Ok((kind, AssetId::try_from(id.to_owned())?))
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Result<Exit, Diagnostic> {
    let contract = named(&arguments.contract)?;
    if contract.name == Manifest::NAME {
        return manifest(globals, arguments);
    }
    if arguments.out.is_some() || !arguments.ids.is_empty() {
        let message =
            format!("`--out` and `--id` have no meaning for a mock of `{}`", contract.name);
        return Err(Diagnostic::usage("no-media", message));
    }
    let count = arguments.count.unwrap_or(1).clamp(1, 1000);
    if contract.form == Form::Toml && count > 1 {
        let message =
            format!("documents of `{}` are TOML, and cannot be told apart", contract.name);
        return Err(Diagnostic::usage("too-many", message)
            .hint("make one at a time, each with a `--seed` of its own"));
    }
    let made = documents(contract, count, arguments.seed);
    if made.len() < count as usize {
        let message = format!("only {} of {count} documents could be made", made.len());
        return Err(Diagnostic::error("no-mock", message)
            .note("the schema says too little of what must hold across fields"));
    }
    let lines = made.iter().map(|document| match count {
        1 => contract.text(document).expect("its own parser took it"),
        _ => format!("{document}\n"),
    });
    say(&lines.collect::<String>());
    Ok(Exit::Ok)
}

/// A whole folder; without one, only the document is kept, and it is true of media that can be made
/// again.
fn manifest(globals: &Globals, arguments: &Arguments) -> Result<Exit, Diagnostic> {
    let count = arguments.count.unwrap_or(if arguments.ids.is_empty() { 4 } else { 0 });
    if count > MOST {
        let message = format!("{count} assets are more than {MOST}");
        return Err(Diagnostic::usage("too-many", message));
    }
    let cast = mock::cast(count, &arguments.ids);
    let Some(out) = &arguments.out else {
        let scratch = tempfile::tempdir().map_err(|error| {
            Diagnostic::error("io", format!("cannot make a temporary folder: {error}"))
        })?;
        let manifest = mock::write_folder(scratch.path(), &cast, arguments.seed)?;
        say(&String::from_utf8_lossy(&contract::write(&manifest)));
        return Ok(Exit::Ok);
    };
    let folder = globals.directory.join(out);
    let manifest = mock::write_folder(&folder, &cast, arguments.seed)?;
    talk(&format!(
        "{} mock assets and their manifest are in `{}`",
        manifest.assets.len(),
        plain(&folder)
    ));
    Ok(Exit::Ok)
}
