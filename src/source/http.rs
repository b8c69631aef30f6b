//! Files by HTTP: a list of addresses.

use super::address::{Reach, lasting, may_reach, reach, redirected, word};
use super::listed::{self, Wanted};
use super::part::Part;
use super::transfer::{Answer, Body, Known, Remote, Trouble};
use super::{Job, Report, name};
use crate::contract::origin::Address;
use crate::contract::rights::Provenance;
use crate::diagnostic::Diagnostic;
use futures_util::StreamExt;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Response, StatusCode};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How many redirects are followed.
const REDIRECTS: usize = 10;

const CONNECT: Duration = Duration::from_secs(10);

pub(super) fn fetch(job: &Job<'_>, list: &[Address]) -> Result<Report, Diagnostic> {
    let wanted: BTreeMap<String, Wanted<Web>> = list
        .iter()
        .filter_map(|address| {
            let url = Url::parse(&address.url).ok()?;
            let key = lasting(&url);
            let wanted = Wanted {
                file: file_name(&url),
                provenance: Provenance {
                    source_url: Some(key.clone()).filter(|url| url.len() <= 2000),
                    platform: url.host_str().map(str::to_owned),
                    ..Provenance::default()
                },
                checksum: address.checksum,
                etag: None,
                remote: Web(url),
            };
            Some((key, wanted))
        })
        .collect();
    if job.mode.locked {
        let pinned = job.pinned.ok_or_else(|| job.locked("nothing of it is pinned"))?;
        let fits = wanted.len() == pinned.items.len()
            && wanted.iter().all(|(key, wanted)| {
                let sum = wanted.checksum.map(|sum| sum.to_string());
                pinned.items.get(key).is_some_and(|pin| sum.is_none() || sum == pin.checksum)
            });
        if !fits {
            return Err(job.locked("its addresses are not those that are pinned"));
        }
    }
    let clients = Clients::new()
        .map_err(|why| Diagnostic::error("http", format!("cannot begin to speak HTTP: {why}")))?;
    Ok(listed::fetch(job, wanted, |Web(url)| Page { url, clients: &clients }))
}

/// The last part of an address, decoded.
fn file_name(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
    let last = last.unwrap_or_else(|| url.host_str().unwrap_or_default());
    name::file_name(&percent_decoded(last))
}

