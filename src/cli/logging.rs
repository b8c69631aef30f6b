//! `--log` and `build --trace`: who listens to the spans of `tracing`.
//!
//! Spans say which node and which step, files of the project and how much there was, and never arguments
//! or environments of programs, nor addresses: keys and cookies are in those. For the same reason only our
//! own spans are listened to; libraries would print requests with their headers.

use super::shared::Globals;
use crate::diagnostic::Diagnostic;
use crate::memefile::nearest;
use crate::report::text::shown;
use crate::report::trace::Trace;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::prelude::*;

/// The folders of `src/` that say what they do.
const PARTS: [&str; 4] = ["engine", "exec", "source", "store"];

/// What `--log` lets through.
#[derive(Debug, Clone)]
pub struct Filter(Targets);

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut targets = Targets::new();
        for one in text.split(',') {
            let (part, level) = one.split_once('=').map_or((None, one), |(p, l)| (Some(p), l));
            let level: LevelFilter = level.trim().parse().map_err(|_| {
                format!("`{}` is no level: error, warn, info, debug, trace or off", shown(level))
            })?;
            targets = match part.map(str::trim) {
                None => targets.with_target(env!("CARGO_PKG_NAME"), level),
                Some(part) if PARTS.contains(&part) => {
                    targets.with_target(format!("{}::{part}", env!("CARGO_PKG_NAME")), level)
                }
                Some(part) => {
                    let hint = nearest(part, PARTS)
                        .map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                    let parts = PARTS.join(", ");
                    return Err(format!("`{}` is none of {parts}{hint}", shown(part)));
                }
            };
        }
        Ok(Self(targets))
    }
}

/// What is listened with.
pub struct Logging {
    trace: Option<(Trace, PathBuf)>,
}

/// Begins to listen, if somebody asked for it. Only the first call in a process does something.
///
/// # Errors
/// The file of the trace cannot be made.
pub fn begin(globals: &Globals, trace: Option<&Path>) -> Result<Logging, Diagnostic> {
    if globals.log.is_none() && trace.is_none() {
        return Ok(Logging { trace: None });
    }
    let log = globals.log.clone().map(|Filter(targets)| {
        tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_span_events(FmtSpan::CLOSE)
            .with_writer(|| Line(Vec::new()))
            .with_filter(targets)
    });
    let trace = trace.map(|path| {
        let path = globals.directory.join(path);
        let file = File::create(&path).map_err(|error| cannot_write(&path, &error))?;
        Ok::<_, Diagnostic>((Trace::new(file, "memebuild build"), path))
    });
    let trace = trace.transpose()?;
    let drawn = trace.as_ref().map(|(trace, _)| {
        let all = Targets::new().with_target(env!("CARGO_PKG_NAME"), LevelFilter::TRACE);
        trace.clone().with_filter(all)
    });
    // A process that runs several commands, as a test does, is listened to by the first.
    let _ = tracing_subscriber::registry().with(log).with(drawn).try_init();
    Ok(Logging { trace })
}

impl Logging {
    /// Ends what was begun.
    ///
    /// # Errors
    /// The trace could not be written.
    pub fn finish(self) -> Result<(), Diagnostic> {
        let Some((trace, path)) = self.trace else { return Ok(()) };
        trace.finish().map_err(|error| cannot_write(&path, &error))
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Diagnostic {
    let path = path.display().to_string();
    Diagnostic::usage("trace", format!("cannot write the trace `{}`: {error}", shown(&path)))
}

/// A line of the log: printed when it is whole, with control characters shown and not obeyed.
struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.0);
        super::shared::talk(&shown(text.trim_end_matches('\n')));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_levels_and_parts() {
        for good in ["debug", "exec=debug", "warn,store=trace", " engine=info , exec=off"] {
            assert!(good.parse::<Filter>().is_ok(), "{good}");
        }
        let wrong = |text: &str| text.parse::<Filter>().unwrap_err();
        assert!(wrong("loud").contains("is no level"));
        assert!(wrong("hyper=trace").contains("is none of"));
        assert!(wrong("stroe=debug").contains("did you mean `store`?"));
        assert!(wrong("\u{1b}[31m").contains(r"\u{1b}"));
    }
}
