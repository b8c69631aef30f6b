//! What sites say of a file, in the sidecars of gallery-dl and yt-dlp: read with distrust, since
//! whoever uploads a file writes most of it.

use crate::contract::rights::{Licence, Provenance};
use crate::source::address::lasting_text;
use crate::source::name::line;
use serde_json::Value;
use std::collections::BTreeSet;

/// Longest text that goes into credits, in bytes.
const LONGEST: usize = 300;

/// Most tags, and the longest of one.
const TAGS: usize = 64;
const LONGEST_TAG: usize = 60;

/// What is known of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub page: Option<String>,
    pub platform: Option<String>,
    pub post: Option<String>,
    pub title: Option<String>,
    pub creator: Option<String>,
    pub published: Option<String>,
    pub licence: Option<Licence>,
    pub tags: Vec<String>,
}

impl Said {
    /// Reads a sidecar. What cannot be read says nothing.
    pub fn read(text: &str) -> Self {
        let Ok(document) = serde_json::from_str::<Value>(text) else { return Self::default() };
        let first = |pointers: &[&str]| {
            let mut found = pointers.iter().filter_map(|pointer| document.pointer(pointer));
            found.find_map(|value| match value {
                Value::String(text) => line(text, LONGEST),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            })
        };
        let pages = ["/post_url", "/webpage_url", "/page_url", "/permalink", "/url"];
        let mut pages = pages.iter().filter_map(|pointer| document.pointer(pointer)?.as_str());
        Self {
            page: pages.find_map(lasting_text),
            platform: first(&["/category", "/extractor_key", "/extractor"])
                .map(|platform| platform.to_ascii_lowercase())
                .filter(|platform| !matches!(platform.as_str(), "generic" | "directlink")),
            post: first(&["/id", "/post_id", "/shortcode", "/display_id", "/index"]),
            title: first(&["/title", "/fulltitle"]),
            creator: first(&[
                "/creator/full_name",
                "/creator/vanity",
                "/creator/name",
                "/creator",
                "/author/name",
                "/author/username",
                "/author",
                "/artist",
                "/user/name",
                "/user/username",
                "/uploader",
                "/channel",
                "/username",
            ]),
            published: first(&["/published_at", "/upload_date", "/date", "/created_at"])
                .map(|text| day(&text).unwrap_or(text)),
            licence: first(&["/license", "/licence", "/license_url"]).and_then(|l| licence(&l)),
            tags: tags(document.get("tags").or_else(|| document.get("keywords"))),
        }
    }

    pub fn provenance(&self) -> Provenance {
        Provenance {
            source_url: self.page.clone(),
            platform: self.platform.clone(),
            post: self.post.clone(),
            title: self.title.clone(),
            creator: self.creator.clone(),
            published: self.published.clone(),
            licence: self.licence.clone(),
            ..Provenance::default()
        }
    }
}

/// `20261124` → `2026-11-24`.
fn day(text: &str) -> Option<String> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]))
}

/// Tags in a list, or in one text with commas: lower case, sorted, each once.
fn tags(value: Option<&Value>) -> Vec<String> {
    let texts: Vec<&str> = match value {
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(|tag| tag.as_str().or_else(|| tag.get("name")?.as_str()))
            .collect(),
        Some(Value::String(text)) => text.split(',').collect(),
        _ => Vec::new(),
    };
    let clean = texts.into_iter().filter_map(|text| line(&text.to_lowercase(), LONGEST_TAG));
    clean.take(TAGS).collect::<BTreeSet<String>>().into_iter().collect()
}

/// The licences that sites name in words of their own. What is not on the list is not guessed: it
/// stays unknown until the source says it.
fn licence(text: &str) -> Option<Licence> {
    let lower = text.trim().to_ascii_lowercase();
    // The sentence of YouTube, which means version 3.0.
    if lower == "creative commons attribution license (reuse allowed)" {
        return Licence::try_from("CC-BY-3.0".to_owned()).ok();
    }
    let path = lower.split_once("creativecommons.org/").map(|(_, path)| path.trim_end_matches('/'));
    let words: Vec<&str> = match path {
        Some(path) => path.split('/').collect(),
        None => lower.split([' ', '-']).filter(|word| !word.is_empty()).collect(),
    };
    let (kind, version) = match (path, words.as_slice()) {
        (Some(_), ["publicdomain", "zero", version, ..]) => ("CC0".to_owned(), *version),
        (Some(_), ["licenses", kind, version, ..]) => {
            (format!("CC-{}", kind.to_uppercase()), *version)
        }
        (None, ["cc0", version]) => ("CC0".to_owned(), *version),
        (None, ["cc0"]) => ("CC0".to_owned(), "1.0"),
        (None, ["cc", kinds @ .., version]) if !kinds.is_empty() => {
            (format!("CC-{}", kinds.join("-").to_uppercase()), *version)
        }
        _ => return None,
    };
    let kinds = ["CC0", "CC-BY", "CC-BY-SA", "CC-BY-NC", "CC-BY-ND", "CC-BY-NC-SA", "CC-BY-NC-ND"];
    let versions = ["1.0", "2.0", "2.5", "3.0", "4.0"];
    let known = kinds.contains(&kind.as_str()) && versions.contains(&version);
    known.then(|| Licence::try_from(format!("{kind}-{version}")).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_and_never_guessed() {
        for (text, spdx) in [
            ("https://creativecommons.org/licenses/by-sa/4.0/", Some("CC-BY-SA-4.0")),
            ("http://creativecommons.org/publicdomain/zero/1.0/", Some("CC0-1.0")),
            ("CC BY 4.0", Some("CC-BY-4.0")),
            ("cc-by-nc-sa-3.0", Some("CC-BY-NC-SA-3.0")),
            ("CC0", Some("CC0-1.0")),
            ("Creative Commons Attribution license (reuse allowed)", Some("CC-BY-3.0")),
            ("Standard YouTube License", None),
            ("CC BY", None),
            ("all rights reserved", None),
            ("https://creativecommons.org/licenses/evil/9.0", None),
        ] {
            assert_eq!(licence(text).as_ref().map(Licence::as_str), spdx, "{text}");
        }
    }

    #[test]
    fn what_is_no_sidecar_says_nothing() {
        for text in ["", "[]", "{", "{\"id\": [], \"tags\": 3}", "null"] {
            assert_eq!(Said::read(text), Said::default(), "{text}");
        }
    }
}
