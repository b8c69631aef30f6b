//! The protocol over streamable HTTP, for clients on this machine and nobody else.
//!
//! A page in a browser can reach this machine too: so only names of this machine may be asked for,
//! and where a browser says which page asks, it must be one of this machine.

use super::face::Face;
use super::host::Host;
use super::sessions::Sessions;
use crate::diagnostic::Diagnostic;
use crate::server::{Bounded, guard, refuse, serve};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The path of the one address that clients are given.
pub const PATH: &str = "/mcp";

/// Longest body of a request, in bytes.
const LONGEST_BODY: usize = 1 << 20;

/// How long nothing may be sent either way before a connection ends: a client that wants no progress
/// hears nothing until its film is made.
const IDLE: Duration = Duration::from_secs(2 * 3600);

/// How long what was started has to end, once the server does.
const GRACE: Duration = Duration::from_secs(3);

/// A server that is bound to its address.
pub struct Listening {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    host: Arc<Host>,
}

impl Listening {
    /// Binds. `token`: who has it may ask; none: everybody on this machine.
    ///
    /// # Errors
    /// `not-loopback`: others could reach it; `io`: the address is taken, or not ours.
    pub async fn bind(
        address: SocketAddr,
        host: Arc<Host>,
        token: Option<String>,
    ) -> Result<Self, Box<Diagnostic>> {
        if !address.ip().is_loopback() {
            let what = format!("{address} can be reached from elsewhere");
            let problem = Diagnostic::usage("not-loopback", what);
            return Err(Box::new(problem.hint(
                "an address of this machine is `127.0.0.1:PORT`; a tunnel of yours brings others there",
            )));
        }
        let unbound =
            |e| Box::new(Diagnostic::error("io", format!("cannot listen on {address}: {e}")));
        let listener = TcpListener::bind(address).await.map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        let sessions = Arc::new(Sessions::default());
        let config = StreamableHttpServerConfig::default()
            .with_max_request_body_bytes(LONGEST_BODY)
            // Ours looks at the names and the pages of all requests.
            .disable_allowed_hosts()
            .with_cancellation_token(host.end.clone());
        let face = Face::new(Arc::clone(&host), Some(Arc::clone(&sessions)));
        let service = StreamableHttpService::new(move || Ok(face.clone()), sessions, config);
        let router = Router::new()
            .route_service(PATH, service)
            .fallback(|| async { refuse(StatusCode::NOT_FOUND, "not-found", "see /mcp") })
            .layer(from_fn_with_state(Arc::new(token), admit));
        Ok(Self { listener, address, router, host })
    }

    /// What clients are given.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Serves until `end` is done. What was started has ended by then.
    ///
    /// # Errors
    /// `io`: the listener broke.
    pub async fn run(
        self,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Box<Diagnostic>> {
        let gone = self.host.end.clone();
        let end = async move {
            end.await;
            gone.cancel();
        };
        let ended = serve(Bounded::new(self.listener, IDLE), self.router, end).await;
        self.host.end.cancel();
        let _ = tokio::time::timeout(GRACE, self.host.building.idle()).await;
        ended
    }
}

/// Lets those in who may ask.
async fn admit(State(token): State<Arc<Option<String>>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !guard::is_local(headers) {
        return guard::misdirected();
    }
    if !is_of_this_machine(headers) {
        let what = "pages of other machines may not ask";
        return refuse(StatusCode::FORBIDDEN, "bad-origin", what);
    }
    if token.as_deref().is_some_and(|token| !guard::carries(headers, token)) {
        return guard::unknown();
    }
    next.run(request).await
}

/// Whether the page that asks, where one does, comes from this machine.
fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin = origin.to_str().ok().and_then(|text| url::Url::parse(text).ok());
    match origin.as_ref().and_then(url::Url::host) {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_machines_may_not_ask() {
        let asks = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, origin.parse().unwrap());
            is_of_this_machine(&headers)
        };
        assert!(is_of_this_machine(&HeaderMap::new()), "no page asks");
        for own in ["http://localhost:6274", "http://127.0.0.1", "https://[::1]:8080"] {
            assert!(asks(own), "{own}");
        }
        for other in [
            "null",
            "",
            "https://example.org",
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
            "http://10.0.0.1",
            "file:///home/page.html",
            "localhost",
        ] {
            assert!(!asks(other), "{other}");
        }
    }
}
