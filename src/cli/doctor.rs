//! `memebuild doctor`: whether this machine has what memebuild needs, and how to mend what it has
//! not.

use super::shared::{Globals, say, say_json};
use crate::contract::geometry::Size;
use crate::contract::origin::Downloader;
use crate::diagnostic::Exit;
use crate::media::caption::{Library, preset};
use crate::media::ffmpeg::{Identity, Job, Program};
use crate::report::text::bytes;
use crate::source::Tool;
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

/// How one check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Good,
    /// Works, but something will be missing.
    Poor,
    Bad,
}

impl Health {
    fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Poor => "warning",
            Self::Bad => "missing",
        }
    }
}

struct Check {
    what: String,
    health: Health,
    found: String,
    mend: String,
}

/// What renders are made with: ffmpeg's name, and what for.
const ENCODERS: [(&str, &str, bool); 8] = [
    ("libx264", "MP4 renders", true),
    ("aac", "sound of MP4 renders", true),
    ("mjpeg", "posters", true),
    ("png", "normalised pictures", true),
    ("libvpx-vp9", "WebM renders with alpha", false),
    ("libopus", "sound of WebM renders", false),
    ("gif", "GIF renders", false),
    ("libwebp_anim", "previews that move", false),
];

/// All that `media::filter` knows. A build of ffmpeg without GPL parts has no `boxblur` and no
/// `colormatrix`.
const FILTERS: [&str; 51] = [
    "adelay",
    "afade",
    "aformat",
    "aloop",
    "amix",
    "apad",
    "aresample",
    "asetpts",
    "asplit",
    "atempo",
    "atrim",
    "avgblur",
    "blend",
    "boxblur",
    "chromakey",
    "color",
    "colormatrix",
    "concat",
    "crop",
    "despill",
    "drawtext",
    "erosion",
    "extractplanes",
    "format",
    "fps",
    "geq",
    "hflip",
    "loop",
    "lut2",
    "lutrgb",
    "mergeplanes",
    "negate",
    "null",
    "overlay",
    "pad",
    "palettegen",
    "paletteuse",
    "premultiply",
    "scale",
    "select",
    "setparams",
    "setpts",
    "setsar",
    "settb",
    "sidechaincompress",
    "split",
    "tpad",
    "transpose",
    "trim",
    "vflip",
    "volume",
];

pub fn run(globals: &Globals) -> Exit {
    let mut checks = vec![program(Program::Ffmpeg), program(Program::Ffprobe)];
    if checks[0].health != Health::Bad {
        checks.extend(encoders());
        checks.push(filters());
    }
    checks.extend(fonts(&globals.directory));
    checks.extend(Downloader::ALL.map(downloader));
    checks.push(disk(&globals.directory));
    let bad = checks.iter().any(|check| check.health == Health::Bad);
    if globals.json() {
        let rows: Vec<_> = checks
            .iter()
            .map(|check| {
                json!({
                    "check": check.what,
                    "health": check.health.as_str(),
                    "found": check.found,
                    "mend": check.mend,
                })
            })
            .collect();
        say_json(&json!({ "schemaVersion": 1, "healthy": !bad, "checks": rows }));
    } else {
        say(&text(&checks));
    }
    if bad { Exit::Failed } else { Exit::Ok }
}

fn text(checks: &[Check]) -> String {
    let mut out = String::new();
    let widest = checks.iter().map(|check| check.what.chars().count()).max().unwrap_or(0);
    for check in checks {
        let gap = widest - check.what.chars().count();
        let _ = writeln!(
            out,
            "{:>8}  {}{:gap$}  {}",
            check.health.as_str(),
            check.what,
            "",
            check.found
        );
        if check.health != Health::Good {
            let _ = writeln!(out, "{:>8}  to mend it: {}", "", check.mend);
        }
    }
    let bad = checks.iter().filter(|check| check.health == Health::Bad).count();
    match bad {
        0 => out.push_str("\nThis machine can build memes.\n"),
        1 => out.push_str("\nOne thing is missing.\n"),
        many => drop(writeln!(out, "\n{many} things are missing.")),
    }
    out
}

fn program(program: Program) -> Check {
    let mend = "apt-get install ffmpeg (5.1 or newer)".to_owned();
    let what = program.name().to_owned();
    match Identity::ask(program) {
        Ok(identity) if recent(&identity.version) => {
            Check { what, health: Health::Good, found: identity.version, mend }
        }
        Ok(identity) => {
            let found = format!("{} is older than 5.1", identity.version);
            Check { what, health: Health::Bad, found, mend }
        }
        Err(problem) => Check { what, health: Health::Bad, found: problem.message, mend },
    }
}

