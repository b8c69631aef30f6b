//! One file from elsewhere to here: in parts, within bounds, again where that may help.

use super::part::Part;
use crate::contract::origin::Terms;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// A server that sends nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(30);

/// The first wait before trying again; each one after it is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait, where the server does not ask for another one.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Bytes that make an attempt worth not being counted: a large file over a bad line comes at last.
const PROGRESS: u64 = 1 << 20;

/// Why an attempt came to nothing.
#[derive(Debug)]
pub enum Trouble {
    /// Another attempt may do better, after so long if the server says.
    Passing { why: String, wait: Option<Duration> },
    /// It will not.
    Lasting(String),
}

impl Trouble {
    pub fn passing(why: impl Into<String>) -> Self {
        Self::Passing { why: why.into(), wait: None }
    }
}

/// What a server answers.
pub enum Answer {
    /// The version that is known is the newest.
    Same,
    /// The part that is here is the whole.
    Whole,
    /// The part that is here is not of the version that is there.
    Changed,
    Body(Body),
}

/// Bytes from `start` on.
pub struct Body {
    pub start: u64,
    /// Length of the whole file, if it is told.
    pub total: Option<u64>,
    pub etag: Option<String>,
    pub modified: Option<String>,
    pub name: Option<String>,
    pub bytes: BoxStream<'static, Result<bytes::Bytes, String>>,
}

/// What is known of a file already: a server may say that it is still so.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    pub etag: Option<&'a str>,
    pub modified: Option<&'a str>,
}

/// Something that can be asked for a file.
pub trait Remote {
    /// Asks for the bytes from `part.len()` on, if the part is one of the version that is there;
    /// else for all of them.
    fn open(
        &self,
        part: &Part,
        resume: bool,
        known: Known<'_>,
    ) -> impl Future<Output = Result<Answer, Trouble>>;
}

/// How a file came.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// It did not, since it is what is known.
    Same,
    Whole,
}

/// Fetches the whole of a file into its part. `trusted`: whether its checksum is known, so that a
/// part can be gone on with even if the server cannot tell versions apart. `received` is told how
/// many bytes came.
pub async fn transfer<R: Remote>(
    remote: &R,
    part: &mut Part,
    terms: &Terms,
    known: Known<'_>,
    trusted: bool,
    received: &dyn Fn(u64),
) -> Result<Came, String> {
    if part.is_whole() {
        return Ok(Came::Whole);
    }
    let deadline = Instant::now() + Duration::from_millis(terms.timeout_ms);
    let mut failed = 0;
    loop {
        let before = part.len();
        let one = attempt(remote, part, terms, known, trusted, received);
        let trouble = match timeout_at(deadline, one).await {
            Ok(Ok(came)) => return Ok(came),
            Ok(Err(trouble)) => trouble,
            Err(_) => return Err(too_long(terms)),
        };
        let (why, wait) = match trouble {
            Trouble::Lasting(why) => return Err(why),
            Trouble::Passing { why, wait } => (why, wait),
        };
        if part.len() >= before + PROGRESS {
            failed = 0;
        }
        if failed >= terms.retries {
            let times =
                if failed == 0 { String::new() } else { format!(" ({} times)", failed + 1) };
            return Err(format!("{why}{times}"));
        }
        let wait = wait.unwrap_or_else(|| back_off(failed));
        if Instant::now() + wait >= deadline {
            return Err(match wait.as_secs() {
                0 => too_long(terms),
                seconds => {
                    format!("{why}; the next attempt would be in {seconds} s, and its time is over")
                }
            });
        }
        failed += 1;
        sleep(wait).await;
    }
}

fn too_long(terms: &Terms) -> String {
    format!("it took longer than {} ms, which is its `timeout`", terms.timeout_ms)
}

/// Half a second, one, two, four, … at most a minute.
fn back_off(failed: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << failed.min(16)).min(LONGEST_WAIT)
}

async fn attempt<R: Remote>(
    remote: &R,
    part: &mut Part,
    terms: &Terms,
    known: Known<'_>,
    trusted: bool,
    received: &dyn Fn(u64),
) -> Result<Came, Trouble> {
    let resume = part.len() > 0 && (trusted || part.validator().is_some());
    if !resume && part.len() > 0 {
        part.restart().map_err(|e| disk(&e))?;
    }
    let answer = timeout(SILENCE, remote.open(part, resume, known)).await;
    let answer = answer.map_err(|_| Trouble::passing("the server does not answer"))?;
    let mut body = match answer? {
        Answer::Same => return Ok(Came::Same),
        Answer::Whole => return Ok(Came::Whole),
        Answer::Changed => {
            part.restart().map_err(|e| disk(&e))?;
            return Err(Trouble::passing("it changed while it was fetched"));
        }
        Answer::Body(body) => body,
    };
    if body.start != part.len() {
        if body.start != 0 {
            return Err(Trouble::Lasting(
                "the server sends another part than asked for".to_owned(),
            ));
        }
        part.restart().map_err(|e| disk(&e))?;
    }
    if body.total.is_some_and(|total| total > terms.max_size) {
        return Err(too_large(part, terms));
    }
    part.head.total = body.total;
    part.head.etag = body.etag.take();
    part.head.modified = body.modified.take();
    part.head.name = body.name.take();
    part.write_head().map_err(|e| disk(&e))?;
    loop {
        let next = timeout(SILENCE, body.bytes.next()).await;
        let next = next.map_err(|_| Trouble::passing("the server sends nothing any more"))?;
        let Some(chunk) = next else { break };
        let chunk = chunk.map_err(Trouble::passing)?;
        if part.len() + chunk.len() as u64 > terms.max_size {
            return Err(too_large(part, terms));
        }
        part.push(&chunk).map_err(|e| disk(&e))?;
        received(chunk.len() as u64);
    }
    match body.total {
        Some(total) if total != part.len() => {
            Err(Trouble::passing(format!("it ended after {} of {total} bytes", part.len())))
        }
        _ if part.len() == 0 => Err(Trouble::Lasting("it is empty".to_owned())),
        _ => Ok(Came::Whole),
    }
}

/// What is here of it goes: there is no use for it.
fn too_large(part: &mut Part, terms: &Terms) -> Trouble {
    let _ = part.restart();
    Trouble::Lasting(format!("it is larger than {} bytes, its `max-size`", terms.max_size))
}

/// Our own disk: nobody's fault elsewhere.
pub fn disk(error: &std::io::Error) -> Trouble {
    Trouble::Lasting(format!("cannot write it down: {error}"))
}
