//! Building by rows: after any edit of a table it is as if all had been built.
//!
//! Two projects get the same edits. One builds as people do; the other has no snapshot, so that it
//! expands all of it each time. What they say, record, log and leave must be the same.

use crate::project::{Numbers, Project};
use crate::soak::rounds;
use memebuild::contract::event::Event;
use memebuild::engine::log;
use memebuild::engine::record::{NodeRecord, Records};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

const MEMEFILE: &str = r#"
memefile = 1

[project]
seed = 7

[source.places]
asset = "background"
files = "*.png"

[profile.tiny]
size = "32x48"
segment = "1s"
min-duration = "500ms"
audio = "forbidden"

[critic.default]
max-black = "5s"
max-frozen = "5s"
caption-canvas = "off"
caption-safe-area = "off"
caption-clipped = "off"
caption-overlap = "off"
caption-glyphs = "off"
caption-size = "off"
caption-lines = "off"
caption-line-length = "off"
caption-time = "off"
caption-reading-speed = "off"
caption-contrast = "off"

[composite.template]
duration = "500ms"
background = "wall"
captions = [{ text = "one" }, { text = "two", slot = "punchline" }]

[batch.launch]
composite = "template"
axes.background = "*"
captions = { csv = "captions.csv" }
profiles = ["tiny"]
"#;

/// What else a batch may say, and the commands beside it.
const VARIANTS: [(&str, &str); 6] = [
    ("", ""),
    ("exclude = [{ background = \"door\", caption = \"r[12]\" }]", ""),
    (
        "include = [{ background = \"door\", caption = \"r0\" }]\nexclude = [{ caption = \"r0\" }]",
        "",
    ),
    ("limit = 3", ""),
    ("combine = \"zip\"", ""),
    (
        "",
        "[command.count]\nrun = [\"sh\", \"-c\", 'wc -c <\"$0\" >\"$1\"', \"{in}\", \"{out}\"]\n\
         inputs = [\"render:launch/wall+r0@tiny\"]\noutputs = [\"artefacts/count\"]\n",
    ),
];

fn memefile((keys, commands): (&str, &str)) -> String {
    let more = format!("profiles = [\"tiny\"]\n{keys}");
    let text = MEMEFILE.replace("profiles = [\"tiny\"]", &more);
    let text = match keys.contains("zip") {
        // As many rows as places, while nobody inserts one.
        true => text.replace("\"*\"", "[\"wall\", \"door\", \"wall-2\"]"),
        false => text.replace("\"*\"", "[\"wall\", \"door\"]"),
    };
    format!("{text}\n{commands}")
}

fn project(memefile: &str, table: &Table) -> Project {
    let project = Project::new(memefile);
    for (name, shade) in [("wall", 40), ("door", 80), ("wall-2", 120)] {
        let picture =
            image::RgbImage::from_fn(32, 48, |x, y| image::Rgb([shade, 4 * x as u8, 4 * y as u8]));
        picture.save(project.root().join(format!("{name}.png"))).expect("a picture");
    }
    project.write("captions.csv", table.text());
    project
}

/// A table of captions.
#[derive(Debug, Clone)]
struct Table {
    header: &'static str,
    /// Whether the rows have ids.
    named: bool,
    rows: Vec<(String, String, String)>,
    /// Something that is no row.
    garbage: Option<&'static str>,
}

impl Table {
    fn new(named: bool) -> Self {
        let header = if named { "id,text,punchline" } else { "text,punchline" };
        let row = |at: usize| (format!("r{at}"), TEXTS[at].to_owned(), String::new());
        Self { header, named, rows: (0..3).map(row).collect(), garbage: None }
    }

    fn text(&self) -> String {
        let mut out = format!("{}\n", self.header);
        for (id, text, punchline) in &self.rows {
            let id = if self.named { format!("{id},") } else { String::new() };
            out += &format!("{id}\"{text}\",{punchline}\n");
        }
        out + self.garbage.unwrap_or_default()
    }

    fn edit(&mut self, numbers: &mut Numbers) -> &'static str {
        self.garbage = None;
        let (at, other) = (numbers.below(self.rows.len()), numbers.below(self.rows.len()));
        match numbers.below(9) {
            0 | 1 => {
                self.rows[at].1 = TEXTS[numbers.below(TEXTS.len())].to_owned();
                "another text"
            }
            2 => {
                self.rows[at].2 = ["", "so there"][numbers.below(2)].to_owned();
                "the punchline"
            }
            3 => {
                let id =
                    (0..).map(|n| format!("r{n}")).find(|id| self.rows.iter().all(|r| r.0 != *id));
                let text = TEXTS[numbers.below(TEXTS.len())].to_owned();
                self.rows.insert(at, (id.unwrap(), text, String::new()));
                "a new row"
            }
            4 if self.rows.len() > 1 => {
                self.rows.remove(at);
                "a row that is gone"
            }
            5 => {
                self.rows.swap(at, other);
                "rows that moved"
            }
            6 => {
                let twice = self.rows[at].clone();
                self.rows.push(twice);
                "a row twice"
            }
            7 => {
                self.garbage = Some(
                    ["a\n", "x,y,z,0\n", "bad id,\"A\",\n", "\"\u{7}\",\"\u{7}\",\n"]
                        [numbers.below(4)],
                );
                "a bad row"
            }
            _ => {
                for row in &mut self.rows {
                    row.1 = TEXTS[numbers.below(TEXTS.len())].to_owned();
                }
                "all texts"
            }
        }
    }

    /// Without what no table may have.
    fn mend(&mut self) {
        let mut seen = Vec::new();
        let named = self.named;
        self.rows.retain(|(id, text, punchline)| {
            let key = if named { id.clone() } else { format!("{text}\n{punchline}") };
            let new = !seen.contains(&key);
            seen.push(key);
            new
        });
    }
}

