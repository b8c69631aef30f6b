//! Reads where the files of a source are.

use super::Place;
use super::keys::BELONGS;
use crate::contract::origin::{Address, Bucket, Checksum, Downloader, Origin, Pages, Terms};
use crate::contract::origin::{is_web_address, parse_sum};
use crate::diagnostic::Diagnostic;
use crate::memefile::{
    At, FileSize, FromText, FromValue, Millis, Mistakes, OneOrMany, Reader, Value, Wrong,
};
use globset::GlobBuilder;
use std::collections::BTreeSet;

/// The keys of which a source has exactly one.
const PLACES: [&str; 6] = ["files", "http", "bucket", "gallery", "ytdlp", "manifest"];

/// Most files that one source may list.
const MOST: i64 = 100_000;

/// Where the files are; none where there are mistakes. One that is mocked may have none yet.
pub(super) fn place(reader: &Reader<'_, '_>, mocked: bool) -> Option<Place> {
    let given: Vec<&'static str> =
        PLACES.into_iter().filter(|key| reader.value(key).is_some()).collect();
    let place = match given.as_slice() {
        [only] => *only,
        [] if mocked => "files",
        [] => {
            let message = format!("{} does not say where its files are", reader.what());
            let diagnostic = Diagnostic::usage("missing-key", message)
                .label(&reader.span(), "one of `files`, `http`, `bucket`, … is required here")
                .hint("add `files = …` (glob or list of globs)");
            reader.mistakes().report(diagnostic);
            return None;
        }
        [first, second, ..] => {
            let message = format!("{} has both `{first}` and `{second}`", reader.what());
            let diagnostic = Diagnostic::usage("conflicting-keys", message)
                .label(&reader.span_of(second), "a second place")
                .label(&reader.span_of(first), "the first")
                .hint("make two sources of it");
            reader.mistakes().report(diagnostic);
            return None;
        }
    };
    let strays = strays(place, reader);
    let terms = terms(place, reader);
    let read = match place {
        "files" if given.is_empty() => {
            Some(Place::Files { files: Vec::new(), exclude: Vec::new() })
        }
        "files" => files(reader),
        "manifest" => reader.get("manifest").map(Place::Manifest),
        _ => {
            origin(place, reader).zip(terms).map(|(origin, terms)| Place::Remote { origin, terms })
        }
    };
    read.filter(|_| !strays)
}

/// Reports keys that this kind of source does not have.
fn strays(place: &str, reader: &Reader<'_, '_>) -> bool {
    let mut any = false;
    for (key, of) in BELONGS {
        if reader.value(key).is_none() || of.contains(&place) {
            continue;
        }
        any = true;
        let list: Vec<String> = of.iter().map(|kind| format!("`{kind}`")).collect();
        let message = format!("`{key}` has no meaning for a source of `{place}`");
        let label = format!("only for {}", list.join(", "));
        let diagnostic = Diagnostic::usage("stray-key", message).label(&reader.span_of(key), label);
        reader.mistakes().report(diagnostic);
    }
    any
}

fn files(reader: &Reader<'_, '_>) -> Option<Place> {
    let OneOrMany(files) = reader.get("files")?;
    let exclude: Option<OneOrMany<At<String>>> = reader.get("exclude");
    if files.is_empty() {
        let value = reader.value("files")?;
        return value.wrong_type("at least one glob", reader.mistakes());
    }
    Some(Place::Files { files, exclude: exclude.map_or_else(Vec::new, |list| list.0) })
}

fn origin(place: &'static str, reader: &Reader<'_, '_>) -> Option<Origin> {
    match place {
        "http" => http(reader),
        "bucket" => {
            let BucketUrl(url) = reader.get("bucket")?;
            let sample = reader.int("sample", 1..=MOST).and_then(|n| u32::try_from(n).ok());
            Some(Origin::Bucket(Bucket { url, sample }))
        }
        _ => pages(place, reader),
    }
}

fn http(reader: &Reader<'_, '_>) -> Option<Origin> {
    let value = reader.value("http")?;
    let items = value.items().unwrap_or_else(|| vec![value.clone()]);
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    if items.is_empty() || items.len() > most {
        return value.wrong_type("at least one address and at most 100000", reader.mistakes());
    }
    let keys = reader.keys_of("http");
    let mut seen = BTreeSet::new();
    let mut list = Some(Vec::new());
    for item in items {
        let read = match item.table(keys, reader.mistakes()) {
            Some(table) => address(&table),
            None => WebUrl::from_value(&item, reader.mistakes())
                .map(|WebUrl(url)| Address { url, checksum: None }),
        };
        let Some(read) = read else {
            list = None;
            continue;
        };
        if !seen.insert(read.url.clone()) {
            twice(&item, reader.mistakes());
            list = None;
        }
        if let Some(list) = &mut list {
            list.push(read);
        }
    }
    list.map(Origin::Http)
}

