//! The page as a file: one script of ours, and texts of strangers that stay texts.

use super::batch;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memebuild::contract::Contract;
use memebuild::contract::event::Status;
use memebuild::contract::page::{CaptionShown, RenderCard, ReportPage};
use memebuild::report::{html, web};
use ring::digest::{SHA256, digest};
use serde_json::Value;

const HOSTILE: [&str; 8] = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp;",
    "line\u{2028}and\u{2029}line",
    "\"; alert(1); \"",
    "\u{202e}txt.exe\u{0}\u{1b}[31m",
];

fn hostile() -> ReportPage {
    let card = |(at, text): (usize, &&str)| RenderCard {
        name: format!("{at}{text}@p"),
        profile: "p".to_owned(),
        batch: None,
        axes: [((*text).to_owned(), (*text).to_owned())].into(),
        status: Status::Ran,
        why: (*text).to_owned(),
        decision: None,
        findings: Vec::new(),
        film: Some(format!("artefacts/renders/{text}.mp4")),
        last_good: None,
        poster: None,
        preview: None,
        waveform: None,
        stamp: Some((*text).to_owned()),
        size: [1, 1],
        duration_ms: 1,
        took_ms: 1,
        parts: Vec::new(),
        captions: vec![CaptionShown { text: (*text).to_owned(), range_ms: [0, 1] }],
        mock: false,
        review: None,
    };
    let renders = HOSTILE.iter().enumerate().map(card).collect();
    ReportPage { project: HOSTILE[0].to_owned(), renders, ..ReportPage::default() }
}

/// What stands between the first `from` and the next `to`.
#[track_caller]
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no {from}"));
    rest.split_once(to).unwrap_or_else(|| panic!("no {to}")).0
}

#[test]
fn texts_of_strangers_cannot_end_the_script_that_holds_them() {
    let document = hostile();
    let text = html::page(web::PARTS, &document);
    let lower = text.to_lowercase();
    let count = |what: &str| lower.matches(what).count();
    assert_eq!((count("<script"), count("</script")), (2, 2));
    let json = between(&text, "<script type=\"application/json\" id=\"report-page\">", "</script>");
    assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{json}");
    let mut value: Value = serde_json::from_str(json).unwrap();
    assert_eq!(value["schemaVersion"], ReportPage::VERSION);
    value.as_object_mut().unwrap().remove("schemaVersion");
    assert_eq!(serde_json::from_value::<ReportPage>(value).unwrap(), document);
}

#[test]
fn nothing_runs_but_what_the_policy_names() {
    let text = html::page(web::PARTS, &hostile());
    let hash =
        |text: &str| format!("'sha256-{}'", STANDARD.encode(digest(&SHA256, text.as_bytes())));
    let policy = between(&text, "http-equiv=\"Content-Security-Policy\" content=\"", "\">");
    let script = between(&text, "<script type=\"module\">", "</script>");
    let style = between(&text, "<style>", "</style>");
    for rule in [
        "default-src 'none'",
        "connect-src 'none'",
        &format!("script-src {}", hash(script)),
        &format!("style-src {}", hash(style)),
    ] {
        assert!(policy.split("; ").any(|own| own == rule), "{rule}: {policy}");
    }
    // It comes before whatever it speaks of, and no line asks for another file.
    assert!(text.find("Content-Security-Policy") < text.find("<style>"));
    for line in script.lines() {
        assert!(!line.starts_with("import ") && !line.starts_with("export "), "{line}");
    }
    assert!(!text.contains("src=\"main.js\"") && !text.contains("href=\"page.css\""));
}

#[test]
fn every_module_is_in_it_once_and_in_order() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
    let listed = std::fs::read_to_string(root.join("modules.txt")).unwrap();
    let own: Vec<&str> = web::PARTS.modules.iter().map(|(name, _)| *name).collect();
    assert_eq!(own, listed.lines().collect::<Vec<_>>());
    let mut there: Vec<String> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".js"))
        .collect();
    there.sort();
    let mut sorted = own.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, there);
}

#[test]
fn captions_of_a_table_come_out_as_they_are() {
    let project = batch();
    let nasty = "</script><script>alert(1)</script>";
    project
        .write("captions.csv", format!("id,text\none,ship it\ntwo,{nasty}\nthree,{nasty} & co\n"));
    project.expect(0, &["report", "--out", "page.html"]);
    let text = project.read("page.html");
    assert_eq!(text.matches("<script").count(), 2);
    assert!(text.contains("\"root\":\"\""), "the page lies beside the Memefile");
}
