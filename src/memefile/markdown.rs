//! `docs/memefile.md`, from the same tables that reading uses.

use super::{KeyDoc, SectionDoc};

/// The reference of all sections, in Markdown; behind the keys of each stands what else there is
/// to say of it.
pub fn reference(sections: &[(&SectionDoc, String)]) -> String {
    let mut out = String::from(INTRODUCTION);
    for (doc, appendix) in sections {
        let header = if doc.named { format!("{}.NAME", doc.kind) } else { doc.kind.to_owned() };
        push(&mut out, &format!("\n## `[{header}]`\n\n{}\n", doc.about));
        push(&mut out, &format!("\n```toml\n{}\n```\n", doc.example.trim()));
        keys(&mut out, doc.keys);
        tables(&mut out, doc.keys, doc.kind);
        if !appendix.is_empty() {
            push(&mut out, &format!("\n{}\n", appendix.trim()));
        }
    }
    out
}

const INTRODUCTION: &str = "\
# Memefile.toml

This page is generated from the tables that read the file (`src/node/declare/`); \
`MEMEBUILD_UPDATE_DOCS=1 cargo test` writes it anew.

A Memefile is [TOML](https://toml.io). It begins with `memefile = 1`, and then has sections. \
Names of sections have letters, digits, `_`, `-`, `.` and `/`; a name with a point or a slash \
stands in quotes, as in `[render.\"launch/cat\"]`. Keys that memebuild does not know are \
mistakes, and every mistake of the file is reported in one run.

## Values

| value | written | |
|---|---|---|
| time | `\"1.5s\"`, `\"250ms\"`, `\"2m\"`, `\"1h\"` | whole milliseconds |
| time range | `\"0s..2.5s\"` | the end is not part of it |
| gain | `\"-8dB\"` | from -120dB to +60dB |
| loudness | `\"-14 LUFS\"` | integrated, EBU R128 |
| true peak | `\"-1 dBTP\"` | |
| size of a file | `\"20MB\"`, `\"4GiB\"` | `kB`, `MB`, `GB` are powers of 1000; `KiB`, `MiB`, `GiB` of 1024 |
| length | `\"5%\"`, `\"40px\"` | percent of the canvas's width or height, whichever it lies along; \
pixels are meant for a canvas whose shorter side has 1080, and scale with others |
| share | `\"40%\"` or `0.4` | from 0 to 1 |
| factor | `1.5` | from 0.1 to 10 |
| frame rate | `30` or `\"30000/1001\"` | from 1 to 120 |
| colour | `\"#ffcc00\"`, `\"#ffcc0080\"`, `\"white\"` | the last two digits are alpha |
| id | `\"gorilla\"` | of an asset: the name of its file without extension, in lower case, everything but `a-z0-9` turned to `-` |
";

fn keys(out: &mut String, keys: &[KeyDoc]) {
    push(out, "\n| key | value | default | |\n|---|---|---|---|\n");
    for key in keys {
        let default = match key.default {
            "" => String::new(),
            super::REQUIRED => "**required**".to_owned(),
            text => format!("`{text}`"),
        };
        let doc = key.doc.replace('|', "\\|");
        push(out, &format!("| `{}` | {} | {default} | {doc} |\n", key.name, key.kind));
    }
}

/// The tables within, each under its own heading.
fn tables(out: &mut String, keys_of: &[KeyDoc], prefix: &str) {
    for key in keys_of.iter().filter(|key| !key.keys.is_empty()) {
        let path = format!("{prefix}.{}", key.name);
        push(out, &format!("\n### `{path}`\n"));
        keys(out, key.keys);
        tables(out, key.keys, &path);
    }
}

fn push(out: &mut String, text: &str) {
    out.push_str(text);
}