fn twice(item: &Value<'_>, mistakes: &Mistakes) {
    let message = format!("{} is an address that stands there before", item.name());
    let diagnostic = Diagnostic::usage("duplicate-address", message)
        .label(&mistakes.span(item.range()), "the second time");
    mistakes.report(diagnostic);
}

fn address(table: &Reader<'_, '_>) -> Option<Address> {
    let url: Option<WebUrl> = table.require("url");
    let sha256 = table.get::<Sum>("sha256").map(|sum| Checksum::Sha256(sum.0));
    let blake3 = table.get::<Sum>("blake3").map(|sum| Checksum::Blake3(sum.0));
    if sha256.is_some() && blake3.is_some() {
        let diagnostic = Diagnostic::usage("conflicting-keys", "there are two checksums")
            .label(&table.span_of("blake3"), "one is enough");
        table.mistakes().report(diagnostic);
        return None;
    }
    Some(Address { url: url?.0, checksum: sha256.or(blake3) })
}

fn pages(place: &'static str, reader: &Reader<'_, '_>) -> Option<Origin> {
    let urls: Option<OneOrMany<WebUrl>> = reader.get(place);
    let cookies: Option<String> = reader.get("cookies");
    let config: Option<String> = reader.get("config");
    let pause: Option<Millis> = reader.get("pause");
    let rate: Option<FileSize> = reader.get("rate");
    let urls: Vec<String> = urls?.0.into_iter().map(|WebUrl(url)| url).collect();
    if urls.is_empty() {
        return reader.value(place)?.wrong_type("at least one address", reader.mistakes());
    }
    Some(Origin::Pages(Pages {
        downloader: if place == "gallery" { Downloader::GalleryDl } else { Downloader::YtDlp },
        urls,
        cookies,
        config,
        pause_ms: pause.map(|pause| pause.0),
        rate: rate.map(|rate| rate.0),
    }))
}

/// Bounds and choices. `None` where one is wrong.
fn terms(place: &str, reader: &Reader<'_, '_>) -> Option<Terms> {
    let mut terms = Terms::default();
    let globs = |key| -> Option<Vec<String>> {
        let Some(list) = reader.get::<OneOrMany<Pattern>>(key) else {
            return reader.value(key).is_none().then(Vec::new);
        };
        Some(list.0.into_iter().map(|Pattern(glob)| glob).collect())
    };
    let number = |key, bounds: std::ops::RangeInclusive<i64>, default: u32| {
        let read = reader.int(key, bounds).and_then(|n| u32::try_from(n).ok());
        read.or_else(|| reader.value(key).is_none().then_some(default))
    };
    if place != "files" {
        terms.include = globs("include")?;
        terms.exclude = globs("exclude")?;
    }
    if let Some(FileSize(bytes)) = reader.get("max-size") {
        terms.max_size = bytes;
    }
    if let Some(Millis(ms)) = reader.get("timeout") {
        terms.timeout_ms = ms.max(1);
    }
    terms.retries = number("retries", 0..=20, terms.retries)?;
    terms.parallel = number("parallel", 1..=64, terms.parallel)?;
    Some(terms)
}

/// `http://` or `https://`, without a password.
struct WebUrl(String);

impl FromText for WebUrl {
    const EXPECTED: &'static str = "an address such as \"https://example.org/clip.mp4\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        match is_web_address(text) {
            Ok(()) => Ok(Self(text.to_owned())),
            Err(why) => Err(Wrong::because(why)),
        }
    }
}

/// `s3://memes/music`, `gs://…`, `file:///…`.
struct BucketUrl(String);

impl FromText for BucketUrl {
    const EXPECTED: &'static str = "a bucket such as \"s3://memes/music\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let rest = ["s3://", "gs://", "file:///"].iter().find_map(|head| text.strip_prefix(head));
        let clean = |rest: &str| {
            !rest.is_empty()
                && !rest.starts_with('/')
                && !rest.contains(['?', '#', '@'])
                && !rest.chars().any(char::is_control)
                && !rest.split('/').any(|part| part == ".." || part == ".")
        };
        if rest.is_some_and(clean) { Ok(Self(text.to_owned())) } else { Err(Wrong::default()) }
    }
}

/// A hash in hexadecimal.
struct Sum([u8; 32]);

impl FromText for Sum {
    const EXPECTED: &'static str = "64 hexadecimal digits";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        parse_sum(text).map(Self).ok_or_else(Wrong::default)
    }
}

/// A glob over names.
struct Pattern(String);

impl FromText for Pattern {
    const EXPECTED: &'static str = "a glob such as \"**/*.mp4\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        match GlobBuilder::new(text).literal_separator(true).build() {
            Ok(_) if !text.is_empty() => Ok(Self(text.to_owned())),
            Ok(_) => Err(Wrong::because("it is empty")),
            Err(error) => Err(Wrong::because(error.kind().to_string())),
        }
    }
}