const TEXTS: [&str; 5] =
    ["SHIP IT", "IT IS DNS", "THE TESTS PASS,\nLOCALLY", "Ship it", "ok \"now\""];

/// What a build said, without times and names of builds.
fn said(project: &Project) -> (Option<i32>, String) {
    let output = project.run(&["build", "-j1"]);
    let talk = String::from_utf8(output.stderr).unwrap();
    let root = project.root().to_str().unwrap();
    let mut lines: Vec<String> =
        talk.lines().map(|line| line.replace(root, "ROOT")).map(|line| timeless(&line)).collect();
    // Which of two ready nodes comes first is nobody's business.
    lines.sort();
    (output.status.code(), lines.join("\n"))
}

/// Without what a clock decides.
fn timeless(line: &str) -> String {
    let line = line.split("; the cache saved").next().unwrap();
    let line = line.split(", and the cache saved").next().unwrap();
    let times = ["ms", "s", "min"];
    let mut words: Vec<&str> = line.split(' ').collect();
    while let Some(at) = words.iter().position(|word| times.contains(word)) {
        words.drain(at.saturating_sub(1)..=at);
    }
    words.join(" ")
}

/// Without times and names of builds.
fn records(project: &Project) -> BTreeMap<String, NodeRecord> {
    let records = Records::open(&project.root().join("cache/state/nodes"));
    let plain = |record: NodeRecord| NodeRecord { cost_ms: 0, build: String::new(), ..record };
    records.iter().map(|(name, record)| (name, plain(record.into_owned()))).collect()
}

