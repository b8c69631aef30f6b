//! What a file is, by its own first bytes: never by its name, and before ffmpeg may open it.
//!
//! ffmpeg guesses a format from content, and some formats are programs in disguise: a playlist
//! named `.mp4` makes it open other files. So the format is decided here, from a short list, and
//! ffmpeg is told it. Everything else is refused, by the name people know it under.

mod format;
mod magic;

pub use format::Format;
pub(crate) use magic::id3_length;

use crate::diagnostic::Diagnostic;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes looked at, from the start and again after an ID3 tag.
const HEAD: u64 = 4096;

/// Opens a file and decides its format.
///
/// # Errors
/// `bad-asset`, naming the file: it cannot be read, is no regular file, is empty, has a name that
/// ffmpeg would take for an address or a pattern, or is of no format that memebuild reads.
pub fn open(path: &Path) -> Result<(File, Format), Diagnostic> {
    check_name(path)?;
    let name = shown(path);
    // Asked before opening: opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(|e| unreadable(&name, &e))?;
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a folder" } else { "a device, pipe or socket" };
        return Err(bad(format!("`{name}` is {what}, not a file"))
            .hint("name a media file; a folder's files are named with a glob such as `folder/*`"));
    }
    if metadata.len() == 0 {
        return Err(bad(format!("`{name}` is empty"))
            .note("it has no bytes at all; a download or a copy was cut off")
            .hint("fetch it again, or take it out of the folder"));
    }
    let mut file = File::open(path).map_err(|e| unreadable(&name, &e))?;
    let head = read_head(&mut file, 0).map_err(|e| unreadable(&name, &e))?;
    let after_tag = match magic::id3_length(&head) {
        Some(length) => read_head(&mut file, length).map_err(|e| unreadable(&name, &e))?,
        None => Vec::new(),
    };
    file.rewind().map_err(|e| unreadable(&name, &e))?;
    match magic::decide(&head, &after_tag) {
        Ok(format) => Ok((file, format)),
        Err(refusal) => Err(refusal.diagnose(&name)),
    }
}

/// Decides a file's format; see [`open`].
pub fn sniff(path: &Path) -> Result<Format, Diagnostic> {
    open(path).map(|(_, format)| format)
}

/// Refuses names that ffmpeg, or a command repeated by hand, would not take for a file's name: an
/// option (`-version`), an address (`concat:a|b`) or a pattern of many files (`img%03d.png`).
/// memebuild's own commands are proof against all three; this is the second fence.
pub fn check_name(path: &Path) -> Result<(), Diagnostic> {
    let Some(name) = path.file_name() else {
        return Err(bad(format!("`{}` has no file name", shown(path))));
    };
    let Some(name) = name.to_str() else {
        return Err(bad(format!("`{}` has a name that is not UTF-8", shown(path)))
            .note("its bytes would be lost in manifests and messages, which are UTF-8")
            .hint("rename it, for instance with `convmv -t utf-8`"));
    };
    let danger = if name.starts_with('-') {
        "a name that starts with a dash reads as an option of ffmpeg"
    } else if has_protocol(name) {
        "ffmpeg reads the part before the colon as a protocol, and what follows as other files"
    } else if has_pattern(name) {
        "ffmpeg reads `%d` as a pattern that stands for many files"
    } else if name.chars().any(char::is_control) {
        "it has control characters, which break lines of messages and lists"
    } else {
        return Ok(());
    };
    Err(bad(format!("`{}` has a name that is not safe to hand to ffmpeg", shown(path)))
        .note(danger)
        .hint("rename it"))
}

/// Refuses a name whose ending is that of another format: it was saved or converted wrongly, and
/// the next program would believe the name. An ending that memebuild does not know passes.
pub fn check_extension(path: &Path, format: Format) -> Result<(), Diagnostic> {
    let Some(extension) = path.extension().and_then(|e| e.to_str()) else { return Ok(()) };
    match Format::of_extension(extension) {
        Some(named) if named != format => {
            let right = format.extensions()[0];
            Err(bad(format!("`{}` is wrongly named", shown(path)))
                .note(format!("by its content it is {}, not {}", format.title(), named.title()))
                .hint(format!("rename it to `.{right}`, if that is what you meant to use")))
        }
        _ => Ok(()),
    }
}

/// A path for messages: as given, with what cannot be printed escaped.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().chars().flat_map(escaped).collect()
}

fn escaped(c: char) -> Vec<char> {
    if c.is_control() { c.escape_debug().collect() } else { vec![c] }
}

/// An asset that cannot be used.
pub(crate) fn bad(message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("bad-asset", message)
}

/// The file system's own refusal.
pub(crate) fn unreadable(name: &str, error: &std::io::Error) -> Diagnostic {
    let hint = match error.kind() {
        ErrorKind::NotFound => "check the path; it may have been moved since the build began",
        ErrorKind::PermissionDenied => "make it readable, for instance with `chmod +r`",
        _ => "check the disk and the file",
    };
    bad(format!("cannot read `{name}`: {error}")).hint(hint)
}

fn read_head(file: &mut File, at: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

fn has_protocol(name: &str) -> bool {
    let Some((scheme, rest)) = name.split_once(':') else { return false };
    let shaped = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.,".contains(&b));
    // `Finale: part 2.mp4` is a title; `concat:a|b` is not.
    shaped && !rest.starts_with(' ')
}

fn has_pattern(name: &str) -> bool {
    name.split('%').skip(1).any(|after| {
        let digits = after.trim_start_matches(|c: char| c.is_ascii_digit());
        digits.starts_with('d')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_ffmpeg_would_interpret_are_refused() {
        for name in ["concat:a|b", "-version", "img%03d.png", "img%d.png", "http:x.mp4", "a\nb.mp4"]
        {
            assert!(check_name(Path::new(name)).is_err(), "{name}");
        }
        for name in
            ["100% real.mp4", "Finale: part 2.mp4", "a|b.mp4", "50%.mp4", "é.mp4", "x'y.mp4"]
        {
            assert!(check_name(Path::new(name)).is_ok(), "{name}");
        }
    }
}
