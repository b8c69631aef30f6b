//! Runs a job on this machine: stage, execute, harvest, store.

use super::services::{Job, Lookup, Made, Progress, Runner, Store};
use super::turns::Turns;
use super::{state, step_failure};
use crate::contract::CONTRACT_CHANGED;
use crate::contract::action::ActionResult;
use crate::contract::digest::{ActionKey, Digest};
use crate::diagnostic::{Diagnostic, Exit};
use crate::exec::{
    Bounds, Cancel, Execution, Executor, ExpectedOutput, InputFile, Reports, Request,
};
use crate::media::ffmpeg;
use crate::node::Output;
use crate::node::plan::{Action, OutputKind, Program};
use crate::store::{ActionCache, Cas, FileDigests, InPlace, LocalStore, Presence, Watch};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use tracing::{debug_span, trace_span};

/// Longest command that is shown, in bytes.
const LONG: usize = 600;

/// Runs jobs through an executor, into a store.
pub struct LocalRunner<'a> {
    pub root: &'a Path,
    pub store: &'a LocalStore,
    pub digests: &'a FileDigests,
    pub executor: &'a dyn Executor,
    pub cancel: &'a Cancel,
    /// Where several projects share the store.
    pub turns: Option<&'a Turns>,
    /// This program, for steps of our own.
    pub exe: PathBuf,
}