fn percent_decoded(text: &str) -> String {
    // The query decoder, without its reading of `+` as a space.
    let pair = format!("x={}", text.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs.next().map_or_else(|| text.to_owned(), |(_, value)| value.into_owned())
}

pub(super) struct Web(Url);

/// Two ways to connect: to whatever was declared, and to where a redirect leads.
pub(super) struct Clients {
    declared: Client,
    /// For those whose declared host is on the outside: no name leads it further in.
    outward: Client,
}

impl Clients {
    fn new() -> Result<Self, String> {
        tls();
        let builder = || {
            Client::builder()
                .user_agent(concat!("memebuild/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT)
        };
        let build = |builder: reqwest::ClientBuilder| builder.build().map_err(|e| cause(&e));
        Ok(Self {
            declared: build(builder())?,
            outward: build(builder().dns_resolver(Arc::new(Outward)))?,
        })
    }
}

/// Chooses who does the cryptography, once a process.
pub(super) fn tls() {
    // That somebody else was first is as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Resolves names, and forgets addresses that are not on the outside: what a name meant when it was
/// looked at does not matter, only what is connected to.
struct Outward;

impl Resolve for Outward {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let inner = found.iter().map(|at| reach(at.ip())).max();
            let public: Vec<SocketAddr> =
                found.into_iter().filter(|at| reach(at.ip()) == Reach::Public).collect();
            if let (true, Some(inner)) = (public.is_empty(), inner) {
                return Err(format!("a redirect to a {} address", word(inner)).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// One file to ask for.
pub(super) struct Page<'c> {
    url: Url,
    clients: &'c Clients,
}

impl Remote for Page<'_> {
    async fn open(&self, part: &Part, resume: bool, known: Known<'_>) -> Result<Answer, Trouble> {
        let mut headers = HeaderMap::new();
        let mut set = |name, value: Option<&str>| {
            if let Some(value) = value.and_then(|value| value.parse().ok()) {
                headers.insert(name, value);
            }
        };
        if resume {
            set(header::RANGE, Some(&format!("bytes={}-", part.len())));
            set(header::IF_RANGE, part.validator());
        } else {
            set(header::IF_NONE_MATCH, known.etag);
            set(header::IF_MODIFIED_SINCE, known.modified.filter(|_| known.etag.is_none()));
        }
        // Bytes are counted as they are stored, never as they unpack.
        set(header::ACCEPT_ENCODING, Some("identity"));
        let response = self.follow(headers).await?;
        answer(response, part, resume)
    }
}

impl Page<'_> {
    /// Asks, and follows redirects as far as they may lead.
    async fn follow(&self, headers: HeaderMap) -> Result<Response, Trouble> {
        let mut url = self.url.clone();
        let mut home = None;
        for _ in 0..=REDIRECTS {
            let client = match home {
                None | Some(Reach::Private | Reach::Loopback | Reach::Special) => {
                    &self.clients.declared
                }
                Some(Reach::Public) => &self.clients.outward,
            };
            let request = client.get(url.clone()).headers(headers.clone());
            let response = request.send().await.map_err(|e| sending(&e))?;
            let peer = response.remote_addr().map_or(Reach::Public, |peer| reach(peer.ip()));
            let home = *home.get_or_insert(peer);
            if !may_reach(home, peer) {
                return Err(Trouble::Lasting(format!("a redirect to a {} address", word(peer))));
            }
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let location = response.headers().get(header::LOCATION).and_then(|l| l.to_str().ok());
            let Some(location) = location else {
                return Err(Trouble::Lasting("a redirect to nowhere".to_owned()));
            };
            url = redirected(&url, location, home).map_err(Trouble::Lasting)?;
        }
        Err(Trouble::Lasting(format!("more than {REDIRECTS} redirects")))
    }
}

/// A request that got no answer.
fn sending(error: &reqwest::Error) -> Trouble {
    let why = cause(error);
    if why.contains("a redirect to a") { Trouble::Lasting(why) } else { Trouble::passing(why) }
}

/// The innermost reason, which names no address.
fn cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    name::line(&last.to_string(), 300).unwrap_or_else(|| "it failed".to_owned())
}

fn answer(response: Response, part: &Part, resume: bool) -> Result<Answer, Trouble> {
    let status = response.status();
    match status {
        StatusCode::NOT_MODIFIED if !resume => return Ok(Answer::Same),
        StatusCode::RANGE_NOT_SATISFIABLE if resume => {
            let total = range(response.headers()).and_then(|(_, total)| total);
            let told = part.head.total.is_none_or(|told| told == part.len());
            if told && total == Some(part.len()) {
                return Ok(Answer::Whole);
            }
            return Ok(Answer::Changed);
        }
        _ if status.is_success() => {}
        _ => return Err(refused(status, response.headers())),
    }
    let text = |name| {
        let value = response.headers().get(name)?.to_str().ok()?;
        (value.len() <= 500).then(|| value.to_owned())
    };
    let media_type = text(header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase();
    if media_type.starts_with("text/html") {
        let why = "the server answered with a web page where a file should be";
        return Err(Trouble::Lasting(why.to_owned()));
    }
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let (start, total) = match status {
        StatusCode::PARTIAL_CONTENT => range(response.headers())
            .ok_or_else(|| Trouble::Lasting("the server sends a part and not which".to_owned()))?,
        _ => (0, length),
    };
    let name = text(header::CONTENT_DISPOSITION).and_then(|value| disposition(&value));
    let (etag, modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
    let bytes = response.bytes_stream().map(|chunk| chunk.map_err(|e| cause(&e))).boxed();
    Ok(Answer::Body(Body { start, total, etag, modified, name, bytes }))
}

/// `bytes 5-9/10` → 5 and 10; `bytes */10` → 0 and 10.
fn range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let start = if range == "*" { 0 } else { range.split_once('-')?.0.parse().ok()? };
    Some((start, total.parse().ok()))
}

/// The file's name in `attachment; filename="x.mp4"`.
fn disposition(value: &str) -> Option<String> {
    let at = value.to_ascii_lowercase().find("filename=")?;
    let rest = &value[at + "filename=".len()..];
    let name = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(';').next(),
    };
    name.map(str::trim).filter(|name| !name.is_empty()).map(name::file_name)
}

fn refused(status: StatusCode, headers: &HeaderMap) -> Trouble {
    let why = match status.canonical_reason() {
        Some(reason) => format!("the server answered {} {reason}", status.as_u16()),
        None => format!("the server answered {}", status.as_u16()),
    };
    let passing = status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429);
    if !passing || status == StatusCode::NOT_IMPLEMENTED {
        return Trouble::Lasting(why);
    }
    let wait = headers.get(header::RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?));
    Trouble::Passing { why, wait }
}

/// Seconds, or a moment.
fn retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
    let seconds = moment.as_second() - jiff::Timestamp::now().as_second();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_come_from_addresses() {
        let name = |text: &str| file_name(&Url::parse(text).unwrap());
        assert_eq!(name("https://a.test/x/Clip%20One.mp4?id=3"), "Clip-One.mp4");
        assert_eq!(name("https://a.test/x/..%2f..%2fetc%2fpasswd"), "passwd");
        assert_eq!(name("https://a.test/"), "a.test");
        assert_eq!(name("https://a.test/a+b.mp4/"), "a-b.mp4");
    }

    #[test]
    fn headers_are_read_as_they_are_written() {
        assert_eq!(disposition("attachment; filename=\"a b.mp4\"").as_deref(), Some("a-b.mp4"));
        assert_eq!(disposition("inline; FileName=../x.mp4; y").as_deref(), Some("x.mp4"));
        assert_eq!(disposition("inline"), None);
        let headers =
            |value: &str| HeaderMap::from_iter([(header::CONTENT_RANGE, value.parse().unwrap())]);
        assert_eq!(range(&headers("bytes 5-9/10")), Some((5, Some(10))));
        assert_eq!(range(&headers("bytes */10")), Some((0, Some(10))));
        assert_eq!(range(&headers("bytes 5-9/*")), Some((5, None)));
        assert_eq!(range(&headers("lines 1-2/3")), None);
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
    }
}