/// What the newest log tells of nodes, and the counts of the build.
fn told(project: &Project) -> Vec<String> {
    let cache = project.root().join("cache");
    let builds = log::builds(&cache);
    let Some(newest) = builds.first() else { return Vec::new() };
    let without_builds = |text: &str| {
        let words = text.split(' ').map(|word| {
            if word.starts_with("2026") || word.starts_with("20") && word.len() > 15 {
                "BUILD"
            } else {
                word
            }
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let events = log::read(&cache, newest).unwrap();
    let mut told: Vec<String> = events
        .into_iter()
        .filter_map(|event| match event {
            Event::BuildStarted { nodes, targets, .. } => Some(format!("{nodes} {targets:?}")),
            Event::BuildFinished { exit_code, fresh, .. } => {
                Some(format!("exit {exit_code}, {fresh} fresh"))
            }
            Event::NodeFinished { node, status, why, cause, keys, files, accepted, .. } => {
                let why = without_builds(&why);
                Some(format!("{node} {status:?} {why} {cause:?} {keys:?} {files:?} {accepted:?}"))
            }
            _ => None,
        })
        .collect();
    told.sort();
    told
}

fn films(project: &Project) -> BTreeMap<PathBuf, Vec<u8>> {
    project.files("artefacts")
}

fn logs(project: &Project) -> usize {
    log::builds(&project.root().join("cache")).len()
}

/// Whether the records were written anew, which a build by rows does not do.
fn base(project: &Project) -> u64 {
    std::fs::metadata(project.root().join("cache/state/nodes")).map_or(0, |found| found.ino())
}

fn follow(variant: usize, named: bool, seed: u64, count: u32) -> u32 {
    let text = memefile(VARIANTS[variant]);
    let mut table = Table::new(named);
    let (ours, whole) = (project(&text, &table), project(&text, &table));
    let build_whole = |project: &Project| {
        let _ = std::fs::remove_file(project.root().join("cache/state/snapshot"));
        said(project)
    };
    let first = said(&ours);
    assert_eq!(first, build_whole(&whole));
    assert_eq!(first.0, Some(0), "{}", first.1);
    let mut numbers = Numbers(seed);
    let (mut by_rows, mut history) = (0, Vec::new());
    for _ in 0..count {
        // Whatever state the last edit left; what is wrong with it is mended half of the time.
        if numbers.below(2) == 0 {
            table.mend();
        }
        history.push(table.edit(&mut numbers));
        let csv = table.text();
        for project in [&ours, &whole] {
            project.write("captions.csv", &csv);
        }
        // Stat data of files that a build has just left must not be too fresh for it.
        std::thread::sleep(std::time::Duration::from_millis(30));
        let before = base(&ours);
        let (code, talk) = said(&ours);
        let expected = build_whole(&whole);
        let context = format!("variant {variant}, named {named}: {history:?}\n{csv}");
        assert_eq!((code, talk), expected, "{context}");
        assert_eq!(records(&ours), records(&whole), "{context}");
        assert_eq!(told(&ours), told(&whole), "{context}");
        assert_eq!(films(&ours), films(&whole), "{context}");
        by_rows += u32::from(code == Some(0) && base(&ours) == before);
        if code == Some(0) {
            let before = logs(&ours);
            let (code, talk) = said(&ours);
            assert_eq!(code, Some(0), "{context}");
            assert!(talk.contains("all fresh: nothing to do"), "{context}{talk}");
            let again = said(&ours);
            assert_eq!((again, logs(&ours)), ((code, talk), logs(&ours)), "{context}");
            assert!(logs(&ours) <= before + 1, "{context}");
        }
    }
    by_rows
}

#[test]
fn after_any_edit_of_rows_it_is_as_if_all_had_been_built() {
    let variants = (0..VARIANTS.len()).flat_map(|variant| [(variant, true), (variant, false)]);
    // Ids that the Memefile names must be there.
    let variants = variants.filter(|(at, named)| *named || !memefile(VARIANTS[*at]).contains("r0"));
    let by_rows: u32 = std::thread::scope(|scope| {
        let follow = |(variant, named): (usize, bool)| {
            let seed = 100 * variant as u64 + u64::from(named);
            scope.spawn(move || follow(variant, named, seed, rounds(3, 60)))
        };
        let followed: Vec<_> = variants.map(follow).collect();
        followed.into_iter().map(|followed| followed.join().unwrap()).sum()
    });
    assert!(by_rows > 6, "only {by_rows} builds were by rows");
}

#[test]
fn killed_anywhere_the_next_build_is_as_if_nothing_had_been() {
    let text = memefile(VARIANTS[0]);
    let mut table = Table::new(true);
    let (ours, whole) = (project(&text, &table), project(&text, &table));
    said(&ours);
    said(&whole);
    let mut numbers = Numbers(5);
    for round in 0..rounds(4, 100) {
        said(&ours);
        table.rows[numbers.below(3)].1 = format!("ROUND {round}");
        for project in [&ours, &whole] {
            project.write("captions.csv", table.text());
        }
        std::thread::sleep(std::time::Duration::from_millis(30));
        let mut child = ours.command(&["build", "-j1"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(numbers.below(900) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let (code, talk) = said(&ours);
        assert_eq!(code, Some(0), "{talk}");
        said(&whole);
        assert_eq!(records(&ours), records(&whole), "round {round}");
        assert_eq!(films(&ours), films(&whole), "round {round}");
        // Whatever was left behind, nothing to do is found soon.
        said(&ours);
        let before = logs(&ours);
        said(&ours);
        assert_eq!(logs(&ours), before, "round {round}");
    }
}

#[test]
fn two_at_once_build_a_changed_row_once() {
    let mut table = Table::new(true);
    let project = project(&memefile(VARIANTS[0]), &table);
    said(&project);
    said(&project);
    table.rows[1].1 = "BOTH OF US".to_owned();
    project.write("captions.csv", table.text());
    std::thread::sleep(std::time::Duration::from_millis(30));
    let before = logs(&project);
    let children: Vec<_> = (0..2).map(|_| project.command(&["build"]).spawn().unwrap()).collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    // The second waits for the first, and then there is nothing to do.
    assert_eq!(logs(&project), before + 1);
}

#[test]
fn a_changed_row_is_told_by_its_line_and_builds_nothing_else() {
    let mut table = Table::new(true);
    let project = project(&memefile(VARIANTS[0]), &table);
    said(&project);
    said(&project);
    table.rows[1].1 = "SOMETHING ELSE".to_owned();
    project.write("captions.csv", table.text());
    std::thread::sleep(std::time::Duration::from_millis(30));
    let before = base(&project);
    let (code, talk) = said(&project);
    assert_eq!((code, base(&project)), (Some(0), before), "{talk}");
    assert!(talk.contains("done 30 nodes: 7 ran, 1 from the cache, 22 fresh"), "{talk}");
    let why = project.run(&["why", "render:launch/door+r1@tiny"]);
    let why = String::from_utf8(why.stdout).unwrap();
    assert!(why.contains("\"IT IS DNS\" → \"SOMETHING ELSE\" (captions.csv:3)"), "{why}");
    let other = project.run(&["why", "render:launch/door+r0@tiny"]);
    let other = String::from_utf8(other.stdout).unwrap();
    assert!(other.contains("was fresh in the last build"), "{other}");
}
