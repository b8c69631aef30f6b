//! The page itself: the same files that reports are made of.

use crate::report::web::PARTS;
use crate::server::Shared;
use crate::server::guard;
use crate::server::routes::nowhere;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Nothing but what this server has, and nobody may put it in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const INDEX: &str = "index.html";

const STYLE: &str = "page.css";

/// What a link from the terminal brings.
#[derive(Deserialize)]
pub struct Entrance {
    token: Option<String>,
}

/// The page; for one who comes with a token, a cookie in its place, so that it stands in no history and
/// in no address that is copied.
pub async fn index(
    State(shared): State<Arc<Shared>>,
    Query(Entrance { token }): Query<Entrance>,
    headers: HeaderMap,
) -> Response {
    if let Some(token) = token {
        let Some(cookie) = guard::cookie(&shared, &token) else { return stranger() };
        let mut response = StatusCode::SEE_OTHER.into_response();
        insert(&mut response, header::LOCATION, "/");
        insert(&mut response, header::SET_COOKIE, &cookie);
        return response;
    }
    if !guard::may_enter(&shared, &headers) {
        return stranger();
    }
    page(INDEX).unwrap_or_else(stranger)
}

/// What the page is made of.
pub async fn file(Path(name): Path<String>) -> Response {
    match page(&name) {
        Some(response) => response,
        None => nowhere().await,
    }
}

fn page(name: &str) -> Option<Response> {
    let (text, kind) = match name {
        INDEX => (PARTS.index, "text/html; charset=utf-8"),
        STYLE => (PARTS.style, "text/css; charset=utf-8"),
        name => {
            let (_, text) = PARTS.modules.iter().find(|(module, _)| *module == name)?;
            (*text, "text/javascript; charset=utf-8")
        }
    };
    let mut response = text.into_response();
    insert(&mut response, header::CONTENT_TYPE, kind);
    insert(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    insert(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    insert(&mut response, header::REFERRER_POLICY, "no-referrer");
    insert(&mut response, header::CACHE_CONTROL, "no-cache");
    Some(response)
}

fn stranger() -> Response {
    let text = "This page is for whoever started it: open the link that the terminal shows.\n";
    (StatusCode::UNAUTHORIZED, text).into_response()
}

fn insert(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
