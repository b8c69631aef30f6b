//! Searches and assets as JSON.

use super::Shared;
use crate::contract::asset::AssetKind;
use crate::contract::search::{
    AssetName, Duplicates, MOST_HITS, Order, Page, Problem, Query, USUAL_HITS,
};
use crate::contract::{self, Contract};
use crate::diagnostic::{Diagnostic, Exit};
use crate::provider::Provider;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query as Parameters, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

const DESCRIPTION: &str = include_str!("openapi.json");

/// A reason not to answer.
pub struct Refusal(Problem);

impl Refusal {
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Self(Problem { code, message, notes: Vec::new(), hints: Vec::new() })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        json(contract::write(&self.0))
    }
}

/// Status and reason.
pub fn refuse(status: StatusCode, code: &str, message: impl Into<String>) -> Response {
    (status, Refusal::new(code, message)).into_response()
}

/// What should never be.
pub fn bug() -> Response {
    refuse(StatusCode::INTERNAL_SERVER_ERROR, "bug", "this is a bug in memebuild")
}

fn json(bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// What a search wants, in a URL.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wanted {
    kind: Option<AssetKind>,
    #[serde(default)]
    q: String,
    limit: Option<u32>,
    cursor: Option<String>,
    duplicates: Option<Duplicates>,
    #[serde(default)]
    order: WantedOrder,
    /// The seed of a sample; goes before `order`.
    sample: Option<u64>,
    #[serde(default)]
    facets: bool,
    #[serde(default)]
    explain: bool,
    explain_asset: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WantedOrder {
    #[default]
    Best,
    Hybrid,
    Id,
}

impl Wanted {
    fn query(self) -> Result<Query, String> {
        let order = match (self.sample, self.order) {
            (Some(seed), _) => Order::Sample { seed },
            (None, WantedOrder::Best) => Order::Best,
            (None, WantedOrder::Hybrid) => Order::Hybrid,
            (None, WantedOrder::Id) => Order::Id,
        };
        Ok(Query {
            kind: self.kind,
            text: self.q,
            order,
            duplicates: self.duplicates,
            exclude: Vec::new(),
            limit: self.limit.unwrap_or(USUAL_HITS),
            cursor: self.cursor,
            facets: self.facets,
            explain: self.explain,
            explain_asset: self.explain_asset.map(|name| name.parse()).transpose()?,
        })
    }
}

pub async fn search_by_url(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    wanted: Result<Parameters<Wanted>, QueryRejection>,
) -> Response {
    let query = match wanted {
        Ok(Parameters(wanted)) => wanted.query(),
        Err(rejection) => Err(rejection.body_text()),
    };
    match query.and_then(|query| query.check().map(|()| query)) {
        Ok(query) => search(shared, headers, query).await,
        Err(why) => refuse(StatusCode::BAD_REQUEST, "bad-query", why),
    }
}

pub async fn search_by_body(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            return refuse(rejection.status(), "bad-body", rejection.body_text());
        }
    };
    match contract::read::<Query>(&body) {
        Ok(query) => search(shared, headers, query).await,
        Err(why) => refuse(StatusCode::BAD_REQUEST, "bad-query", why.to_string()),
    }
}

async fn search(shared: Arc<Shared>, headers: HeaderMap, query: Query) -> Response {
    let page = ask(&shared, move |provider| provider.search(&query)).await;
    match page {
        Ok(page) => tagged(&headers, contract::write::<Page>(&page)),
        Err(response) => *response,
    }
}

/// Where nothing else is: every path that has no route.
pub async fn nowhere() -> Response {
    refuse(StatusCode::NOT_FOUND, "not-found", "there is nothing here; see /openapi.json")
}

pub async fn not_so() -> Response {
    refuse(StatusCode::METHOD_NOT_ALLOWED, "bad-method", "this cannot be done here")
}

