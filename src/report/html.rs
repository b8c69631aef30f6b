//! The page as one file: its style, its modules and its document in place, and nothing that it could
//! fetch from anywhere.
//!
//! What is in the document was written by strangers, and it stands inside a `<script>`: no character of
//! it can end that, and the page's own policy lets no other script run.

use crate::contract::Contract;
use crate::contract::page::ReportPage;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde::Serialize;

/// The lines of [`Parts::index`] in whose place the page's own parts come.
pub const STYLE: &str = "<link rel=\"stylesheet\" href=\"page.css\">";
pub const SCRIPT: &str = "<script type=\"module\" src=\"main.js\"></script>";

/// The element that holds the document.
pub const DOCUMENT: &str = "report-page";

/// What a page is made of, as its authors keep it.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// HTML, in which [`STYLE`] and [`SCRIPT`] have a line each.
    pub index: &'a str,
    pub style: &'a str,
    /// Names and texts, those first that others import.
    pub modules: &'a [(&'a str, &'a str)],
}

/// The page with a document in it.
pub fn page(parts: Parts<'_>, document: &ReportPage) -> String {
    let (style, script, json) = (parts.style, script(parts.modules), json(document));
    let policy = policy(style, &script);
    let length = parts.index.len() + policy.len() + style.len() + script.len() + json.len();
    let mut out = String::with_capacity(length + 1000);
    for line in parts.index.lines() {
        match line.trim() {
            // The policy comes before anything that it speaks of.
            STYLE => out.extend([&policy, "\n<style>", style, "</style>"]),
            SCRIPT => {
                let opened = format!("<script type=\"application/json\" id=\"{DOCUMENT}\">");
                let closed = "</script>\n<script type=\"module\">";
                out.extend([&opened, &json, closed, &script, "</script>"]);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// Nothing but the page's own style and script, and pictures and films beside it.
fn policy(style: &str, script: &str) -> String {
    format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         script-src '{}'; style-src '{}'; img-src 'self' data: file:; media-src 'self' data: file:; \
         connect-src 'none'; base-uri 'none'; form-action 'none'\">",
        source(script),
        source(style),
    )
}

/// The document, as JSON that can stand in a `<script>`.
pub fn json(document: &ReportPage) -> String {
    #[derive(Serialize)]
    struct Versioned<'a> {
        #[serde(rename = "schemaVersion")]
        version: u32,
        #[serde(flatten)]
        page: &'a ReportPage,
    }
    let versioned = Versioned { version: ReportPage::VERSION, page: document };
    escaped(&serde_json::to_string(&versioned).expect("contract types serialise to JSON"))
}

/// JSON without the characters that mean something to HTML, and without those that end a line in a
/// script: all of them can stand in strings alone, where an escape says the same.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + json.len() / 50);
    let mut rest = json;
    while let Some(at) = rest.find(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let mut characters = tail.chars();
        if let Some(character) = characters.next() {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out
}

/// Modules as one: imports of each other are dropped, since all they name is in the same place, and so is
/// the word `export`.
fn script(modules: &[(&str, &str)]) -> String {
    let mut script = String::new();
    for (_, text) in modules {
        for line in text.lines().filter(|line| !is_import(line)) {
            script.push_str(line.strip_prefix("export ").unwrap_or(line));
            script.push('\n');
        }
    }
    script
}

/// `import { a } from "./a.js";`, alone on its line.
fn is_import(line: &str) -> bool {
    let line = line.trim_end();
    line.starts_with("import ") && line.contains("\"./") && line.ends_with(".js\";")
}

/// How a policy names an inline text: by its hash.
fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(digest(&SHA256, text.as_bytes())))
}
