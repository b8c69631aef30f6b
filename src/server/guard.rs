//! Who may ask, and how many at once.

use super::Shared;
use super::routes::refuse;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;

/// Lets those in who have the token, and no more than there is room for.
pub(super) async fn admit(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if let Some(token) = &shared.service.token
        && !carries(request.headers(), token)
        && !has_cookie(&shared, request.headers(), token)
    {
        return unknown();
    }
    let Ok(_admitted) = shared.admitted.try_acquire() else {
        let mut response =
            refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many ask at the same time");
        let soon = header::HeaderValue::from_static("1");
        response.headers_mut().insert(header::RETRY_AFTER, soon);
        return response;
    };
    next.run(request).await
}

/// What those are told who have not the token.
pub fn unknown() -> Response {
    let mut response = refuse(StatusCode::UNAUTHORIZED, "unauthorised", "a token is needed");
    let challenge = header::HeaderValue::from_static("Bearer");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// Whether somebody may see the page: there is no token, or its cookie is there.
pub(super) fn may_enter(shared: &Shared, headers: &HeaderMap) -> bool {
    shared.service.token.as_ref().is_none_or(|token| has_cookie(shared, headers, token))
}

/// The cookie for one who has the token; none for anybody else. Only this server gets it, and only from its
/// own pages.
pub(super) fn cookie(shared: &Shared, token: &str) -> Option<String> {
    let own = shared.service.token.as_ref()?;
    let name = cookie_name(shared);
    is_same(token, own).then(|| format!("{name}={own}; Path=/; HttpOnly; SameSite=Strict"))
}

/// Cookies are those of a machine, whatever the port.
fn cookie_name(shared: &Shared) -> String {
    format!("memebuild-{}", shared.port)
}

fn has_cookie(shared: &Shared, headers: &HeaderMap, token: &str) -> bool {
    let name = cookie_name(shared);
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut all =
        all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    all.any(|(own, value)| own == name && is_same(value, token))
}

/// What changes something comes from the page itself: a browser lets no other page set this header
/// without asking, and nobody here says that it may.
pub(super) async fn from_own_page(request: Request, next: Next) -> Response {
    let changes = !request.method().is_safe();
    if changes && !request.headers().contains_key("x-memebuild") {
        return refuse(StatusCode::FORBIDDEN, "not-from-here", "only the page itself may do this");
    }
    next.run(request).await
}

/// Refuses names that are not this machine's where no token protects it: a page in a browser may
/// have its own name point here.
pub(super) async fn named(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    if shared.loopback && !is_local(request.headers()) {
        return misdirected();
    }
    next.run(request).await
}

/// What those are told who asked for another machine.
pub fn misdirected() -> Response {
    let what = "this server answers to names of this machine only";
    refuse(StatusCode::MISDIRECTED_REQUEST, "bad-host", what)
}

/// Whether the `Host` that was asked for is a name of this machine.
pub fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether somebody has the token.
pub fn carries(headers: &HeaderMap, token: &str) -> bool {
    let own = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, given)) = own.and_then(|own| own.split_once(' ')) else { return false };
    scheme.eq_ignore_ascii_case("bearer") && is_same(given.trim(), token)
}

/// Compares hashes, so that the time it takes says nothing of how much was right.
fn is_same(given: &str, token: &str) -> bool {
    blake3::hash(given.as_bytes()) == blake3::hash(token.as_bytes())
}
