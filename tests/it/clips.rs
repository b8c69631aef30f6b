//! Tiny media, made by ffmpeg when a test runs; nothing is committed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of clips that goes away with the test.
pub struct Clips(tempfile::TempDir);

impl Clips {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// A file with these bytes.
    pub fn bytes(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("a file is written");
        path
    }

    /// A file that ffmpeg makes: `args` are blank-separated and stand between `-y` and the name.
    /// `@NAME` is the path of a clip made before.
    pub fn make(&self, name: &str, args: &str) -> PathBuf {
        let path = self.path(name);
        let expand = |arg: &str| match arg.strip_prefix('@') {
            Some(clip) => self.path(clip).into_os_string(),
            None => arg.into(),
        };
        let output = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-threads", "1", "-y"])
            .args(args.split_whitespace().map(expand))
            .arg(&path)
            .output()
            .expect("ffmpeg runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "making {name}: {told}");
        path
    }
}
