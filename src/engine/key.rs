//! The action key.
//!
//! | ingredient | where it comes from | why |
//! |---|---|---|
//! | step and version | the node type's code | its meaning may change between memebuilds |
//! | argv | the lowered action, with `{in:…}` and `{out:…}` for paths | what is run |
//! | environment | the action's declared extra variables | the rest is fixed |
//! | params | the lowered action | what a step of our own is asked to do |
//! | input name → digest | the whole blob, or the projection that the action declares | what it reads |
//! | output name → contract | the lowered action | what its bytes must satisfy |
//! | tool → identity | ffmpeg's version, configuration and libraries; a program's own bytes | who does the work |
//!
//! Never: modification times, absolute paths, node names, labels, bounds, retry counts, the time.

use super::services::Identities;
use crate::contract::action::{InputKey, KeyManifest};
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::node::plan::{Action, External, Input, Program};
use std::collections::BTreeMap;

/// The manifest of an action whose inputs are all known. `earlier` looks up the digest of an
/// output of an earlier action of the same plan.
pub fn manifest(
    action: &Action,
    earlier: &dyn Fn(usize, &str) -> Digest,
    identities: &dyn Identities,
) -> Result<KeyManifest, Diagnostic> {
    let input_key = |input: &Input| match input {
        Input::Whole(output) => InputKey { digest: output.digest().hex(), projection: None },
        Input::Projected { projection, digest, .. } => {
            InputKey { digest: digest.clone(), projection: Some((*projection).to_owned()) }
        }
        Input::Earlier { action, output } => {
            InputKey { digest: earlier(*action, output).hex(), projection: None }
        }
    };
    let (argv, tools) = program(action, identities)?;
    Ok(KeyManifest {
        step: action.step.to_owned(),
        version: action.version,
        argv,
        env: action.env.clone(),
        params: action.params.clone(),
        inputs: action.inputs.iter().map(|(n, input)| (n.clone(), input_key(input))).collect(),
        outputs: action.outputs.iter().map(|(n, kind)| (n.clone(), kind.name().into())).collect(),
        tools,
    })
}

fn program(
    action: &Action,
    identities: &dyn Identities,
) -> Result<(Vec<String>, BTreeMap<String, String>), Diagnostic> {
    let mut tools = BTreeMap::new();
    let mut argv = match &action.program {
        Program::Tool { step, uses } => {
            for external in uses {
                tools.insert(external.name().to_owned(), identities.external(*external)?);
            }
            vec!["memebuild".to_owned(), "tool".to_owned(), (*step).to_owned()]
        }
        Program::Asking { step, .. } => {
            vec!["memebuild".to_owned(), "tool".to_owned(), (*step).to_owned()]
        }
        Program::Ffmpeg => {
            tools.insert("ffmpeg".to_owned(), identities.external(External::Ffmpeg)?);
            vec!["ffmpeg".to_owned()]
        }
        Program::User(name) => {
            tools.insert(name.clone(), identities.user(name)?);
            vec![name.clone()]
        }
    };
    argv.extend(action.args.iter().cloned());
    Ok((argv, tools))
}
