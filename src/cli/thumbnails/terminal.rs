//! Which pictures the terminal can show: what it says of itself in the environment, or else what it
//! answers when it is asked.

use super::protocol::Protocol;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcgetwinsize,
    tcsetattr,
};
use std::fs::File;
use std::io::{IsTerminal, Read, Write};
use std::time::{Duration, Instant};

/// How long an answer may take: terminals are near, but some are at the other end of a network.
const PATIENCE: Duration = Duration::from_millis(400);

/// Pixels of a character where nobody says.
const USUAL: (u32, u32) = (10, 20);

/// Largest such number that is believed.
const LARGEST: u32 = 64;

/// Asks for pictures in kitty's way (a query that shows nothing), for the size of a character in
/// pixels, and what it is. The last is answered by every terminal: then all was answered.
const QUESTION: &[u8] = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c";

/// A terminal that shows pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    pub protocol: Protocol,
    pub columns: u16,
    /// Width and height of a character, in pixels.
    pub cell: (u32, u32),
}

/// The terminal that standard output is, if it shows pictures.
pub fn detect() -> Option<Screen> {
    let out = std::io::stdout();
    if !out.is_terminal() {
        return None;
    }
    let env = |name: &str| std::env::var(name).unwrap_or_default();
    let size = tcgetwinsize(&out).ok()?;
    let mut answers = Answers::default();
    let protocol = match announced(env) {
        Announced::Nothing => return None,
        Announced::Protocol(protocol) => protocol,
        Announced::Unknown => {
            answers = ask()?;
            answers.protocol()?
        }
    };
    let told = |pixels: u16, characters: u16| {
        let each = u32::from(pixels) / u32::from(characters.max(1));
        (each > 0).then_some(each)
    };
    let own = told(size.ws_xpixel, size.ws_col).zip(told(size.ws_ypixel, size.ws_row));
    let (width, height) = answers.cell.or(own).unwrap_or(USUAL);
    let cell = (width.clamp(1, LARGEST), height.clamp(1, LARGEST));
    Some(Screen { protocol, columns: size.ws_col.max(1), cell })
}

/// What the environment says.
#[derive(Debug, PartialEq, Eq)]
enum Announced {
    /// That there are no pictures.
    Nothing,
    Protocol(Protocol),
    Unknown,
}

fn announced(env: impl Fn(&str) -> String) -> Announced {
    let (term, program) = (env("TERM"), env("TERM_PROGRAM"));
    if term == "dumb" || term == "linux" {
        return Announced::Nothing;
    }
    // Between us and what the environment tells of stands a multiplexer, which shows what it
    // answers for.
    if !env("TMUX").is_empty() || term.starts_with("screen") || term.starts_with("tmux") {
        return Announced::Unknown;
    }
    let kitty = !env("KITTY_WINDOW_ID").is_empty()
        || term.contains("kitty")
        || term.contains("ghostty")
        || program == "ghostty";
    let iterm = matches!(program.as_str(), "iTerm.app" | "WezTerm" | "mintty" | "rio")
        || env("LC_TERMINAL") == "iTerm2";
    match (kitty, iterm) {
        (true, _) => Announced::Protocol(Protocol::Kitty),
        (false, true) => Announced::Protocol(Protocol::Iterm),
        (false, false) => Announced::Unknown,
    }
}

/// What a terminal answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Answers {
    kitty: bool,
    sixel: bool,
    cell: Option<(u32, u32)>,
    /// Whether the last question was answered.
    done: bool,
}

impl Answers {
    fn protocol(&self) -> Option<Protocol> {
        match (self.kitty, self.sixel) {
            (true, _) => Some(Protocol::Kitty),
            (false, true) => Some(Protocol::Sixel),
            (false, false) => None,
        }
    }

    /// Reads what came so far; what else is in it does not matter.
    fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut answers = Self { kitty: text.contains("\x1b_Gi=31;OK"), ..Self::default() };
        for part in text.split("\x1b[").skip(1) {
            let end = part.find(|c: char| c.is_ascii_alphabetic());
            let Some((numbers, last)) = end.map(|end| (&part[..end], &part[end..=end])) else {
                continue;
            };
            let list = numbers.trim_start_matches('?').split(';');
            let list: Vec<u32> = list.map(|number| number.parse().unwrap_or(0)).collect();
            match (last, numbers.starts_with('?'), list.as_slice()) {
                ("t", false, [6, height, width]) if *height > 0 && *width > 0 => {
                    answers.cell = Some((*width, *height));
                }
                ("c", true, list) => {
                    answers.sixel |= list[1..].contains(&4);
                    answers.done = true;
                }
                _ => {}
            }
        }
        answers
    }
}