impl Runner for LocalRunner<'_> {
    fn run(&self, job: &Job, progress: &dyn Fn(Progress)) -> Result<Made, Diagnostic> {
        let Some(turns) = self.turns else { return self.attempts(job, progress) };
        // Another project's build may be making the very same.
        let _turn = debug_span!("turn").in_scope(|| turns.take(&job.key, self.cancel));
        if let Lookup::Hit(result) = Store::lookup(self.store, &job.key)
            && result
                .outputs
                .values()
                .all(|digest| self.store.contains(digest) == Presence::Present)
        {
            let by = Some(result.build);
            return Ok(Made { outputs: result.outputs, wall_ms: result.wall_ms, cpu_ms: 0, by });
        }
        let made = self.attempts(job, progress)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // The turn is over once others can see the result. One that cannot be kept is made again.
        let _ = Store::record(
            self.store,
            ActionResult {
                key: job.key,
                manifest: job.manifest.clone(),
                outputs: made.outputs.clone(),
                wall_ms: made.wall_ms,
                cpu_ms: made.cpu_ms,
                build: job.build.clone(),
                finished_ms: millis(now),
            },
        );
        self.store.flush();
        Ok(made)
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

impl LocalRunner<'_> {
    fn attempts(&self, job: &Job, progress: &dyn Fn(Progress)) -> Result<Made, Diagnostic> {
        let mut attempt = 0;
        loop {
            match self.attempt(job, progress) {
                Err(_) if attempt < job.action.retries && !self.cancel.is_cancelled() => {
                    attempt += 1
                }
                ended => return ended,
            }
        }
    }

    fn attempt(&self, job: &Job, progress: &dyn Fn(Progress)) -> Result<Made, Diagnostic> {
        let mut held = Vec::new();
        let mut watch = Watch::default();
        let mut inputs = BTreeMap::new();
        let reading = trace_span!("inputs").entered();
        for (name, output) in &job.inputs {
            inputs.insert(name.clone(), self.input(output, &mut held, &mut watch)?);
        }
        drop(reading);
        let request = self.request(&job.action, inputs)?;
        let mut execution = self.executor.execute(&request, self.cancel, &mut |p| {
            if let Some(frame) = p.frame {
                progress(Progress { frame, speed_milli: p.speed_milli });
            }
        });
        let what = format!("{} ({})", job.node, job.action.title());
        execution.by_hand = self.by_hand(&job.key, std::mem::take(&mut execution.by_hand));
        if let Some(failure) = execution.diagnostic(&what) {
            // That the disk is full is better told by the executor, which knows the disk.
            let own = matches!(job.action.program, Program::Tool { .. } | Program::Asking { .. });
            let own = (own && failure.code != "disk-full").then(|| {
                step_failure::read(&execution.stderr.text(), &job.node, failure.hints.clone())
            });
            return Err(own.flatten().unwrap_or(failure));
        }
        let outputs = self.harvest(&job.action, &execution, &what)?;
        if let Some(path) = watch.changed() {
            let message = format!("`{}` changed while {what} was reading it", path.display());
            return Err(Diagnostic::error("changed", message)
                .note("nothing was stored, since nobody can tell which bytes it read")
                .hint("build again once nothing writes to it"));
        }
        let (wall_ms, cpu_ms) = (millis(execution.wall), millis(execution.cpu));
        Ok(Made { outputs, wall_ms, cpu_ms, by: None })
    }

    /// A command to be repeated by hand; one that would fill a screen, as a script of its own.
    fn by_hand(&self, key: &ActionKey, command: String) -> String {
        if command.len() <= LONG {
            return command;
        }
        let path = format!("cache/by-hand/{}.sh", key.short());
        let written = state::replace(&self.root.join(&path), format!("{command}\n").as_bytes());
        if written.is_ok() { format!("sh {path}") } else { command }
    }

    /// Where an input's bytes are. Blobs are held until the action is done; files of the user's
    /// are watched.
    fn input(
        &self,
        output: &Output,
        held: &mut Vec<InPlace>,
        watch: &mut Watch,
    ) -> Result<InputFile, Diagnostic> {
        match output {
            Output::Blob(digest) => {
                let blob = self.store.in_place(digest).map_err(|error| error.diagnostic())?;
                let file = InputFile::from(&blob);
                held.push(blob);
                Ok(file)
            }
            Output::File { path, digest } => {
                let full = self.root.join(path);
                let (now, stamp) = self.digests.digest(path).map_err(|error| error.diagnostic())?;
                if now != *digest {
                    let message = format!("`{}` changed during the build", path.display());
                    return Err(Diagnostic::error("changed", message)
                        .hint("build again once nothing writes to it"));
                }
                watch.add(full.clone(), stamp);
                Ok(InputFile::new(full))
            }
        }
    }

    fn request(
        &self,
        action: &Action,
        inputs: BTreeMap<String, InputFile>,
    ) -> Result<Request, Diagnostic> {
        let mut env = action.env.clone();
        let (program, args, cwd, reports) = match &action.program {
            Program::Tool { step, .. } => {
                for tool in [ffmpeg::Program::Ffmpeg, ffmpeg::Program::Ffprobe] {
                    if let Ok(path) = tool.locate() {
                        env.insert(tool.variable().to_owned(), path.to_string_lossy().into());
                    }
                }
                (self.exe.clone(), tool_args(step, action), None, Reports::Lines)
            }
            Program::Asking { step, reach, .. } => {
                env.extend(reach.clone());
                (self.exe.clone(), tool_args(step, action), None, Reports::Nothing)
            }
            Program::Ffmpeg => {
                let program = ffmpeg::Program::Ffmpeg.locate()?;
                (program, action.args.clone(), None, Reports::Ffmpeg)
            }
            Program::User(name) => {
                let cwd = Some(self.root.to_owned());
                (PathBuf::from(name), action.args.clone(), cwd, Reports::Nothing)
            }
        };
        let secrets = match &action.program {
            Program::Asking { secret, .. } => secret.iter().cloned().collect(),
            _ => Vec::new(),
        };
        let outputs = action.outputs.iter().map(|(name, kind)| {
            let may_be_empty = matches!(kind, OutputKind::Named(_));
            (name.clone(), ExpectedOutput { file_name: kind.file_name(name), may_be_empty })
        });
        let params = (!action.params.is_null())
            .then(|| serde_json::to_vec(&action.params).expect("JSON values print"));
        Ok(Request {
            program,
            args,
            env,
            secrets,
            cwd,
            inputs,
            outputs: outputs.collect(),
            params,
            bounds: Bounds {
                wall: action.bounds.wall,
                memory: action.bounds.memory,
                file_size: action.bounds.file_size,
            },
            reports,
        })
    }

    /// Checks what was made by its contract and puts it into the store.
    fn harvest(
        &self,
        action: &Action,
        execution: &Execution,
        what: &str,
    ) -> Result<BTreeMap<String, Digest>, Diagnostic> {
        let made = execution.outcome.as_ref().map_err(|failure| bug(failure.to_string()))?;
        let mut outputs = BTreeMap::new();
        for (name, kind) in &action.outputs {
            let path = made.get(name).ok_or_else(|| bug(format!("{what}: no output `{name}`")))?;
            let bytes = || {
                std::fs::read(path)
                    .map_err(|e| bug(format!("{what}: cannot read output `{name}`: {e}")))
            };
            let checking = trace_span!("check", output = name).entered();
            match kind {
                OutputKind::Document { contract, check } => check(&bytes()?).map_err(|why| {
                    // Only a memebuild that was replaced under the build writes another version.
                    let changed = why.is_about_version();
                    let code = if changed { CONTRACT_CHANGED } else { "contract-break" };
                    Diagnostic::error(code, format!("{what}: output `{name}`: {why}"))
                        .note(format!("it must satisfy the contract `{contract}`"))
                })?,
                OutputKind::Checked { schema, file_name, .. } => schema
                    .check(&bytes()?)
                    .map_err(|why| schema.broken(&format!("{what}: `{file_name}`"), &why))?,
                OutputKind::Bytes(_) | OutputKind::Named(_) => {}
            }
            drop(checking);
            let storing = trace_span!("store", output = name);
            let digest = storing.in_scope(|| self.store.put_file(path));
            let digest = digest.map_err(|error| error.diagnostic())?;
            outputs.insert(name.clone(), digest);
        }
        Ok(outputs)
    }
}

/// `tool STEP` and where everything is.
fn tool_args(step: &str, action: &Action) -> Vec<String> {
    let mut args = vec!["tool".to_owned(), step.to_owned()];
    if !action.params.is_null() {
        args.extend(["--params".to_owned(), "{params}".to_owned()]);
    }
    args.extend(["--scratch".to_owned(), "{scratch}".to_owned()]);
    for name in action.inputs.keys() {
        args.extend(["--in".to_owned(), format!("{name}={{in:{name}}}")]);
    }
    for name in action.outputs.keys() {
        args.extend(["--out".to_owned(), format!("{name}={{out:{name}}}")]);
    }
    args.extend(action.args.iter().cloned());
    args
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn bug(message: String) -> Diagnostic {
    Diagnostic::error("bug", message).exit(Exit::Bug)
}