/// Versions of development builds (`N-109…`, `git-…`) are newer than any release we ask for.
fn recent(version: &str) -> bool {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= (5, 1),
        (Some(Ok(major)), _) => major >= 6,
        _ => true,
    }
}

/// Words of a list that ffmpeg prints: a line an item, its name the second word.
fn listed(flag: &str) -> Vec<String> {
    let answer = Job::new(Program::Ffmpeg).args(["-hide_banner", flag]).output(1 << 20);
    let text = answer.map(|ended| ended.stdout).unwrap_or_default();
    String::from_utf8_lossy(&text)
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned))
        .collect()
}

fn encoders() -> Vec<Check> {
    let listed = listed("-encoders");
    let check = |(name, purpose, needed): &(&str, &str, bool)| {
        let there = listed.iter().any(|found| found == name);
        Check {
            what: format!("encoder {name}"),
            health: match (there, needed) {
                (true, _) => Health::Good,
                (false, true) => Health::Bad,
                (false, false) => Health::Poor,
            },
            found: if there { (*purpose).to_owned() } else { format!("not there: no {purpose}") },
            mend: format!("install an ffmpeg that is built with {name}; Debian's is"),
        }
    };
    ENCODERS.iter().map(check).collect()
}

fn filters() -> Check {
    let listed = listed("-filters");
    let missing: Vec<&str> =
        FILTERS.iter().copied().filter(|name| !listed.iter().any(|found| found == name)).collect();
    Check {
        what: "filters".to_owned(),
        health: if missing.is_empty() { Health::Good } else { Health::Bad },
        found: if missing.is_empty() {
            format!("all {} that graphs use", FILTERS.len())
        } else {
            format!("missing: {}", missing.join(", "))
        },
        mend: "install an ffmpeg with these filters; Debian's has them".to_owned(),
    }
}

/// Faces that captions look best with. Without them they are set in what there is.
fn fonts(directory: &Path) -> [Check; 2] {
    let library = Library::scan(directory, None);
    let emoji = vec!["Noto Color Emoji".to_owned()];
    let impact = preset("impact", Size { width: 1080, height: 1920 });
    let mut impact = impact.map(|style| style.families).unwrap_or_default();
    // The last of them is only what is left where no such face is there.
    impact.pop();
    let check = |what: &str, families: &[String], mend: &str| {
        let installed: Vec<&str> =
            library.families().filter(|f| families.iter().any(|name| name == f)).collect();
        Check {
            what: what.to_owned(),
            health: if installed.is_empty() { Health::Poor } else { Health::Good },
            found: match installed.as_slice() {
                [] => "none is installed".to_owned(),
                found => found.join(", "),
            },
            mend: mend.to_owned(),
        }
    };
    [
        check("font for emoji", &emoji, "apt-get install fonts-noto-color-emoji"),
        check("font for `impact`", &impact, "apt-get install fonts-bebas-neue"),
    ]
}

/// Programs that sources of galleries and of films need, and nothing else.
fn downloader(downloader: Downloader) -> Check {
    let (what, key) = match downloader {
        Downloader::GalleryDl => ("gallery-dl", "gallery"),
        Downloader::YtDlp => ("yt-dlp", "ytdlp"),
    };
    let (health, found) = match Tool::find(downloader) {
        Ok(tool) => (Health::Good, tool.version),
        Err(problem) => (Health::Poor, format!("{}: no sources of `{key}`", problem.message)),
    };
    let mend = format!("`pipx install {what}`, or name it in {}", downloader.variable());
    Check { what: what.to_owned(), health, found, mend }
}

/// Room for renders and the cache, where a build would write.
fn disk(directory: &Path) -> Check {
    const LITTLE: u64 = 2_000_000_000;
    let what = "disk".to_owned();
    let mend = "free some room, or work in a folder on another disk".to_owned();
    match rustix::fs::statvfs(directory) {
        Ok(stat) => {
            let free = stat.f_bavail * stat.f_frsize;
            let health = if free < LITTLE { Health::Poor } else { Health::Good };
            Check { what, health, found: format!("{} free", bytes(free)), mend }
        }
        Err(error) => {
            let found = format!("cannot tell how much is free: {error}");
            Check { what, health: Health::Poor, found, mend }
        }
    }
}