/// The asset of a path, if its kind and id can be any.
pub fn named(
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<AssetName, Box<Response>> {
    let name = path.ok().and_then(|Path((kind, id))| format!("{kind}/{id}").parse().ok());
    let missing = || refuse(StatusCode::NOT_FOUND, "not-found", "there is no such asset");
    name.ok_or_else(|| Box::new(missing()))
}

pub async fn asset(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    let name = match named(path) {
        Ok(name) => name,
        Err(response) => return *response,
    };
    match ask(&shared, move |provider| provider.get_asset_by_id(&name)).await {
        Ok(Some(asset)) => tagged(&headers, contract::write(&asset)),
        Ok(None) => refuse(StatusCode::NOT_FOUND, "not-found", "there is no such asset"),
        Err(response) => *response,
    }
}

pub async fn description(headers: HeaderMap) -> Response {
    let text = DESCRIPTION.replace("$VERSION", env!("CARGO_PKG_VERSION"));
    tagged(&headers, text.replace("\"$MOST_HITS\"", &MOST_HITS.to_string()).into_bytes())
}

/// Asks the provider on a thread that may wait, when it is this request's turn.
///
/// What the provider itself fails at is not the asker's business: the talk of the server has it.
pub async fn ask<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&dyn Provider) -> Result<T, Box<Diagnostic>> + Send + 'static,
) -> Result<T, Box<Response>> {
    let closed = "the server is ending";
    let busy = |why: &str| Box::new(refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", why));
    let working = Arc::clone(&shared.working).acquire_owned().await.map_err(|_| busy(closed))?;
    let provider = Arc::clone(&shared.service.provider);
    let asked = tokio::task::spawn_blocking(move || {
        let answer = work(provider.as_ref());
        // The place is free once the work is done, also where nobody waits for it any more.
        drop(working);
        answer
    });
    let answer = asked.await.map_err(|_| Box::new(bug()))?;
    answer.map_err(|problem| Box::new(told(&problem)))
}

fn told(problem: &Diagnostic) -> Response {
    let status = match problem.code {
        "bad-query" | "bad-cursor" | "unknown-asset" | "no-fingerprint" | "no-model" => {
            StatusCode::BAD_REQUEST
        }
        _ => {
            let text = crate::diagnostic::render::render(problem, Default::default());
            eprint!("{text}");
            return refuse(StatusCode::BAD_GATEWAY, "provider", "the provider cannot answer");
        }
    };
    let place = problem.labels.first().map(|label| {
        let (_, column) = label.span.line_column();
        format!("at character {column} of the query: {}", label.text)
    });
    let refusal = Refusal(Problem {
        code: problem.code.to_owned(),
        message: problem.message.clone(),
        notes: place.into_iter().chain(problem.notes.iter().cloned()).collect(),
        hints: problem.hints.clone(),
    });
    (status, refusal).into_response()
}

/// What is wrong, told to whoever may see everything of the project: status and reason, the others as notes.
pub fn refused(problems: &[Diagnostic]) -> Response {
    let Some((first, rest)) = problems.split_first() else {
        return bug();
    };
    let status = match first.exit {
        Exit::Usage => StatusCode::BAD_REQUEST,
        _ => StatusCode::CONFLICT,
    };
    let notes = first.notes.iter().chain(rest.iter().map(|problem| &problem.message));
    let refusal = Refusal(Problem {
        code: first.code.to_owned(),
        message: first.message.clone(),
        notes: notes.cloned().collect(),
        hints: first.hints.clone(),
    });
    (status, refusal).into_response()
}

/// A document under the hash of its bytes; nothing where the asker has it already.
pub fn tagged(headers: &HeaderMap, bytes: Vec<u8>) -> Response {
    let tag = format!("\"{}\"", &blake3::hash(&bytes).to_hex()[..32]);
    let fresh = known(headers, &tag);
    let mut response = if fresh { StatusCode::NOT_MODIFIED.into_response() } else { json(bytes) };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    let private = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, private);
    response
}

/// Whether the asker has what is under this tag.
pub fn known(headers: &HeaderMap, tag: &str) -> bool {
    let own = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    own.is_some_and(|own| {
        own.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
    })
}
