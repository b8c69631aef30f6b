//! Bytes to fetch, projects that fetch them, and what their locks say.

use crate::project::Project;
use memebuild::contract::lock::{Lock, parse};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `len` bytes that are no others'.
pub fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.finalize_xof().fill(&mut bytes);
    bytes
}

/// A short sound: 16 bit, mono, a tone of its own.
pub fn sound(seed: u64) -> Vec<u8> {
    let samples: Vec<i16> = (0..4800)
        .map(|n| {
            let phase =
                f64::from(n) * (300.0 + seed as f64 * 35.0) * std::f64::consts::TAU / 48000.0;
            (phase.sin() * 12000.0) as i16
        })
        .collect();
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut out = b"RIFF".to_vec();
    out.extend((36 + data.len() as u32).to_le_bytes());
    out.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend(48000u32.to_le_bytes());
    out.extend(96000u32.to_le_bytes());
    out.extend(b"\x02\0\x10\0data");
    out.extend((data.len() as u32).to_le_bytes());
    out.extend(data);
    out
}

/// A project with one source, `sounds`, of these lines.
pub fn project(lines: &str) -> Project {
    Project::new(&format!("memefile = 1\n[source.sounds]\nasset = \"sound-effect\"\n{lines}\n"))
}

impl Project {
    pub fn lock(&self) -> Lock {
        parse(&self.read("Memefile.lock")).unwrap()
    }

    /// The keys that are pinned of the source.
    pub fn keys(&self) -> Vec<String> {
        self.lock().sources["sounds"].items.keys().cloned().collect()
    }

    /// The bytes of the one pinned file whose name is this.
    #[track_caller]
    pub fn fetched(&self, file: &str) -> Vec<u8> {
        let lock = self.lock();
        let mut pins = lock.sources["sounds"].items.values().filter(|pin| pin.file == file);
        let pin = pins.next().unwrap_or_else(|| panic!("no `{file}` in {lock:?}"));
        assert!(pins.next().is_none(), "two of `{file}`");
        std::fs::read(self.root().join(pin.path("sounds"))).unwrap()
    }

    /// The lock without moments.
    pub fn timeless_lock(&self) -> String {
        let text = self.read("Memefile.lock");
        let lines: Vec<&str> =
            text.lines().filter(|line| !line.starts_with("acquired = ")).collect();
        lines.join("\n")
    }

    /// `source update`, its exit code and what it printed.
    pub fn update(&self) -> (Option<i32>, String) {
        let output = self.run(&["source", "update"]);
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), String::from_utf8(output.stdout).unwrap() + &talk)
    }
}

/// A program that `scripts/install-test-servers` put there.
pub fn installed(program: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("target/test-servers/sources/bin").join(program);
    assert!(path.exists(), "`{program}` is missing: run scripts/install-test-servers");
    path
}

/// A server of somebody else's, ended with the test.
pub struct Foreign {
    child: Child,
    pub port: u16,
}

impl Foreign {
    /// Starts a program on a free port, and waits until it answers there.
    pub fn start(program: &str, args: impl Fn(u16) -> Vec<String>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let child = Command::new(installed(program))
            .args(args(port))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self { child, port };
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "{program} ended: {ended:?}");
            assert!(began.elapsed() < Duration::from_secs(120), "{program} does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
