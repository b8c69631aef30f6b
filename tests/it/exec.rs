//! An action runs with what was declared and nothing else, leaves whole outputs or a typed failure,
//! and ends when it is told to, with all its children.

use memebuild::exec::{
    Bounds, Cancel, Execution, Executor, ExpectedOutput, Failure, InputFile, LocalExecutor,
    Progress, Reports, Request,
};
use memebuild::store::session::Session;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

struct Bench {
    temp: tempfile::TempDir,
    executor: LocalExecutor,
    cancel: Cancel,
}

impl Bench {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let session = Arc::new(Session::new(temp.path().join("tmp")));
        let executor = LocalExecutor::new(session, PATH.into());
        Self { temp, executor, cancel: Cancel::new().unwrap() }
    }

    fn run(&self, request: &Request) -> Execution {
        self.executor.execute(request, &self.cancel, &mut |_| ())
    }

    /// Files anywhere in the session's folder.
    fn files_left(&self) -> Vec<PathBuf> {
        let tmp = walkdir::WalkDir::new(self.temp.path().join("tmp")).into_iter().flatten();
        tmp.filter(|entry| entry.file_type().is_file()).map(|entry| entry.into_path()).collect()
    }

    /// What a person is told, this machine's paths aside.
    fn told(&self, execution: &Execution) -> String {
        let diagnostic = execution.diagnostic("command:x").expect("it should have failed");
        let mut lines = vec![format!("{}: {}", diagnostic.code, diagnostic.message)];
        lines.extend(diagnostic.notes.iter().map(|note| format!("  note: {note}")));
        lines.extend(diagnostic.hints.iter().map(|hint| {
            let hint = hint.split_once(" by hand: ").map_or(&**hint, |(before, _)| before);
            format!("  hint: {hint}")
        }));
        let session = std::fs::read_dir(self.temp.path().join("tmp")).unwrap().next();
        let session = session.unwrap().unwrap().path();
        lines
            .join("\n")
            .replace(session.to_str().unwrap(), "SESSION")
            .replace(&format!("{}", self.temp.path().display()), "TEMP")
    }
}

fn request(program: &str, args: &[&str]) -> Request {
    Request {
        program: program.into(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: BTreeMap::new(),
        secrets: Vec::new(),
        cwd: None,
        inputs: BTreeMap::new(),
        outputs: BTreeMap::new(),
        params: None,
        bounds: Bounds { wall: Duration::from_secs(60), memory: 4 << 30, file_size: 1 << 30 },
        reports: Reports::Nothing,
    }
}

fn shell(script: &str) -> Request {
    request("sh", &["-c", script, "sh", "{out:made}"]).with_output("made", "made.txt")
}

trait With {
    fn with_output(self, name: &str, file_name: &str) -> Self;
}

impl With for Request {
    fn with_output(mut self, name: &str, file_name: &str) -> Self {
        let output = ExpectedOutput { file_name: file_name.to_owned(), may_be_empty: false };
        self.outputs.insert(name.to_owned(), output);
        self
    }
}

fn is_alive(pid: &str) -> bool {
    // A zombie has ended.
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(')').unwrap().1.starts_with(" Z"))
}

fn eventually_gone(pid: &str) -> bool {
    (0..100).any(|_| {
        let gone = !is_alive(pid);
        if !gone {
            std::thread::sleep(Duration::from_millis(10));
        }
        gone
    })
}

#[test]
fn placeholders_become_paths_and_other_braces_stay() {
    let bench = Bench::new();
    let input = bench.temp.path().join("in {scratch}.txt");
    std::fs::write(&input, "in").unwrap();
    let script = r#"cat "$1" "$3" > "$2"; ls -A "$4" >> "$2"; echo "$5 $6" >> "$2""#;
    let mut request = request(
        "sh",
        &[
            "-c",
            script,
            "sh",
            "{in:a}",
            "{out:o}",
            "{params}",
            "{scratch}",
            "x={out:o}}",
            "{print} {",
        ],
    )
    .with_output("o", "o.txt");
    request.inputs.insert("a".to_owned(), InputFile::new(input));
    request.params = Some(b"+params\n".to_vec());
    let execution = bench.run(&request);
    let made = execution.outcome.as_ref().unwrap()["o"].clone();
    let text = std::fs::read_to_string(&made).unwrap();
    assert_eq!(text, format!("in+params\nx={}}} {{print}} {{\n", made.display()));
    drop(execution);
    assert!(!made.exists(), "outputs go with the execution");
}

