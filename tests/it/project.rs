//! A project in a temporary folder, and the real binary run in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder with a Memefile; removed when dropped.
pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    pub fn new(memefile: &str) -> Self {
        Self::within(tempfile::tempdir().unwrap(), memefile)
    }

    /// In a folder that was made ready before.
    pub fn within(folder: tempfile::TempDir, memefile: &str) -> Self {
        let project = Self { folder };
        project.write("Memefile.toml", memefile);
        project
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// `memebuild` with these arguments, about to be run in the project.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_memebuild"));
        command.args(args).current_dir(self.root()).env("NO_COLOR", "1");
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs and expects this exit code; the talk is returned.
    #[track_caller]
    pub fn expect(&self, code: i32, args: &[&str]) -> String {
        let output = self.run(args);
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?} said:\n{talk}");
        talk
    }

    /// Builds, and returns the JSON document.
    #[track_caller]
    pub fn build(&self) -> serde_json::Value {
        let output = self.run(&["build", "--format", "json"]);
        let talk = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{talk}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Node → status of a build.
    #[track_caller]
    pub fn statuses(&self) -> BTreeMap<String, String> {
        let document = self.build();
        let results = document["results"].as_array().unwrap().iter();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        results.map(|result| (text(&result["node"]), text(&result["status"]))).collect()
    }

    /// All files below `folder`, and their bytes; without our own README files.
    pub fn files(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        walkdir::WalkDir::new(self.root().join(folder))
            .sort_by_file_name()
            .into_iter()
            .flatten()
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry.path().strip_prefix(self.root()).unwrap().to_owned();
                (path, std::fs::read(entry.path()).unwrap())
            })
            .collect()
    }
}

/// A small generator of numbers (SplitMix64), so that tests are the same each time.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
}
