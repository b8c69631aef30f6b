//! `memebuild serve` under load, and under input that its description allows and forbids: no panic,
//! no leak, bounded memory. `make soak` presses for longer.

use super::random::assets;
use super::serve::{TOKEN, get};
use super::servers::{Served, project, python};
use crate::project::Project;
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

/// Kilobytes of memory that a process holds.
fn resident(id: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    line.trim().trim_end_matches(" kB").trim().parse().expect("a number")
}

/// Files that a process has open.
fn opened(id: u32) -> usize {
    std::fs::read_dir(format!("/proc/{id}/fd")).expect("it runs").count()
}

/// The signal that ends a program which reads where it must not.
const SEGV: i32 = 11;

/// How long to press, in seconds.
fn seconds() -> u32 {
    if std::env::var_os("MEMEBUILD_SOAK").is_some() { 60 } else { 2 }
}

/// What wrk does: takes the paths in turn and counts how each was answered. Requests are made equally
/// long by a header, since wrk 4.1 breaks down where one is longer than the one before.
const SCRIPT: &str = r#"
local threads, turn, requests = {}, 0, {}
function setup(thread) table.insert(threads, thread) end
function init(args)
    statuses = {}
    for status = 100, 599 do statuses[status] = 0 end
    local longest = 0
    for _, path in ipairs(PATHS) do longest = math.max(longest, #path) end
    for at, path in ipairs(PATHS) do
        wrk.headers["X-Long"] = string.rep("x", longest - #path + 1)
        requests[at] = wrk.format("GET", path)
    end
end
function request()
    turn = turn % #requests + 1
    return requests[turn]
end
function response(status) statuses[status] = statuses[status] + 1 end
function done()
    for status = 100, 599 do
        local sum = 0
        for _, thread in ipairs(threads) do sum = sum + thread:get("statuses")[status] end
        if sum > 0 then io.write("status ", status, " ", sum, "\n") end
    end
end
"#;

/// Presses these paths over so many connections; how often each status came.
fn press(
    served: &Served,
    project: &Project,
    paths: &[String],
    connections: u32,
    seconds: u32,
    headers: &[&str],
) -> BTreeMap<u16, u64> {
    let list: Vec<String> = paths.iter().map(|path| format!("{path:?}")).collect();
    let script = format!("PATHS = {{ {} }}\n{SCRIPT}", list.join(", "));
    project.write("press.lua", script);
    let mut command = Command::new("wrk");
    command.args(["-t2", "--timeout", "20", "-s", "press.lua"]);
    command.args(["-c", &connections.to_string(), "-d", &seconds.to_string()]);
    for header in headers {
        command.args(["-H", header]);
    }
    command.arg(&served.url).current_dir(project.root());
    let mut run = || command.output().expect("scripts/install-system installs wrk");
    let mut output = run();
    // One run in twenty or so ends wrk 4.1 itself, whatever it is answered.
    for _ in 0..4 {
        if output.status.signal() != Some(SEGV) {
            break;
        }
        output = run();
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let went_well = output.status.success() && !text.contains("Socket errors");
    assert!(went_well, "{output:?}");
    println!("{text}");
    let status = |line: &str| {
        let (status, count) = line.strip_prefix("status ")?.split_once(' ')?;
        Some((status.parse().ok()?, count.parse().ok()?))
    };
    text.lines().filter_map(status).collect()
}

/// A project with the files of its assets and the model that orders by meaning.
fn whole() -> (Project, Vec<String>) {
    let manifest = assets();
    let model = python().parent().expect("a folder").join("model");
    let provider = format!("kind = \"manifest\"\nmodel = {:?}", model.display().to_string());
    let project = project(&manifest, &format!("memefile = 1\n[provider]\n{provider}\n"));
    for asset in &manifest.assets {
        let path = format!("artefacts/seed-assets/{}/{}/{}", asset.kind, asset.id, asset.file);
        project.write(&path, vec![7; 100_000]);
    }
    let name = format!("{}/{}", manifest.assets[0].kind, manifest.assets[0].id);
    let paths = [
        "/v1/search?q=city%20OR%20-dark&facets=true&limit=100".to_owned(),
        "/v1/search?q=furious%20cat&order=hybrid&limit=50".to_owned(),
        format!("/v1/search?q=similar:{name}&explain=true"),
        "/v1/search?sample=7&kind=green-screen".to_owned(),
        format!("/v1/assets/{name}"),
        format!("/v1/assets/{name}/file"),
        "/openapi.json".to_owned(),
        // And what is refused.
        "/v1/search?q=(rain".to_owned(),
        "/v1/search?cursor=x".to_owned(),
        "/v1/assets/music/there-is-none/file".to_owned(),
        "/v1/assets/music/..%2f..%2fsecret/file".to_owned(),
        "/nowhere".to_owned(),
    ];
    (project, paths.to_vec())
}

#[test]
fn load_takes_no_more_memory() {
    let (project, paths) = whole();
    let served = Served::start(&project, &[], &[]);
    press(&served, &project, &paths, 64, 1, &[]);
    let (memory, files) = (resident(served.id()), opened(served.id()));
    let statuses = press(&served, &project, &paths, 64, seconds(), &[]);
    let after = resident(served.id());
    println!("{memory} kB before, {after} kB after");
    assert_eq!(statuses.keys().copied().collect::<Vec<_>>(), [200, 400, 404], "{statuses:?}");
    assert!(after < memory + 64_000, "{memory} kB became {after} kB");

    // More at once than wait for their turn: the rest are told to come again, and nothing else.
    let statuses = press(&served, &project, &paths[..1], 400, seconds().div_ceil(4), &[]);
    let allowed = statuses.keys().all(|status| [200, 503].contains(status));
    assert!(allowed && statuses.contains_key(&503) && statuses.contains_key(&200), "{statuses:?}");
    let after = resident(served.id());
    println!("{after} kB after more than it takes");
    assert!(after < memory + 96_000, "{memory} kB became {after} kB");

    assert_eq!(get(&served, "/v1/search", "").0, 200);
    // Connections that ended leave nothing open.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while opened(served.id()) > files && std::time::Instant::now() < until {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(opened(served.id()) <= files, "{files} became {}", opened(served.id()));
    assert_eq!(served.talk(), "", "nothing went wrong");
    assert!(served.end().success());
}

#[test]
fn wrong_tokens_take_no_memory_and_learn_nothing() {
    let (project, paths) = whole();
    let served = Served::start(&project, &["--token-env", "TEST_TOKEN"], &[("TEST_TOKEN", TOKEN)]);
    // What needs none is asked for elsewhere.
    let paths: Vec<String> = paths.into_iter().filter(|path| path.starts_with("/v1/")).collect();
    let almost = format!("Authorization: Bearer {}0", &TOKEN[..TOKEN.len() - 1]);
    press(&served, &project, &paths, 64, 1, &[&almost]);
    let memory = resident(served.id());
    for header in [&almost[..], "Authorization: Bearer", "X-Nothing: at all"] {
        let statuses = press(&served, &project, &paths, 64, seconds().div_ceil(3), &[header]);
        // Whether there is such an asset or such a query is nobody's business.
        assert_eq!(statuses.keys().copied().collect::<Vec<_>>(), [401], "{header}: {statuses:?}");
    }
    let after = resident(served.id());
    println!("{memory} kB before, {after} kB after");
    assert!(after < memory + 32_000, "{memory} kB became {after} kB");
    let right = format!("Authorization: Bearer {TOKEN}\r\n");
    assert_eq!(get(&served, "/v1/search", &right).0, 200);
    assert_eq!(served.talk(), "", "nothing went wrong");
    assert!(served.end().success());
}

#[test]
fn the_description_is_kept_under_any_input() {
    let (project, _) = whole();
    let served = Served::start(&project, &["--token-env", "TEST_TOKEN"], &[("TEST_TOKEN", TOKEN)]);
    let examples = if std::env::var_os("MEMEBUILD_SOAK").is_some() { "500" } else { "20" };
    let output = Command::new(python().join("bin/schemathesis"))
        .args([
            "run",
            &format!("{}/openapi.json", served.url),
            "--seed",
            "1",
            "--max-examples",
            examples,
        ])
        // The description cannot say which texts are queries.
        .args(["--exclude-checks", "positive_data_acceptance"])
        .args([
            "--header",
            &format!("Authorization: Bearer {TOKEN}"),
            "--phases",
            "examples,coverage,fuzzing,stateful",
        ])
        .current_dir(project.root())
        .env("NO_COLOR", "1")
        .output()
        .expect("scripts/install-test-servers installs schemathesis");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(get(&served, "/openapi.json", "").0, 200, "and it is still there");
    assert_eq!(served.talk(), "", "nothing went wrong");
}
