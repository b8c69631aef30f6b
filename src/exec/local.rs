//! Runs actions as processes of this machine, without a sandbox.

use super::child::{self, Ended, Ran};
use super::clock::{self, Clock};
use super::staging::{Places, Pool};
use super::{Cancel, Execution, Executor, Failure, Progress, Reports, Request};
use crate::store::error::StoreError;
use crate::store::session::Session;
use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tracing::{Level, debug_span, enabled, field, trace_span};

/// What ffmpeg is told besides its arguments: never to ask, to mark how grave each line is, and to
/// report on standard output.
const FFMPEG_FLAGS: [&str; 7] =
    ["-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+warning", "-progress", "pipe:1"];

/// Runs programs in this machine, their outputs growing in the session's folder.
#[derive(Debug)]
pub struct LocalExecutor {
    pool: Arc<Pool>,
    /// Folders in which programs are looked for, and what they get as `PATH`.
    path: OsString,
    /// Name → where it was found.
    found: Mutex<HashMap<PathBuf, PathBuf>>,
}

impl LocalExecutor {
    /// `path` is the list of folders that programs get as `PATH`.
    pub fn new(session: Arc<Session>, path: OsString) -> Self {
        Self { pool: Pool::new(session), path, found: Mutex::default() }
    }

    /// The file that a program name means.
    fn find(&self, program: &Path, cwd: &Path) -> Result<PathBuf, Failure> {
        if program.as_os_str().as_bytes().contains(&b'/') {
            return Ok(cwd.join(program));
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(path) = found.get(program) {
            return Ok(path.clone());
        }
        let path = std::env::split_paths(&self.path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(program))
            .find(|path| is_executable(path))
            .ok_or_else(|| Failure::NoProgram(program.display().to_string()))?;
        found.insert(program.to_owned(), path.clone());
        Ok(path)
    }

    fn run(
        &self,
        request: &Request,
        places: &Places,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Ran, Failure> {
        let read = |input: &super::InputFile| input.path.clone();
        let args = substitute(request, places, &read)?;
        let cwd = request.cwd.as_deref().unwrap_or(&places.scratch);
        let program = self.find(&request.program, cwd)?;
        let mut command = Command::new(&program);
        let name = request.program.file_name().unwrap_or_default().to_string_lossy();
        let (decode_us, encode_us, cpu_us) = (field::Empty, field::Empty, field::Empty);
        let span = debug_span!("run", program = %name, cpu_us, decode_us, encode_us).entered();
        let is_ffmpeg = request.reports == Reports::Ffmpeg;
        if is_ffmpeg {
            command.args(FFMPEG_FLAGS);
        }
        // Some lines a frame, which only a trace makes use of.
        let clock = is_ffmpeg && enabled!(Level::TRACE);
        let clock = clock.then(|| Clock::in_folder(&places.scratch));
        if clock.is_some() {
            command.arg(clock::FLAG);
        }
        command.args(args).current_dir(cwd).env_clear().envs(self.environment(request, places));
        command.envs(clock.iter().map(Clock::variable));
        let secret = |name: &String| Some((name.clone(), std::env::var_os(name)?));
        command.envs(request.secrets.iter().filter_map(secret));
        let report = (request.reports != Reports::Nothing).then_some(progress);
        let ran = child::run(&mut command, &request.bounds, cancel, report);
        if let Some(clock) = clock {
            clock.tell(&span);
        }
        if let Ok(ran) = &ran {
            span.record("cpu_us", u64::try_from(ran.cpu.as_micros()).unwrap_or(u64::MAX));
        }
        ran.map_err(|source| {
            let program = request.program.display().to_string();
            match source.kind() {
                io::ErrorKind::NotFound if cwd.is_dir() => Failure::NoProgram(program),
                _ => Failure::NotStarted { program, source },
            }
        })
    }

    fn environment(&self, request: &Request, places: &Places) -> BTreeMap<OsString, OsString> {
        let scratch = places.scratch.clone().into_os_string();
        let fixed = [
            ("PATH", self.path.clone()),
            ("HOME", scratch.clone()),
            ("TMPDIR", scratch),
            ("LC_ALL", "C.UTF-8".into()),
            ("TZ", "UTC".into()),
        ];
        let declared = request.env.iter().map(|(name, value)| (name.as_str(), value.into()));
        fixed.into_iter().chain(declared).map(|(name, value)| (name.into(), value)).collect()
    }

    /// The command for a person's shell.
    fn by_hand(&self, request: &Request, places: &Places) -> String {
        let lasting = |input: &super::InputFile| input.lasting_path.clone();
        let Ok(args) = substitute(request, places, &lasting) else { return String::new() };
        let cwd = request.cwd.as_deref().unwrap_or(&places.scratch);
        let quote = |word: &OsStr| shell_words::quote(&word.to_string_lossy()).into_owned();
        let mut words = vec!["cd".to_owned(), quote(cwd.as_os_str()), "&&".to_owned()];
        words.extend(["env".to_owned(), "-i".to_owned()]);
        for (name, value) in self.environment(request, places) {
            words.push(format!("{}={}", name.to_string_lossy(), quote(&value)));
        }
        // The shell of whoever repeats it knows the secret, or asks for it.
        words.extend(request.secrets.iter().map(|name| format!("{name}=\"${name}\"")));
        words.push(quote(request.program.as_os_str()));
        words.extend(args.iter().map(|arg| quote(arg)));
        words.join(" ")
    }
}

impl Executor for LocalExecutor {
    fn execute(
        &self,
        request: &Request,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Execution {
        let started = Instant::now();
        let mut execution = Execution {
            outcome: Err(Failure::Cancelled),
            staging: None,
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
            stdout: Default::default(),
            stderr: Default::default(),
            by_hand: String::new(),
        };
        if cancel.is_cancelled() {
            return execution;
        }
        let staged = trace_span!("stage").in_scope(|| self.pool.stage(request));
        let (mut staging, places) = match staged {
            Ok(made) => made,
            Err(failure) => return Execution { outcome: Err(failure), ..execution },
        };
        execution.outcome = match self.run(request, &places, cancel, progress) {
            Err(failure) => Err(failure),
            Ok(ran) => {
                execution.cpu = ran.cpu;
                execution.stdout = ran.stdout;
                execution.stderr = ran.stderr;
                judge(request, &places, ran.ended, &execution.stderr.text())
            }
        };
        execution.wall = started.elapsed();
        match &execution.outcome {
            Ok(_) | Err(Failure::Cancelled | Failure::NoProgram(_) | Failure::DiskFull(_)) => {}
            Err(_) => {
                execution.by_hand = self.by_hand(request, &places);
                staging.keep_for_repeating();
            }
        }
        execution.staging = Some(staging);
        execution
    }
}

/// Whether a program that ended so did what it should.
fn judge(
    request: &Request,
    places: &Places,
    ended: Ended,
    said: &str,
) -> Result<BTreeMap<String, PathBuf>, Failure> {
    match ended {
        Ended::Exit(0) if request.reports == Reports::Ffmpeg => {
            Failure::of_success(said, &request.bounds, &places.shared).map_or(Ok(()), Err)?;
        }
        Ended::Exit(0) => {}
        Ended::Exit(code) => {
            return Err(Failure::of_exit(code, said, &request.bounds, &places.shared));
        }
        Ended::Signal(signal) => return Err(Failure::of_signal(signal, said, &request.bounds)),
        Ended::Cancelled => return Err(Failure::Cancelled),
        Ended::TimedOut => return Err(Failure::TimedOut(request.bounds.wall)),
    }
    for (name, expected) in &request.outputs {
        let path = &places.outputs[name];
        let metadata = match std::fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(Failure::OutputMissing(name.clone()));
            }
            Err(e) => return Err(StoreError::io("read", path)(e).into()),
        };
        if !metadata.is_file() {
            return Err(Failure::OutputNotAFile(name.clone()));
        }
        if metadata.len() == 0 && !expected.may_be_empty {
            return Err(Failure::OutputEmpty(name.clone()));
        }
        // A program may have lifted the kernel's bound, as root can.
        let limit = request.bounds.file_size;
        if metadata.len() > limit {
            return Err(Failure::TooLarge { output: Some(name.clone()), limit });
        }
    }
    Ok(places.outputs.clone())
}

/// The arguments with paths in place of placeholders. Braces that are none stay as they are, and
/// what was put in is not looked at again.
fn substitute(
    request: &Request,
    places: &Places,
    input: &dyn Fn(&super::InputFile) -> PathBuf,
) -> Result<Vec<OsString>, Failure> {
    let value = |name: &str| -> Result<Option<PathBuf>, Failure> {
        let unknown = || Failure::BadRequest(format!("nothing is declared for `{{{name}}}`"));
        if let Some(name) = name.strip_prefix("in:") {
            return request.inputs.get(name).map(|i| Some(input(i))).ok_or_else(unknown);
        }
        if let Some(name) = name.strip_prefix("out:") {
            return places.outputs.get(name).map(|path| Some(path.clone())).ok_or_else(unknown);
        }
        match name {
            "params" if request.params.is_none() => Err(unknown()),
            "params" => Ok(Some(places.params.clone())),
            "scratch" => Ok(Some(places.scratch.clone())),
            _ => Ok(None),
        }
    };
    request
        .args
        .iter()
        .map(|arg| {
            let mut done = OsString::new();
            let mut rest = arg.as_str();
            while let Some(open) = rest.find('{') {
                let (before, from) = rest.split_at(open);
                done.push(before);
                let close = from.find('}').unwrap_or(0);
                if let Some(path) = value(from.get(1..close).unwrap_or_default())? {
                    done.push(path);
                    rest = &from[close + 1..];
                } else {
                    done.push("{");
                    rest = &from[1..];
                }
            }
            done.push(rest);
            Ok(done)
        })
        .collect()
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}
