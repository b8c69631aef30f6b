//! The line to an endpoint: one POST at a time, patient within bounds, and discreet.
//!
//! Nothing that is said of a failure holds the key: servers like to repeat it.

use super::setting::{KeySource, Reach};
use crate::diagnostic::Diagnostic;
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use serde_json::Value;
use std::io::Read;
use std::time::{Duration, Instant};

/// Tries of one request: the first, and those after a busy server.
const TRIES: u32 = 5;

/// Longest answer, in bytes.
const LONGEST: u64 = 4 << 20;

/// Longest wait for one answer.
const ONE_ANSWER: Duration = Duration::from_secs(120);

/// The first wait after a busy server; each later one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// A shorter key, in bytes, is a word that some servers want to hear and no secret; it may be part of
/// any answer.
const SHORTEST_SECRET: usize = 8;

/// An endpoint, and the key to it.
pub struct Line {
    client: Client,
    url: String,
    key: Option<String>,
    patience: Duration,
}

impl Line {
    /// # Errors
    /// The key is not where it should be.
    pub fn open(reach: Option<&Reach>) -> Result<Self, Diagnostic> {
        let reach = reach.ok_or_else(|| {
            Diagnostic::error("chooser-unreachable", "nothing says where the model is")
        })?;
        // That somebody else chose first who does the cryptography is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("memebuild/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .timeout(ONE_ANSWER)
            .build()
            .map_err(|e| Diagnostic::error("chooser-unreachable", e.to_string()))?;
        Ok(Self {
            client,
            url: reach.url.trim_end_matches('/').to_owned(),
            key: reach.key.as_ref().map(read_key).transpose()?,
            patience: Duration::from_millis(reach.patience_ms),
        })
    }

    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The body of the answer to a POST, without the key.
    ///
    /// # Errors
    /// `chooser-unreachable`, `chooser-limited`, `chooser-key`, `chooser-malformed`.
    pub fn post(
        &self,
        path: &str,
        headers: &[(&'static str, String)],
        body: &Value,
    ) -> Result<String, Diagnostic> {
        let began = Instant::now();
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let mut request = self.client.post(format!("{}/{path}", self.url)).json(body);
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            let left = self.patience.saturating_sub(began.elapsed());
            let sent = request.timeout(left.min(ONE_ANSWER)).send();
            let (failure, asked) = match sent {
                Ok(response) if response.status().is_success() => return self.read(response),
                Ok(response) => {
                    let asked = retry_after(&response);
                    let busy = is_busy(response.status());
                    let failure = self.refused(response);
                    if !busy {
                        return Err(failure);
                    }
                    (failure, asked)
                }
                Err(error) => (self.unreachable(&error), None),
            };
            let pause = asked.unwrap_or(wait);
            wait *= 2;
            if attempt == TRIES || began.elapsed() + pause >= self.patience {
                let took = began.elapsed().as_millis();
                return Err(failure.note(format!("{attempt} tries in {took} ms")));
            }
            std::thread::sleep(pause);
        }
        unreachable!("the loop ends with its last try")
    }

    fn read(&self, response: Response) -> Result<String, Diagnostic> {
        let mut bytes = Vec::new();
        let read = response.take(LONGEST + 1).read_to_end(&mut bytes);
        read.map_err(|e| {
            self.failure("chooser-unreachable", &format!("its answer broke off: {e}"))
        })?;
        if bytes.len() as u64 > LONGEST {
            let message = format!("its answer is longer than {LONGEST} bytes");
            return Err(self.failure("chooser-malformed", &message));
        }
        // What it says is told, recorded and pinned.
        let text = String::from_utf8_lossy(&bytes);
        let secret = self.key.as_ref().is_some_and(|key| key.len() >= SHORTEST_SECRET);
        Ok(if secret { self.discreet(&text) } else { text.into_owned() })
    }

    fn refused(&self, response: Response) -> Diagnostic {
        let status = response.status();
        let mut said = String::new();
        let _ = response.take(4096).read_to_string(&mut said);
        let (code, hint) = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                ("chooser-key", "look at the chooser's `key-env` or `key-file`")
            }
            StatusCode::TOO_MANY_REQUESTS => ("chooser-limited", "wait, or ask less often"),
            _ => ("chooser-unreachable", "look at the chooser's `url` and `model`"),
        };
        let diagnostic = self.failure(code, &format!("it answered {status}")).hint(hint);
        let said: String = self.discreet(&said).chars().take(300).collect();
        if said.is_empty() {
            return diagnostic;
        }
        diagnostic.note(format!("it said: {}", said.escape_debug()))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Diagnostic {
        let mut why = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(inner) = source {
            why = format!("{why}: {inner}");
            source = inner.source();
        }
        self.failure("chooser-unreachable", &why)
            .hint("look at the chooser's `url`, and at the network")
    }

    fn failure(&self, code: &'static str, why: &str) -> Diagnostic {
        Diagnostic::error(code, format!("cannot ask the model: {}", self.discreet(why)))
    }

    /// A text without the key.
    fn discreet(&self, text: &str) -> String {
        match &self.key {
            Some(key) => text.replace(key.as_str(), "…"),
            None => text.to_owned(),
        }
    }
}

fn is_busy(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || status.is_server_error()
}

/// How long a server asks to wait; only whole seconds are understood.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn read_key(source: &KeySource) -> Result<String, Diagnostic> {
    let (found, place) = match source {
        KeySource::Env(name) => {
            (std::env::var(name).ok(), format!("environment variable `{name}`"))
        }
        KeySource::File(path) => {
            (std::fs::read_to_string(path).ok(), format!("file `{}`", path.display()))
        }
    };
    let key = found.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    key.ok_or_else(|| {
        Diagnostic::error("chooser-key", format!("there is no key in the {place}"))
            .hint("set it where memebuild is started; it is written nowhere")
    })
}