#[test]
fn nothing_but_the_declared_environment_is_seen() {
    let bench = Bench::new();
    let mut request = request("sh", &["-c", "env > \"$1\"; pwd >> \"$1\"", "sh", "{out:o}"])
        .with_output("o", "o");
    request.env.insert("DECLARED".to_owned(), "{out:o} stays".to_owned());
    request.cwd = Some(bench.temp.path().to_owned());
    let execution = bench.run(&request);
    let text = std::fs::read_to_string(&execution.outcome.as_ref().unwrap()["o"]).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    let session =
        std::fs::read_dir(bench.temp.path().join("tmp")).unwrap().next().unwrap().unwrap();
    let text = lines.join("\n").replace(session.path().to_str().unwrap(), "SESSION");
    insta::assert_snapshot!(text.replace(bench.temp.path().to_str().unwrap(), "TEMP"), @r"
    TEMP
    DECLARED={out:o} stays
    HOME=SESSION/action0/scratch
    LC_ALL=C.UTF-8
    PATH=/usr/local/bin:/usr/bin:/bin
    PWD=TEMP
    TMPDIR=SESSION/action0/scratch
    TZ=UTC
    ");
}

#[test]
fn every_failure_has_its_own_words() {
    let bench = Bench::new();
    let told = |request: &Request| bench.told(&bench.run(request));
    let small = |mut request: Request| {
        request.bounds.file_size = 100_000;
        request
    };
    let mut slow = shell("echo still here; sleep 60");
    slow.bounds.wall = Duration::from_millis(1500);
    // Time enough to be bounded, on a loaded machine too.
    let dd = shell("sleep 0.5; exec dd if=/dev/zero of=\"$1\" bs=200000 count=1 status=none");
    let all = [
        told(&shell("echo first; echo 'no such frame' >&2; exit 7")),
        told(&shell("kill -SEGV $$")),
        told(&slow),
        told(&shell("true")),
        told(&shell(": > \"$1\"")),
        told(&shell("mkdir \"$1\"")),
        told(&small(shell("sleep 0.5; head -c 200000 /dev/zero > \"$1\""))),
        told(&small(dd)),
        told(&shell("echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 1")),
        told(&request("no-such-program", &["a b", "'"])),
        told(&request("./missing", &[])),
        told(&request("echo", &["{in:nothing}"])),
        told(&request("echo", &[]).with_output("o", "../escaped")),
    ];
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+ MiB are free", "[N] MiB are free");
    let _free_space_varies = settings.bind_to_scope();
    insta::assert_snapshot!(all.join("\n"), @r"
    exit: command:x: exit code 7
      note: no such frame
      hint: to repeat it
    signal: command:x: killed by SIGSEGV
      hint: to repeat it
    timed-out: command:x: killed after 1.500 s, the time bound
      note: still here
      hint: raise the time bound, or give the action less to do
      hint: to repeat it
    output-missing: command:x: it succeeded without writing output `made`
      hint: make the program write it, or let it fail with an exit code other than 0
      hint: to repeat it
    output-empty: command:x: it succeeded and left output `made` empty
      hint: make the program write it, or let it fail with an exit code other than 0
      hint: to repeat it
    output-not-a-file: command:x: output `made` is not a regular file
      hint: make the program write a file, not a folder or a link
      hint: to repeat it
    too-large: command:x: wrote more than 100000 bytes, the bound on file sizes
      note: File size limit exceeded
      hint: raise the bound on file sizes, or make the output smaller
      hint: to repeat it
    too-large: command:x: wrote more than 100000 bytes, the bound on file sizes
      hint: raise the bound on file sizes, or make the output smaller
      hint: to repeat it
    disk-full: command:x: no space was left; [N] MiB are free on the disk of `TEMP/tmp`
      note: av_interleaved_write_frame(): No space left on device
      hint: free some space; `cache/` and `artefacts/` may be deleted: they come back
    no-program: command:x: no program `no-such-program` was found
      hint: install it, or correct its name; `memebuild doctor` checks all
    no-program: command:x: no program `./missing` was found
      hint: install it, or correct its name; `memebuild doctor` checks all
    bug: command:x: nothing is declared for `{in:nothing}`
    bug: command:x: output `o` cannot be called `../escaped`
    ");
}

#[test]
fn an_action_finds_nothing_of_the_one_before() {
    let bench = Bench::new();
    let litter =
        "echo x > \"$1\"; echo y > \"$1.log\"; mkdir -p sub/sub; echo z > sub/sub/z; echo h > ~/.h";
    let mut first = shell(litter);
    first.params = Some(b"{}".to_vec());
    let look = "ls -A . .. > \"$1\"; cat \"$1\"";
    assert!(bench.run(&first).outcome.is_ok());
    assert!(bench.files_left().is_empty());
    let seen: Vec<String> = (0..2).map(|_| bench.run(&shell(look)).stdout.text()).collect();
    insta::assert_snapshot!(seen[0], @r"
    .:

    ..:
    made.txt
    scratch
    ");
    assert_eq!(seen[0], seen[1]);
    assert!(bench.files_left().is_empty());
}

#[test]
fn an_empty_output_may_be_declared_fine() {
    let bench = Bench::new();
    let mut request = shell(": > \"$1\"");
    request.outputs.get_mut("made").unwrap().may_be_empty = true;
    assert!(bench.run(&request).outcome.is_ok());
}

#[test]
fn the_command_to_repeat_by_hand_does_it() {
    let bench = Bench::new();
    let mut request = request(
        "sh",
        &[
            "-c",
            "cat \"$1\"; echo \"it's $2\"; cp \"$1\" \"$3\"; exit 9",
            "sh",
            "{params}",
            "a b",
            "{out:o}",
        ],
    )
    .with_output("o", "o");
    request.params = Some(b"the document\n".to_vec());
    let execution = bench.run(&request);
    assert!(matches!(execution.outcome, Err(Failure::Exit(9))));
    let by_hand = execution.by_hand.clone();
    drop(execution);
    let session =
        std::fs::read_dir(bench.temp.path().join("tmp")).unwrap().next().unwrap().unwrap();
    insta::assert_snapshot!(by_hand.replace(session.path().to_str().unwrap(), "SESSION"), @r#"cd SESSION/action0/scratch && env -i HOME=SESSION/action0/scratch LC_ALL=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin TMPDIR=SESSION/action0/scratch TZ=UTC sh -c 'cat "$1"; echo "it'\''s $2"; cp "$1" "$3"; exit 9' sh SESSION/action0/params.json 'a b' SESSION/action0/o"#);
    let again = Command::new("sh").args(["-c", &by_hand]).output().unwrap();
    assert_eq!(again.status.code(), Some(9), "{by_hand}");
    assert_eq!(String::from_utf8_lossy(&again.stdout), "the document\nit's a b\n");
}

/// Not a test by itself: what the next one starts in a process of its own.
#[test]
fn allocates_much() {
    if std::env::var_os("MEMEBUILD_TEST_ALLOCATES").is_some() {
        // Time enough to be bounded; and address space is what counts, touched or not.
        std::thread::sleep(Duration::from_millis(300));
        let much: Vec<u8> = Vec::with_capacity(1 << 30);
        assert!(std::hint::black_box(much).is_empty());
    }
}

#[test]
fn memory_is_bounded() {
    let bench = Bench::new();
    let program = std::env::current_exe().unwrap();
    let args = ["--exact", "exec::allocates_much", "--nocapture"];
    let mut request = request(program.to_str().unwrap(), &args);
    request.env.insert("MEMEBUILD_TEST_ALLOCATES".to_owned(), "1".to_owned());
    assert!(bench.run(&request).outcome.is_ok());
    request.bounds.memory = 256 << 20;
    let execution = bench.run(&request);
    assert!(
        matches!(execution.outcome, Err(Failure::OutOfMemory(limit)) if limit == 256 << 20),
        "{:?} {}",
        execution.outcome,
        execution.stderr
    );
}

#[test]
fn a_child_made_at_once_is_bounded_too() {
    let bench = Bench::new();
    let script = "sh -c 'sleep 0.3; ulimit -v; ulimit -f; ulimit -c' > \"$1\"; :";
    let mut request = shell(script);
    request.bounds.file_size = 1 << 20;
    for _ in 0..3 {
        let execution = bench.run(&request);
        let limits = std::fs::read_to_string(&execution.outcome.as_ref().unwrap()["made"]).unwrap();
        assert_eq!(limits, "4194304\n2048\n0\n");
    }
}

#[test]
fn cancelling_kills_every_child_within_half_a_second() {
    let bench = Bench::new();
    let pids = bench.temp.path().join("pids");
    // The program, a child and a grandchild, all deaf to the polite signal.
    let script = "trap '' TERM; echo $$ >> \"$2\"; \
                  sh -c 'trap \"\" TERM; echo $$ >> \"$0\"; sh -c \"echo \\$\\$ >> \\\"$0\\\"; sleep 60; :\"; :' \"$2\"; :";
    let mut request = shell(script);
    request.args.push(pids.to_str().unwrap().to_owned());
    let cancel = bench.cancel.clone();
    let seen = pids.clone();
    let canceller = std::thread::spawn(move || {
        while std::fs::read_to_string(&seen).unwrap_or_default().lines().count() < 3 {
            std::thread::sleep(Duration::from_millis(5));
        }
        let start = Instant::now();
        cancel.cancel();
        start
    });
    let execution = bench.run(&request);
    let took = canceller.join().unwrap().elapsed();
    assert!(matches!(execution.outcome, Err(Failure::Cancelled)));
    assert!(took < Duration::from_millis(500), "{took:?}");
    for pid in std::fs::read_to_string(&pids).unwrap().lines() {
        assert!(eventually_gone(pid), "{pid} lives");
    }
    drop(execution);
    assert_eq!(bench.files_left(), Vec::<PathBuf>::new(), "nothing half written stays");
    assert!(matches!(bench.run(&request).outcome, Err(Failure::Cancelled)), "it stays cancelled");
}

#[test]
fn a_polite_program_may_tidy_up_when_cancelled() {
    let bench = Bench::new();
    let note = bench.temp.path().join("note");
    let mut request =
        shell("trap 'echo tidied > \"$2\"; exit 0' TERM; : > \"$2\"; while :; do sleep 0.01; done");
    request.args.push(note.to_str().unwrap().to_owned());
    let (cancel, seen) = (bench.cancel.clone(), note.clone());
    let canceller = std::thread::spawn(move || {
        while !seen.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        cancel.cancel();
    });
    assert!(matches!(bench.run(&request).outcome, Err(Failure::Cancelled)));
    canceller.join().unwrap();
    assert_eq!(std::fs::read_to_string(note).unwrap(), "tidied\n");
}

#[test]
fn an_action_ends_with_its_program_and_leaves_nobody_behind() {
    let bench = Bench::new();
    let start = Instant::now();
    let execution = bench.run(&shell("sleep 60 & echo $! > \"$1\""));
    let pid = std::fs::read_to_string(&execution.outcome.as_ref().unwrap()["made"]).unwrap();
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(eventually_gone(pid.trim()));
}

#[test]
fn a_process_that_left_the_group_cannot_hold_the_build_up() {
    let bench = Bench::new();
    let start = Instant::now();
    let execution = bench.run(&shell("setsid sleep 3 & echo ok > \"$1\"; sleep 0.1"));
    assert!(execution.outcome.is_ok());
    assert!(start.elapsed() < Duration::from_millis(2500), "{:?}", start.elapsed());
}

#[test]
fn much_on_both_pipes_and_nothing_on_standard_input() {
    let bench = Bench::new();
    let script = "cat; head -c 3000000 /dev/zero | tr '\\0' o; head -c 3000000 /dev/zero | tr '\\0' e >&2; \
                  echo end; echo end >&2; echo x > \"$1\"";
    let execution = bench.run(&shell(script));
    assert!(execution.outcome.is_ok());
    for (capture, letter) in [(&execution.stdout, 'o'), (&execution.stderr, 'e')] {
        let text = capture.text();
        assert!(text.starts_with(letter) && text.ends_with("end\n") && text.len() < 100_000);
    }
}

#[test]
fn processor_time_counts_children_that_were_waited_for() {
    let bench = Bench::new();
    let busy = "sh -c 'i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done'; echo x > \"$1\"";
    let execution = bench.run(&shell(busy));
    assert!(execution.outcome.is_ok());
    assert!(execution.cpu >= Duration::from_millis(20), "{:?}", execution.cpu);
    assert!(execution.cpu <= execution.wall * 2 + Duration::from_millis(50));
}

#[test]
fn ffmpeg_reports_its_frames() {
    let bench = Bench::new();
    let mut request = request(
        "ffmpeg",
        &[
            "-f",
            "lavfi",
            "-i",
            "testsrc2=s=96x160:r=25:d=1",
            "-c:v",
            "mpeg4",
            "-threads",
            "1",
            "{out:o}",
        ],
    )
    .with_output("o", "o.mp4");
    request.reports = Reports::Ffmpeg;
    let mut seen: Vec<Progress> = Vec::new();
    let execution = bench.executor.execute(&request, &bench.cancel, &mut |p| seen.push(p));
    assert!(execution.outcome.is_ok(), "{}", execution.stderr);
    assert_eq!(seen.last().unwrap().frame, Some(25));
    assert!(execution.stdout.is_empty(), "progress is not talk");
}

#[test]
fn ffmpegs_last_words_that_matter_are_told() {
    let bench = Bench::new();
    let broken = bench.temp.path().join("broken.mp4");
    std::fs::write(&broken, "not a film").unwrap();
    let mut request =
        request("ffmpeg", &["-f", "mov", "-i", "{in:clip}", "{out:o}"]).with_output("o", "o.mp4");
    request.inputs.insert("clip".to_owned(), InputFile::new(&broken));
    request.reports = Reports::Ffmpeg;
    let execution = bench.run(&request);
    let diagnostic = execution.diagnostic("render:vogue@tiktok (segment 3)").unwrap();
    assert!(diagnostic.message.starts_with("render:vogue@tiktok (segment 3): exit code "));
    assert!(!diagnostic.notes.is_empty() && diagnostic.notes.len() < 6, "{:?}", diagnostic.notes);
    assert!(diagnostic.notes.iter().any(|n| n.contains("Invalid data found")), "{diagnostic:?}");
    assert!(diagnostic.hints.last().unwrap().contains("broken.mp4"));
    assert!(!execution.by_hand.contains("-progress"), "{}", execution.by_hand);
}

#[test]
fn nothing_leaks() {
    let bench = Bench::new();
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    bench.run(&request("true", &[]));
    let before = descriptors();
    for _ in 0..50 {
        assert!(bench.run(&request("true", &[])).outcome.is_ok());
        assert!(bench.run(&request("false", &[])).outcome.is_err());
    }
    assert_eq!(descriptors(), before);
    let children = format!("/proc/self/task/{}/children", std::process::id());
    assert_eq!(std::fs::read_to_string(children).unwrap_or_default().trim(), "");
}

#[test]
fn a_program_in_the_project_is_found_from_where_it_runs() {
    let bench = Bench::new();
    let script: PathBuf = bench.temp.path().join("go.sh");
    std::fs::write(&script, "#!/bin/sh\necho gone > \"$1\"\n").unwrap();
    let mode = |mode| std::os::unix::fs::PermissionsExt::from_mode(mode);
    let mut request = request("./go.sh", &["{out:o}"]).with_output("o", "o");
    request.cwd = Some(bench.temp.path().to_owned());
    std::fs::set_permissions(&script, mode(0o644)).unwrap();
    let told = bench.told(&bench.run(&request));
    assert!(told.starts_with("not-started: command:x: cannot start"), "{told}");
    std::fs::set_permissions(&script, mode(0o755)).unwrap();
    let execution = bench.run(&request);
    assert!(execution.outcome.is_ok(), "{}", bench.told(&execution));
    assert!(Path::new(&execution.outcome.unwrap()["o"]).exists());
}
