//! The client of another memebuild's `serve`.

use super::{Provider, failure};
use crate::contract;
use crate::contract::Contract;
use crate::contract::asset::SeedAsset;
use crate::contract::search::{AssetName, Page, Problem, Query};
use crate::diagnostic::Diagnostic;
use reqwest::{Method, StatusCode, Url, redirect};
use std::sync::Mutex;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Longest answer that is read, in bytes: a thousand hits with long titles.
const LONGEST: usize = 32 << 20;

/// How long a whole answer may take.
const WHOLE: Duration = Duration::from_secs(30);

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// Asks over HTTP.
pub struct HttpProvider {
    base: Url,
    token: Option<String>,
    client: reqwest::Client,
    /// Searches are few and synchronous: one thread, the caller's, drives them.
    runtime: Mutex<Runtime>,
}

impl HttpProvider {
    /// # Errors
    /// `bad-provider`: the address is none, or a token would go over the network unencrypted.
    pub fn new(url: &str, token: Option<String>) -> Result<Self, Box<Diagnostic>> {
        let wrong = |what: String| Box::new(Diagnostic::usage("bad-provider", what));
        let mut base = Url::parse(url).map_err(|e| wrong(format!("this is no URL: {e}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(wrong("the provider's URL is not one of http or https".to_owned()));
        }
        if base.password().is_some() || !base.username().is_empty() {
            let problem = wrong("the provider's URL holds a name or password".to_owned());
            return Err(Box::new(problem.hint("name the token's variable in `secret-env`")));
        }
        let loopback = match base.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if token.is_some() && base.scheme() == "http" && !loopback {
            let problem = wrong("a token is not sent over plain http".to_owned());
            return Err(Box::new(problem.hint("use https, or a tunnel to loopback")));
        }
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let who = format!("memebuild at {base}");
        // Who is first to need it installs it; the same one serves all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .user_agent(concat!("memebuild/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| failure(&who, e))?;
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|e| failure(&who, e))?;
        Ok(Self { base, token, client, runtime: Mutex::new(runtime) })
    }

    fn fail(&self, why: impl std::fmt::Display) -> Box<Diagnostic> {
        failure(&self.describe(), why)
    }

    /// Status and body of one request.
    fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> Result<(StatusCode, Vec<u8>), Box<Diagnostic>> {
        let url = self.base.join(path).map_err(|e| self.fail(e))?;
        let mut request = self.client.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let runtime = self.runtime.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        runtime.block_on(async {
            let mut response = request.send().await.map_err(|e| self.fail(caused(&e)))?;
            let mut body = Vec::new();
            while let Some(part) = response.chunk().await.map_err(|e| self.fail(caused(&e)))? {
                if body.len() + part.len() > LONGEST {
                    return Err(self.fail("its answer has no end"));
                }
                body.extend_from_slice(&part);
            }
            Ok((response.status(), body))
        })
    }

    /// What a refusal says.
    fn refused(&self, status: StatusCode, body: &[u8]) -> Box<Diagnostic> {
        if status == StatusCode::UNAUTHORIZED {
            let problem = self.fail("it wants another token");
            return Box::new(problem.hint("`secret-env` names the variable that holds the token"));
        }
        let Ok(problem) = contract::read::<Problem>(body) else {
            return self.fail(format!("it says {status}"));
        };
        // What is wrong with a query is the same wherever it is asked.
        let known = ["bad-query", "bad-cursor", "unknown-asset", "no-fingerprint", "no-model"];
        match known.into_iter().find(|code| *code == problem.code) {
            Some(code) => {
                let mut diagnostic = Diagnostic::usage(code, problem.message);
                diagnostic.notes = problem.notes;
                diagnostic.hints = problem.hints;
                Box::new(diagnostic)
            }
            None => self.fail(problem.message),
        }
    }
}

/// An error with its causes: `reqwest` alone only says which request failed.
fn caused(error: &reqwest::Error) -> String {
    let mut text =
        if error.is_timeout() { "it takes too long".to_owned() } else { error.to_string() };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    text
}

impl Provider for HttpProvider {
    fn describe(&self) -> String {
        format!("memebuild at {}", self.base)
    }

    fn search(&self, query: &Query) -> Result<Page, Box<Diagnostic>> {
        // Mistakes that need no asset are told here, with their place.
        query.check().map_err(|why| Box::new(Diagnostic::usage("bad-query", why)))?;
        super::query::parse(&query.text)?;
        let (status, body) = self.ask(Method::POST, "v1/search", Some(contract::write(query)))?;
        match status {
            StatusCode::OK => contract::read(&body).map_err(|e| self.fail(e)),
            _ => Err(self.refused(status, &body)),
        }
    }

    fn get_asset_by_id(&self, name: &AssetName) -> Result<Option<SeedAsset>, Box<Diagnostic>> {
        let path = format!("v1/assets/{}/{}", name.kind, name.id);
        let (status, body) = self.ask(Method::GET, &path, None)?;
        match status {
            StatusCode::OK => contract::read(&body).map(Some).map_err(|e| self.fail(e)),
            StatusCode::NOT_FOUND => Ok(None),
            _ => Err(self.refused(status, &body)),
        }
    }
}
