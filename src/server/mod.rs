//! A provider over HTTP, for another memebuild or anybody's program. The description of it is
//! served at `/openapi.json`.
//!
//! Everything is bounded: how much is read of a request, how long one may take, how many are worked
//! on at once and how many wait. Only what the manifest names is ever served of the assets' folder.

pub mod beneath;
pub mod files;
pub mod guard;
mod listener;
mod routes;
pub mod ui;

pub use listener::Bounded;
pub use routes::refuse;

use crate::diagnostic::Diagnostic;
use crate::provider::Provider;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::get;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::timeout::TimeoutLayer;
use ui::Ui;

/// Longest body of a request, in bytes: a query that excludes ten thousand assets by name.
const LONGEST_BODY: usize = 1 << 20;

/// How long a request may take until its answer begins.
const WHOLE: Duration = Duration::from_secs(15);

/// How long nothing may be sent either way before a connection ends.
const IDLE: Duration = Duration::from_secs(30);

/// Requests that wait for their turn; more are told to come again.
const WAITING: usize = 256;

/// How long those that are being answered may go on once the server is told to end.
const GRACE: Duration = Duration::from_secs(5);

/// What is served, and to whom.
pub struct Service {
    pub provider: Arc<dyn Provider>,
    /// The folder of the assets, `KIND/ID/source.EXT` below it; none: no files are served.
    pub assets: Option<OwnedFd>,
    /// Who has it may ask; none: everybody who can reach the address.
    pub token: Option<String>,
    /// The live page, where it is wanted.
    pub ui: Option<Arc<Ui>>,
    /// Requests worked on at once.
    pub workers: usize,
}

/// What every request sees.
struct Shared {
    service: Service,
    /// Requests being worked on.
    working: Arc<Semaphore>,
    /// Those, and the ones that wait.
    admitted: Arc<Semaphore>,
    /// Where it listens.
    port: u16,
    /// Whether only names of this machine may stand in `Host`.
    loopback: bool,
}

/// A server that is bound to its address.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    shared: Arc<Shared>,
}

impl Server {
    /// Binds. Without a token only to an address of this machine.
    ///
    /// # Errors
    /// `no-token`: others could reach it without one; `io`: the address is taken, or not ours.
    pub async fn bind(address: SocketAddr, service: Service) -> Result<Self, Box<Diagnostic>> {
        let loopback = address.ip().is_loopback();
        if !loopback && service.token.is_none() {
            let what = format!("{address} can be reached from elsewhere, and there is no token");
            let problem = Diagnostic::usage("no-token", what);
            return Err(Box::new(
                problem.hint("give one by `--token-env NAME` or `--token-file FILE`"),
            ));
        }
        let unbound =
            |e| Box::new(Diagnostic::error("io", format!("cannot listen on {address}: {e}")));
        let listener = TcpListener::bind(address).await.map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        let shared = Arc::new(Shared {
            working: Arc::new(Semaphore::new(service.workers.max(1))),
            admitted: Arc::new(Semaphore::new(WAITING)),
            port: address.port(),
            loopback: loopback && service.token.is_none(),
            service,
        });
        let router = router(Arc::clone(&shared));
        Ok(Self { listener, address, router, shared })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `end` is done; then those that are being answered have a few seconds.
    ///
    /// # Errors
    /// `io`: the listener broke.
    pub async fn run(
        self,
        end: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Box<Diagnostic>> {
        let shared = self.shared;
        let end = async move {
            end.await;
            // Streams that never end would be waited for.
            if let Some(ui) = &shared.service.ui {
                ui.hub.close();
            }
        };
        serve(Bounded::new(self.listener, IDLE), self.router, end).await
    }
}

/// Answers on a listener until `end` is done; then those that are being answered have a few seconds.
///
/// # Errors
/// `io`: the listener broke.
pub async fn serve(
    listener: Bounded,
    router: Router,
    end: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Box<Diagnostic>> {
    let ended = Arc::new(tokio::sync::Notify::new());
    let notify = Arc::clone(&ended);
    let graceful = axum::serve(listener, router).with_graceful_shutdown(async move {
        end.await;
        notify.notify_one();
    });
    let late = async {
        ended.notified().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        done = graceful => done.map_err(|e| Box::new(Diagnostic::error("io", format!("the server ended: {e}")))),
        () = late => Ok(()),
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let ui = shared.service.ui.clone();
    let guarded = Router::new()
        .route("/v1/search", get(routes::search_by_url).post(routes::search_by_body))
        .route("/v1/assets/{kind}/{id}", get(routes::asset))
        .route("/v1/assets/{kind}/{id}/file", get(files::file))
        .merge(ui.clone().map_or_else(Router::new, ui::guarded))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&shared), guard::admit));
    Router::new()
        .route("/openapi.json", get(routes::description))
        .merge(guarded)
        .merge(ui.map_or_else(Router::new, |_| ui::shell()))
        .fallback(routes::nowhere)
        .method_not_allowed_fallback(routes::not_so)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&shared), guard::named))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, WHOLE))
        .with_state(shared)
}
