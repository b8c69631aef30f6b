//! Runs one action: a program with declared inputs, outputs, environment and bounds.
//!
//! An [`Executor`] gets a [`Request`] whose arguments still hold placeholders, because only it
//! knows where the inputs and outputs are for the program: in this machine's cache, in a sandbox,
//! elsewhere. It answers with an [`Execution`], never with a `Result`: a failure carries data too.

pub mod cancel;
mod capture;
mod child;
mod clock;
mod failure;
mod limits;
pub mod local;
mod progress;
mod staging;

pub use cancel::Cancel;
pub use capture::Capture;
pub use failure::Failure;
pub use local::LocalExecutor;
pub use progress::Progress;
pub use staging::Staging;

use crate::store::InPlace;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// One program to run.
///
/// In `args`, `{in:NAME}` and `{out:NAME}` stand for the paths of inputs and outputs, `{params}` for
/// that of the document, and `{scratch}` for that of an empty folder, removed afterwards. Other
/// braces mean themselves.
#[derive(Debug, Clone)]
pub struct Request {
    /// A path (relative ones are relative to `cwd`), or a name to be found on `PATH`.
    pub program: PathBuf,
    pub args: Vec<String>,
    /// Besides the fixed environment: `PATH`, `HOME` and `TMPDIR` (the scratch folder),
    /// `LC_ALL=C.UTF-8`, `TZ=UTC`.
    pub env: BTreeMap<String, String>,
    /// Variables of our own environment that are passed on as they are, and shown nowhere.
    pub secrets: Vec<String>,
    /// Where it runs; the scratch folder, if `None`.
    pub cwd: Option<PathBuf>,
    pub inputs: BTreeMap<String, InputFile>,
    pub outputs: BTreeMap<String, ExpectedOutput>,
    /// The document at `{params}`.
    pub params: Option<Vec<u8>>,
    pub bounds: Bounds,
    pub reports: Reports,
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    pub path: PathBuf,
    /// Where a person finds the same bytes later on.
    pub lasting_path: PathBuf,
}

impl InputFile {
    /// A file that stays where it is.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { lasting_path: path.clone(), path }
    }
}

impl From<&InPlace> for InputFile {
    fn from(blob: &InPlace) -> Self {
        Self { path: blob.path().to_owned(), lasting_path: blob.lasting_path().to_owned() }
    }
}

/// A file that the program must leave behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedOutput {
    /// What it is called for the program, which may go by the extension: `out.mp4`. A plain file
    /// name, unique among the outputs of an action.
    pub file_name: String,
    /// Whether nothing in it is a valid result.
    pub may_be_empty: bool,
}

/// Limits, past which an action fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub wall: Duration,
    /// Address space of each process, bytes.
    pub memory: u64,
    /// Size of each file that it writes, bytes.
    pub file_size: u64,
}

/// How the program tells how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reports {
    /// It does not; what it prints is kept.
    Nothing,
    /// It is ffmpeg: the flags for that are added before its arguments.
    Ffmpeg,
    /// It prints the lines of ffmpeg's `-progress` on its own.
    Lines,
}

/// What came of an action.
#[derive(Debug)]
pub struct Execution {
    /// The outputs, each where it lies in the staging folder, or why it failed.
    pub outcome: Result<BTreeMap<String, PathBuf>, Failure>,
    /// Holds the outputs; they are removed with it.
    pub staging: Option<Staging>,
    pub wall: Duration,
    /// Processor time of the program and of the children it waited for, user and system. To 10 ms.
    pub cpu: Duration,
    /// What it printed, unless that was progress.
    pub stdout: Capture,
    pub stderr: Capture,
    /// The command to repeat it by hand, quoted for a shell. Empty unless it failed.
    pub by_hand: String,
}

/// Runs actions. Many threads may use one executor.
pub trait Executor: Send + Sync {
    /// Runs one action to its end. `progress` is called from the calling thread, some times a
    /// second. After `cancel`, it ends within half a second.
    fn execute(
        &self,
        request: &Request,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Execution;
}
