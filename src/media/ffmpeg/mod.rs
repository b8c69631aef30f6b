//! ffmpeg and ffprobe as programs: where they are, what may be said to them, who they are, and how
//! they are run. An argv each time and never a shell.

mod identity;
mod run;

pub use identity::Identity;
pub use run::{Ended, Failure, Job, Pipe};

use crate::diagnostic::Diagnostic;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

/// Demuxers that may open a file: those of [`super::sniff::Format`] and no other, since among the
/// others are playlists, which open files of their own choice.
pub const FORMATS: &str = "mov,matroska,avi,mpeg,gif,png_pipe,jpeg_pipe,webp_pipe,wav,mp3,ogg,flac";

/// Decoders that may run: what scraped media, the packages of the demo and memebuild's own
/// intermediates need. Each further decoder is one more parser that hostile bytes can reach.
pub const CODECS: &str = "h264,hevc,libdav1d,libaom-av1,av1,vp8,vp9,libvpx,libvpx-vp9,mpeg4,\
    msmpeg4v2,msmpeg4,mpeg1video,mpeg2video,h263,theora,cinepak,mjpeg,png,gif,webp,prores,qtrle,\
    dvvideo,ffv1,huffyuv,ffvhuff,utvideo,rawvideo,aac,mp3,mp3float,mp2,mp2float,mp1,mp1float,\
    vorbis,libvorbis,opus,libopus,flac,alac,ac3,eac3,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,\
    pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,\
    pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw";

/// Pixels of a frame, at most: 64 megapixels, a film of 8192 × 8192.
pub const MOST_PIXELS: u64 = crate::contract::layout::MOST_PIXELS;

/// One of ffmpeg's two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Program {
    Ffmpeg,
    Ffprobe,
}

impl Program {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ffmpeg => "ffmpeg",
            Self::Ffprobe => "ffprobe",
        }
    }

    /// The environment variable that overrides where it is.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Ffmpeg => "MEMEBUILD_FFMPEG",
            Self::Ffprobe => "MEMEBUILD_FFPROBE",
        }
    }

    /// Where it is: what its variable says, else the first on `PATH`.
    ///
    /// # Errors
    /// `missing-tool`, with what to install.
    pub fn locate(self) -> Result<PathBuf, Diagnostic> {
        let missing = |why: String| {
            Diagnostic::error("missing-tool", why)
                .hint("install it, for instance with `apt-get install ffmpeg` (5.1 or later)")
                .hint(format!("or set {} to its path", self.variable()))
                .hint("`memebuild doctor` checks the rest")
        };
        if let Some(named) = std::env::var_os(self.variable()).filter(|v| !v.is_empty()) {
            let path = PathBuf::from(named);
            return if is_program(&path) {
                Ok(path)
            } else {
                let (variable, path) = (self.variable(), path.display());
                Err(missing(format!("{variable} is `{path}`, which is no program")))
            };
        }
        let search = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&search)
            .map(|folder| folder.join(self.name()))
            .find(|path| is_program(path))
            .ok_or_else(|| missing(format!("{} is not installed", self.name())))
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn is_program(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() && path.is_file()
}

/// Arguments that open input `name` of an action, whose demuxer was sniffed: an argv for
/// `node::plan::Action::args`, with `{in:NAME}` where the path will stand.
pub fn input(demuxer: &str, name: &str) -> Vec<String> {
    let mut args: Vec<String> = fences(demuxer).map(str::to_owned).into();
    args.extend(["-i".to_owned(), format!("file:{{in:{name}}}")]);
    args
}

/// The same for a path that is known. `file:` keeps ffmpeg from reading a protocol, an option or
/// a pattern in it.
pub fn input_at(demuxer: &str, path: &Path) -> Vec<OsString> {
    let mut args: Vec<OsString> = fences(demuxer).map(OsString::from).into();
    args.extend(["-i".into(), file_url(path.as_os_str())]);
    args
}

/// A path as ffmpeg's `file:` protocol takes it.
pub fn file_url(path: &OsStr) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}

/// What stands before every `-i`, also of ffprobe: local files only, listed formats and decoders
/// only, no frame larger than [`MOST_PIXELS`], and the demuxer that the file's own bytes named.
fn fences(demuxer: &str) -> [&str; 10] {
    const PIXELS: &str = "67108864";
    [
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        FORMATS,
        "-codec_whitelist",
        CODECS,
        "-max_pixels",
        PIXELS,
        "-f",
        demuxer,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::sniff::Format;

    #[test]
    fn every_format_that_is_sniffed_may_be_opened_and_no_other() {
        let listed: Vec<&str> = FORMATS.split(',').collect();
        let sniffed: Vec<&str> = Format::ALL.into_iter().map(Format::demuxer).collect();
        assert_eq!(listed, sniffed);
    }

    #[test]
    fn every_input_is_fenced() {
        let args = input("mov", "clip");
        assert_eq!(args.last().map(String::as_str), Some("file:{in:clip}"));
        assert!(args.contains(&MOST_PIXELS.to_string()));
        assert!(!CODECS.contains(' '), "a list of decoders has no blanks");
    }
}
