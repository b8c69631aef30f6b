//! Who the tools are, asked once and then remembered under the stat data of their files.

use super::services::Identities;
use crate::contract::digest::Digest;
use crate::diagnostic::Diagnostic;
use crate::media::ffmpeg::{self, Identity};
use crate::node::plan::External;
use crate::store::{FileDigests, Stamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// An identity and the files that bear witness of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    witnesses: Vec<(PathBuf, Stamp)>,
    identity: String,
}

/// Tools of this machine.
pub struct LocalIdentities<'a> {
    root: &'a Path,
    digests: &'a FileDigests,
    /// Folders in which programs are looked for.
    path: OsString,
    /// `cache/state/tools.json`.
    file: PathBuf,
    externals: Mutex<BTreeMap<String, Remembered>>,
    users: Mutex<BTreeMap<String, String>>,
    /// Files whose change would change an identity.
    witnesses: Mutex<BTreeSet<PathBuf>>,
}

impl<'a> LocalIdentities<'a> {
    pub fn new(root: &'a Path, cache: &Path, digests: &'a FileDigests, path: OsString) -> Self {
        let file = cache.join("state/tools.json");
        // A memo: what cannot be read is asked again.
        let externals = std::fs::read(&file)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self {
            root,
            digests,
            path,
            file,
            externals: Mutex::new(externals),
            users: Mutex::default(),
            witnesses: Mutex::default(),
        }
    }

    /// The files that identities given out so far depend on.
    pub fn witnesses(&self) -> BTreeSet<PathBuf> {
        self.witnesses.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All tools that any action may use, in one text. A tool that is missing says so, and only
    /// fails the nodes that need it.
    pub fn all(&self) -> String {
        let external = |external| self.external(external).unwrap_or_else(|e| e.message);
        format!("{}\n{}\n{}", self.own(), external(External::Ffmpeg), external(External::Ffprobe))
    }

    fn witness(&self, path: &Path) {
        self.witnesses.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
    }

    /// The file that a program's name means.
    fn find(&self, program: &str) -> Option<PathBuf> {
        if program.contains('/') {
            return Some(self.root.join(program));
        }
        std::env::split_paths(&self.path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(program))
            .find(|path| path.is_file())
    }
}

impl Identities for LocalIdentities<'_> {
    fn external(&self, external: External) -> Result<String, Diagnostic> {
        let program = match external {
            External::Ffmpeg => ffmpeg::Program::Ffmpeg,
            External::Ffprobe => ffmpeg::Program::Ffprobe,
        };
        let mut known = self.externals.lock().unwrap_or_else(PoisonError::into_inner);
        let located = program.locate()?;
        let located = located.canonicalize().unwrap_or(located);
        if let Some(found) = known.get(external.name()) {
            let same = |(path, stamp): &(PathBuf, Stamp)| Stamp::of(path).ok() == Some(*stamp);
            let first = found.witnesses.first().is_some_and(|(path, _)| *path == located);
            if first && found.witnesses.iter().all(same) {
                found.witnesses.iter().for_each(|(path, _)| self.witness(path));
                return Ok(found.identity.clone());
            }
        }
        let asked = Identity::ask(program)?;
        let identity = format!("{} {}", asked.version, asked.digest);
        let stamped = |path: &PathBuf| Some((path.clone(), Stamp::of(path).ok()?));
        let witnesses: Vec<_> = asked.witnesses.iter().filter_map(stamped).collect();
        witnesses.iter().for_each(|(path, _)| self.witness(path));
        known.insert(
            external.name().to_owned(),
            Remembered { witnesses, identity: identity.clone() },
        );
        // A memo that cannot be kept costs a quarter of a second next time.
        if let Ok(bytes) = serde_json::to_vec_pretty(&*known) {
            let _ = super::state::replace(&self.file, &bytes);
        }
        Ok(identity)
    }

    fn user(&self, program: &str) -> Result<String, Diagnostic> {
        let mut users = self.users.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(identity) = users.get(program) {
            return Ok(identity.clone());
        }
        let path = self.find(program).ok_or_else(|| {
            Diagnostic::error("missing-tool", format!("there is no program `{program}`"))
                .hint("install it, or put its folder on PATH")
        })?;
        let (digest, _): (Digest, Stamp) =
            self.digests.digest(&path).map_err(|error| error.diagnostic())?;
        self.witness(&path);
        users.insert(program.to_owned(), digest.hex());
        Ok(digest.hex())
    }

    fn own(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let exe = std::env::current_exe().ok();
        let stamp = exe.as_deref().and_then(|path| Stamp::of(path).ok());
        match (exe, stamp) {
            (Some(exe), Some(stamp)) => {
                self.witness(&exe);
                format!("{version} {} {} {}", stamp.size, stamp.mtime_ns, stamp.ino)
            }
            _ => version.to_owned(),
        }
    }
}
