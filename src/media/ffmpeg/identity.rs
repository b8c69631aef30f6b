//! Who ffmpeg is, for keys: its version, its configuration, and the bytes of the libraries that
//! make its output.
//!
//! The banner alone is not enough: Debian's ffmpeg is linked to some two hundred shared libraries,
//! and a new x264 changes every frame without changing a word of the banner.

use super::{Job, Program};
use crate::diagnostic::Diagnostic;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Libraries whose code decides what comes out of ffmpeg: its own, and the encoders, decoders,
/// scalers and typesetters that it calls.
const MAKERS: [&str; 24] = [
    "libavcodec",
    "libavdevice",
    "libavfilter",
    "libavformat",
    "libavutil",
    "libpostproc",
    "libswresample",
    "libswscale",
    "libx264",
    "libx265",
    "libvpx",
    "libaom",
    "libdav1d",
    "libSvtAv1Enc",
    "libmp3lame",
    "libopus",
    "libvorbis",
    "libvorbisenc",
    "libwebp",
    "libtheora",
    "libsoxr",
    "libzimg",
    "libfreetype",
    "libass",
];

/// The identity of one program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub program: Program,
    /// As its banner has it: `5.1.9-0+deb12u1`.
    pub version: String,
    /// Hexadecimal blake3 of the banner, the architecture and the libraries' bytes.
    pub digest: String,
    /// Files that the identity was read from, the program first. While their stat data stay, so
    /// does the identity, and it need not be asked again.
    pub witnesses: Vec<PathBuf>,
}

impl Identity {
    /// Asks the program and hashes its libraries: about a quarter of a second.
    ///
    /// # Errors
    /// `missing-tool`: it is not there, or does not answer like ffmpeg.
    pub fn ask(program: Program) -> Result<Self, Diagnostic> {
        let path = program.locate()?;
        let path = path.canonicalize().unwrap_or(path);
        let answer = Job::new(program).args(["-version"]).output(1 << 20).map_err(|failure| {
            failure
                .diagnose("missing-tool", format!("`{}` does not run", path.display()))
                .hint("`memebuild doctor` says more")
        })?;
        let banner = String::from_utf8_lossy(&answer.stdout).into_owned();
        let version = version(&banner, program).ok_or_else(|| {
            Diagnostic::error("missing-tool", format!("`{}` is not {program}", path.display()))
                .note("its `-version` does not say so")
        })?;
        let mut hasher = blake3::Hasher::new_derive_key("memebuild tool identity v1");
        hasher.update(banner.as_bytes());
        hasher.update(std::env::consts::ARCH.as_bytes());
        let libraries = libraries(&path);
        // A static program has its makers in itself.
        let made_by = if libraries.is_empty() { vec![path.clone()] } else { libraries };
        for file in &made_by {
            let name = file.file_name().unwrap_or_default().as_encoded_bytes();
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name);
            if hasher.update_mmap_rayon(file).is_err() {
                hasher.update(b"unreadable");
            }
        }
        let others = made_by.into_iter().filter(|file| *file != path);
        let witnesses = std::iter::once(path.clone()).chain(others).collect();
        let digest = hasher.finalize().to_hex().to_string();
        Ok(Self { program, version, digest, witnesses })
    }
}

impl fmt::Display for Identity {
    /// What stands in keys: `ffmpeg 5.1.9-0+deb12u1 (0123456789abcdef)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.program, self.version, &self.digest[..16])
    }
}

fn version(banner: &str, program: Program) -> Option<String> {
    let mut words = banner.lines().next()?.split_whitespace();
    (words.next()? == program.name() && words.next()? == "version").then_some(())?;
    Some(words.next()?.to_owned())
}

/// The shared libraries among [`MAKERS`] that the loader would load, in order of name. The loader
/// lists them in place of running the program.
fn libraries(path: &Path) -> Vec<PathBuf> {
    let listed = Command::new(path)
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let Ok(listed) = listed else { return Vec::new() };
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut found: Vec<PathBuf> = text
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.trim().split_once(" => ")?;
            let stem = name.split(".so").next()?;
            let path = rest.rsplit_once(" (").map_or(rest, |(path, _)| path);
            MAKERS.contains(&stem).then(|| PathBuf::from(path))
        })
        .filter(|path| path.is_absolute())
        .map(|path| path.canonicalize().unwrap_or(path))
        .collect();
    found.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_program_has_the_same_identity() {
        let one = Identity::ask(Program::Ffmpeg).unwrap();
        assert_eq!(one, Identity::ask(Program::Ffmpeg).unwrap());
        assert!(one.to_string().starts_with("ffmpeg "), "{one}");
        assert!(one.witnesses.iter().all(|file| file.is_file()));
        assert_ne!(one.digest, Identity::ask(Program::Ffprobe).unwrap().digest);
    }
}
