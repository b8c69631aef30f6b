//! Where a source takes its files from, as declared: what crosses from the Memefile to the fetcher.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// Where files come from that are not in the project yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A list of addresses.
    Http(Vec<Address>),
    /// What lies under an address of an object store.
    Bucket(Bucket),
    /// What a downloader finds at some pages.
    Pages(Pages),
}

/// One file to fetch by HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// As declared: it may hold a signature that dies.
    pub url: String,
    pub checksum: Option<Checksum>,
}

/// What the bytes of a file must hash to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    Sha256([u8; 32]),
    Blake3([u8; 32]),
}

impl fmt::Display for Checksum {
    /// `sha256:HEX`, `blake3:HEX`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, bytes) = match self {
            Self::Sha256(bytes) => ("sha256", bytes),
            Self::Blake3(bytes) => ("blake3", bytes),
        };
        write!(f, "{name}:{}", blake3::Hash::from_bytes(*bytes).to_hex())
    }
}

/// Parses 64 hexadecimal digits, in whatever case other programs print them.
pub fn parse_sum(hex: &str) -> Option<[u8; 32]> {
    blake3::Hash::from_hex(hex.to_ascii_lowercase()).ok().map(|hash| *hash.as_bytes())
}

impl FromStr for Checksum {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, hex) = text.split_once(':').ok_or(())?;
        let bytes = parse_sum(hex).ok_or(())?;
        match name {
            "sha256" => Ok(Self::Sha256(bytes)),
            "blake3" => Ok(Self::Blake3(bytes)),
            _ => Err(()),
        }
    }
}

/// A part of an object store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// `gs://BUCKET/PREFIX`, `s3://BUCKET/PREFIX` or `file:///FOLDER`.
    pub url: String,
    /// How many objects to draw; all of them if none.
    pub sample: Option<u32>,
}

/// Which program looks at the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Downloader {
    GalleryDl,
    YtDlp,
}

impl Downloader {
    pub const ALL: [Self; 2] = [Self::GalleryDl, Self::YtDlp];

    /// The program's name, on `PATH` and in what is recorded.
    pub fn program(self) -> &'static str {
        match self {
            Self::GalleryDl => "gallery-dl",
            Self::YtDlp => "yt-dlp",
        }
    }

    /// The environment variable that names another program in its place.
    pub fn variable(self) -> &'static str {
        match self {
            Self::GalleryDl => "MEMEBUILD_GALLERY_DL",
            Self::YtDlp => "MEMEBUILD_YT_DLP",
        }
    }
}

/// Pages of sites, and how to ask them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pages {
    pub downloader: Downloader,
    /// `https://…`; at least one.
    pub urls: Vec<String>,
    /// A file of cookies in Netscape's format, relative to the Memefile, or `$VARIABLE` that holds
    /// the path of one or its text. Never the cookies themselves.
    pub cookies: Option<String>,
    /// A configuration file of the downloader's own, relative to the Memefile.
    pub config: Option<String>,
    /// Time between two requests, milliseconds.
    pub pause_ms: Option<u64>,
    /// Bytes a second.
    pub rate: Option<u64>,
}

/// Bounds and choices that hold for all kinds of sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Globs over names below the prefix; empty for all.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// Bytes of one file, at most.
    pub max_size: u64,
    /// Time for one file, milliseconds, at most.
    pub timeout_ms: u64,
    /// How often a failed request is made again.
    pub retries: u32,
    /// Files at once.
    pub parallel: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            include: Vec::new(),
            exclude: Vec::new(),
            max_size: 4 << 30,
            timeout_ms: 3_600_000,
            retries: 4,
            parallel: 4,
        }
    }
}

/// Whether a text is the address of something that can be fetched by HTTP, and holds no password;
/// else why not.
pub fn is_web_address(text: &str) -> Result<(), &'static str> {
    let url = url::Url::parse(text).map_err(|_| "this is not an address")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only `http` and `https` are fetched");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a Memefile is no place for passwords");
    }
    if text.len() > 4000 || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err("it is too long, or has spaces in it");
    }
    Ok(())
}

/// All that decides which files a source means, as a digest: where it changes, what is pinned has
/// to be looked at again. How they are fetched is no part of it.
pub fn selection(origin: &Origin, terms: &Terms, seed: u64) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    enum Meaning<'a> {
        Http(BTreeMap<&'a str, Option<String>>),
        Bucket { url: &'a str, sample: Option<(u32, u64)> },
        Pages { program: &'static str, urls: &'a [String] },
    }
    let meaning = match origin {
        Origin::Http(list) => {
            let pair = |a: &'_ Address| a.checksum.map(|sum| sum.to_string());
            Meaning::Http(list.iter().map(|a| (a.url.as_str(), pair(a))).collect())
        }
        Origin::Bucket(Bucket { url, sample }) => {
            Meaning::Bucket { url, sample: sample.map(|count| (count, seed)) }
        }
        Origin::Pages(pages) => {
            Meaning::Pages { program: pages.downloader.program(), urls: &pages.urls }
        }
    };
    let text = serde_json::to_string(&(meaning, &terms.include, &terms.exclude))
        .expect("declarations serialise");
    let mut hasher = blake3::Hasher::new_derive_key("memebuild source selection v1");
    hasher.update(text.as_bytes());
    hasher.finalize().to_hex()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_read_as_other_programs_print_them() {
        let hex = "AB".repeat(32);
        let sum: Checksum = format!("sha256:{hex}").parse().unwrap();
        assert_eq!(sum, Checksum::Sha256([0xab; 32]));
        assert_eq!(sum.to_string(), format!("sha256:{}", hex.to_lowercase()));
        assert!("md5:00".parse::<Checksum>().is_err());
        assert!(format!("sha256:{}", "zz".repeat(32)).parse::<Checksum>().is_err());
    }

    #[test]
    fn a_selection_is_what_is_meant_and_not_how_it_is_fetched() {
        let bucket = |sample| Origin::Bucket(Bucket { url: "s3://memes".into(), sample });
        let terms = Terms::default();
        let of = |sample, seed| selection(&bucket(sample), &terms, seed);
        assert_ne!(of(None, 1), of(Some(3), 1));
        assert_ne!(of(Some(3), 1), of(Some(3), 2));
        assert_eq!(of(None, 1), of(None, 2), "without a sample nothing is drawn");
        let patient = Terms { timeout_ms: 1, retries: 9, ..terms.clone() };
        assert_eq!(selection(&bucket(None), &patient, 1), of(None, 1));
    }
}
