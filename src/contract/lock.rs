//! `Memefile.lock`: what was fetched and what was chosen, pinned so that every machine builds from the
//! same bytes.
//!
//! TOML, since people commit it and read its differences; sorted, so that a change is a few lines.
//! Nothing secret is in it: addresses have lost their signatures before they get here.

use super::choice::ChoicePin;
use super::digest::Digest;
use super::rights::Provenance;
use super::toml_file::{self, TomlContract};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Beside the Memefile.
pub const FILE_NAME: &str = "Memefile.lock";

/// What people call the contract.
pub const NAME: &str = "lock";

/// The version that this build reads and writes.
pub const VERSION: u32 = 1;

/// What stands above everything else in the file.
const HEADER: &str = "\
# Written by memebuild, and read by it: commit it, and do not edit it.
# `memebuild source update` fetches anew and changes it; `memebuild choice update` asks anew.

";

/// Where fetched files are kept, relative to the project.
pub const FOLDER: &str = "cache/sources";

/// What `Memefile.lock` pins: every file that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Lock {
    /// By the name of the source.
    #[serde(default, rename = "source", skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, SourceLock>,
    /// By the name of the choice's node without its type: `vogue`, `launch/2`.
    #[serde(default, rename = "choice", skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, ChoicePin>,
}

/// What one source came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SourceLock {
    /// Digest of what was declared when this was pinned.
    pub selection: String,
    /// By what names a file for good: its address without a signature, its key in the bucket,
    /// `{post}_{content}`.
    #[serde(default, rename = "item", skip_serializing_if = "BTreeMap::is_empty")]
    pub items: BTreeMap<String, Pin>,
}

/// One file that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pin {
    /// What the file is called here.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,119}$"))]
    pub file: String,
    pub digest: Digest,
    /// What the server calls this version of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// When the server says that it changed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// The checksum that was declared, and that it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    #[serde(default, skip_serializing_if = "Provenance::is_unknown")]
    pub provenance: Provenance,
}

impl Pin {
    /// Where its bytes are kept, relative to the project. The content is in the path, so that a
    /// newer version overwrites nothing that is still pinned.
    pub fn path(&self, source: &str) -> String {
        format!("{}/files/{}/{}", folder(source), &self.digest.hex()[..16], self.file)
    }
}

/// A file that could not be fetched: what it would be called, and why it is not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Missed {
    pub file: String,
    pub why: String,
}

/// By key, the files of one source that the last build wanted and could not fetch. No part of the
/// lock, since it says nothing of any other machine.
pub type Missing = BTreeMap<String, Missed>;

/// Where [`Missing`] is kept as JSON, relative to the project; absent where nothing is missing.
pub fn missing_path(source: &str) -> String {
    format!("{}/missing.json", folder(source))
}

/// What memebuild keeps of a source, relative to the project.
pub fn folder(source: &str) -> String {
    // Names of sections may have slashes; a `+` they never have.
    format!("{FOLDER}/{}", source.replace('/', "+"))
}

/// Whether a name is safe as a file's, here and in every tool that will get it: ASCII letters,
/// digits, `.`, `_` and `-`, at most 120, not beginning with `.` or `-`.
pub fn is_plain_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    (1..=120).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with(['.', '-'])
}

/// Parses the file: first its version, then the rest.
pub fn parse(text: &str) -> Result<Lock, String> {
    let lock: Lock = toml_file::parse(text, VERSION)?;
    lock.check()?;
    Ok(lock)
}

/// Writes the file. The same value always gives the same bytes.
pub fn write(lock: &Lock) -> String {
    toml_file::write(HEADER, VERSION, lock)
}

impl Lock {
    fn check(&self) -> Result<(), String> {
        for (name, source) in &self.sources {
            for (key, pin) in &source.items {
                let place = || format!("source.{name}.item.{:?}", key);
                if !is_plain_name(&pin.file) {
                    return Err(format!("{}: `{:?}` is not a file name", place(), pin.file));
                }
                pin.provenance.check().map_err(|why| format!("{}: {why}", place()))?;
            }
        }
        Ok(())
    }
}

impl TomlContract for Lock {
    const NAME: &'static str = NAME;
    const VERSION: u32 = VERSION;

    fn parse(text: &str) -> Result<Self, String> {
        parse(text)
    }

    fn write(&self) -> String {
        write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin() -> Pin {
        Pin {
            file: "gorilla.mp4".to_owned(),
            digest: Digest::of(b"gorilla"),
            etag: Some("\"a1\"".to_owned()),
            modified: None,
            checksum: None,
            tags: vec!["reaction".to_owned()],
            provenance: Provenance {
                source_url: Some("https://memes.test/gorilla.mp4".to_owned()),
                acquired: Some("2026-11-24T10:00:00Z".to_owned()),
                ..Provenance::default()
            },
        }
    }

    fn lock(pin: Pin) -> Lock {
        let key = "https://memes.test/gorilla.mp4".to_owned();
        let source = SourceLock { selection: "00ff".to_owned(), items: [(key, pin)].into() };
        Lock { sources: [("greens".to_owned(), source)].into(), ..Lock::default() }
    }

    #[test]
    fn it_reads_what_it_writes() {
        let lock = lock(pin());
        let text = write(&lock);
        assert_eq!(parse(&text), Ok(lock));
        assert!(text.contains("version = 1\n"), "{text}");
        assert!(text.contains("[source.greens.item.\"https://memes.test/gorilla.mp4\"]"), "{text}");
        assert_eq!(parse(&write(&Lock::default())), Ok(Lock::default()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let good = write(&lock(pin()));
        for (bad, why) in [
            (good.replace("version = 1", "version = 2"), "newer memebuild"),
            (good.replace("version = 1\n", ""), "no `version`"),
            (good.replace("selection", "selektion"), "selektion"),
            (good.replace("file = \"gorilla.mp4\"", "file = \"../gorilla.mp4\""), "file name"),
            (good.replace("file = \"gorilla.mp4\"", "file = \"\\u0000\""), "file name"),
            ("version = 1\n[source".to_owned(), "TOML"),
        ] {
            let error = parse(&bad).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_pins_path_stays_in_its_folder() {
        let path = pin().path("patreon/greens");
        assert!(path.starts_with("cache/sources/patreon+greens/files/"), "{path}");
        assert!(path.ends_with("/gorilla.mp4"));
    }
}