/// Asks the terminal of this process; none where there is none to ask, or it is another's turn.
fn ask() -> Option<Answers> {
    let terminal = File::options().read(true).write(true).open("/dev/tty").ok()?;
    // Who is in the background would be stopped for asking.
    if tcgetpgrp(&terminal).ok()? != rustix::process::getpgrp() {
        return None;
    }
    let quiet = Quiet::begin(&terminal)?;
    (&terminal).write_all(QUESTION).ok()?;
    let until = Instant::now() + PATIENCE;
    let mut came = Vec::new();
    let mut answers = Answers::default();
    while !answers.done && came.len() < 4096 {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).ok()?;
        let mut wait = [PollFd::new(&terminal, PollFlags::IN)];
        if poll(&mut wait, Some(&left)).ok()? == 0 {
            break;
        }
        let mut buffer = [0; 256];
        let count = (&terminal).read(&mut buffer).ok()?;
        if count == 0 {
            break;
        }
        came.extend_from_slice(&buffer[..count]);
        if came.contains(&INTERRUPT) {
            drop(quiet);
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::INT,
            );
            return None;
        }
        answers = Answers::read(&came);
    }
    drop(quiet);
    Some(answers)
}

/// What Ctrl-C sends while a terminal is quiet.
const INTERRUPT: u8 = 3;

/// A terminal that neither shows nor collects what is typed, until this is dropped. A signal would
/// leave it so, and so Ctrl-C is none meanwhile.
struct Quiet<'t> {
    terminal: &'t File,
    before: Termios,
}

impl<'t> Quiet<'t> {
    fn begin(terminal: &'t File) -> Option<Quiet<'t>> {
        let before = tcgetattr(terminal).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Now, &quiet).ok()?;
        Some(Quiet { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_announces_some() {
        let says = |pairs: &[(&str, &str)]| {
            announced(|name| {
                pairs.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| *v).to_owned()
            })
        };
        let kitty = Announced::Protocol(Protocol::Kitty);
        let iterm = Announced::Protocol(Protocol::Iterm);
        assert_eq!(says(&[("TERM", "xterm-kitty")]), kitty);
        assert_eq!(says(&[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")]), kitty);
        assert_eq!(says(&[("TERM", "xterm-ghostty")]), kitty);
        assert_eq!(says(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")]), iterm);
        assert_eq!(says(&[("TERM", "xterm"), ("LC_TERMINAL", "iTerm2")]), iterm);
        assert_eq!(says(&[("TERM", "xterm-256color")]), Announced::Unknown);
        assert_eq!(says(&[("TERM", "dumb"), ("KITTY_WINDOW_ID", "1")]), Announced::Nothing);
        let within = [("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1"), ("TMUX", "/tmp/x")];
        assert_eq!(says(&within), Announced::Unknown);
    }

    #[test]
    fn answers_are_read_whatever_stands_between_them() {
        let read = |text: &str| Answers::read(text.as_bytes());
        let xterm = read("\x1b[6;24;12t\x1b[?64;1;2;4;22c");
        let expected = Answers { kitty: false, sixel: true, cell: Some((12, 24)), done: true };
        assert_eq!(xterm, expected);
        let kitty = read("typed\x1b_Gi=31;OK\x1b\\\x1b[6;40;20t\x1b[?62c");
        assert_eq!((kitty.kitty, kitty.sixel, kitty.done), (true, false, true));
        assert_eq!(kitty.protocol(), Some(Protocol::Kitty));
        // The class of a terminal is none of its abilities, and half an answer is none.
        assert_eq!(read("\x1b[?4;1;2c").protocol(), None);
        assert!(!read("\x1b[?64;1;2;4").done);
        assert_eq!(read("\x1b[6;0;0t\x1b[?1;2c").cell, None);
    }
}
