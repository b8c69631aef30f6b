//! A real bash, to whose terminal somebody types.

use crate::project::Project;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const MEMEFILE: &str = r#"
memefile = 1
[command.first]
run = ["sh", "-c", 'echo 1 >"$0"', "{out}"]
outputs = ["artefacts/1"]
[command.second]
run = ["sh", "-c", 'echo 2 >"$0"', "{out}"]
outputs = ["artefacts/2"]
"#;

/// A bash at a terminal of its own.
struct Bash {
    child: Child,
    terminal: File,
    said: Receiver<u8>,
}

impl Bash {
    fn new(project: &Project) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&terminal).and_then(|()| unlockpt(&terminal)).expect("it opens");
        let name = ptsname(&terminal, Vec::new()).expect("a name");
        let size = Winsize { ws_row: 50, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).expect("a size");
        let open = || {
            let path = Path::new(name.to_str().expect("UTF-8"));
            File::options().read(true).write(true).open(path).expect("the other end")
        };
        let binary = Path::new(env!("CARGO_BIN_EXE_memebuild"));
        let mut path = binary.parent().expect("a folder").as_os_str().to_owned();
        path.push(":/usr/local/bin:/usr/bin:/bin");
        let child = std::process::Command::new("bash")
            .args(["--norc", "--noprofile", "-i"])
            .current_dir(project.root())
            .env("PATH", path)
            .env("PS1", "$ ")
            .env("TERM", "dumb")
            .env("HISTFILE", "")
            .stdin(Stdio::from(open()))
            .stdout(Stdio::from(open()))
            .stderr(Stdio::from(open()))
            .spawn()
            .expect("bash");
        let terminal = File::from(terminal);
        let (send, said) = channel();
        let listening = terminal.try_clone().expect("another descriptor");
        std::thread::spawn(move || {
            for byte in BufReader::new(listening).bytes().map_while(Result::ok) {
                if send.send(byte).is_err() {
                    return;
                }
            }
        });
        let mut bash = Self { child, terminal, said };
        bash.types("source <(memebuild completions bash); echo re''ady\n");
        bash.says("ready");
        bash
    }

    fn types(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).expect("it is typed");
    }

    /// Reads until this was said; all that was.
    #[track_caller]
    fn says(&mut self, wanted: &str) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        let mut all = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let text = String::from_utf8_lossy(&all).into_owned();
            if text.contains(wanted) {
                return text;
            }
            match self.said.recv_timeout(left) {
                Ok(byte) => all.push(byte),
                Err(_) => panic!("bash never said `{wanted}`, but: {text:?}"),
            }
        }
    }
}

impl Drop for Bash {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn bash_completes_names_of_nodes() {
    let project = Project::new(MEMEFILE);
    project.expect(0, &["build"]);
    let mut bash = Bash::new(&project);
    // What is one word to people is two to bash.
    bash.types("memebuild why command:f\t");
    bash.says("command:first");
    bash.types("\n");
    bash.says("it was never built");
    bash.types("memebuild why comm\t");
    // Behind what was typed, and a bell: there are several.
    bash.says("and:");
    bash.types("\t\t");
    let both = bash.says("second");
    assert!(both.contains("first"), "{both:?}");
    // Takes back what was typed; an interrupt may be lost while bash still completes.
    bash.types("\u{15}");
    // Commands and flags.
    bash.types("memebuild build --dr\t");
    bash.says("--draft");
    bash.types("\u{15}");
    // A Memefile that nobody built yet, with a node that no record knows.
    project.write("Memefile.toml", MEMEFILE.replace("command.first", "command.other"));
    bash.types("memebuild build command:o\t");
    bash.says("command:other");
}

#[test]
fn each_shell_has_a_script_that_asks_memebuild() {
    let project = Project::new(MEMEFILE);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = project.run(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("MEMEBUILD_COMPLETE"), "{shell}: {script}");
    }
    let mut asked = project.command(&["--", "memebuild", "plan", "command:s"]);
    asked.env("MEMEBUILD_COMPLETE", "fish");
    let found = String::from_utf8(asked.output().unwrap().stdout).unwrap();
    assert_eq!(found, "command:second\n");
}
