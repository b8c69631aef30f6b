//! Sessions of streamable HTTP: so many at once, and with what they started they end.
//!
//! The protocol of 2026-07-28 has none: there the end of a request's own stream ends what it started.
//! Earlier ones have a session that a client closes, or forgets.

use futures_util::Stream;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::common::server_side_http::{ServerSseMessage, SessionId};
use rmcp::transport::streamable_http_server::SessionManager;
use rmcp::transport::streamable_http_server::session::local::{
    LocalSessionManager, LocalSessionManagerError,
};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

/// Sessions at once; for one more, the one that was longest not used ends.
pub const MOST: usize = 32;

/// How long a session may say nothing and be told nothing: longer than a film takes.
const IDLE: Duration = Duration::from_secs(2 * 3600);

/// All of them.
pub struct Sessions {
    inner: LocalSessionManager,
    open: Mutex<HashMap<SessionId, Open>>,
}

struct Open {
    ends: CancellationToken,
    used: Instant,
    /// Shared with each call that is being answered.
    calls: Arc<()>,
}

/// A call's hold on its session.
pub struct Attached {
    ends: CancellationToken,
    _call: Arc<()>,
}

impl Attached {
    /// Done once the session has ended.
    pub fn ended(&self) -> WaitForCancellationFuture<'_> {
        self.ends.cancelled()
    }
}

impl Default for Sessions {
    fn default() -> Self {
        let mut inner = LocalSessionManager::default();
        inner.session_config.keep_alive = Some(IDLE);
        Self { inner, open: Mutex::default() }
    }
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Holds a session while a call of it is answered.
    pub fn attach(&self, id: &str) -> Option<Attached> {
        let open = self.lock();
        let session = open.get(id)?;
        Some(Attached { ends: session.ends.clone(), _call: Arc::clone(&session.calls) })
    }

    fn use_now(&self, id: &SessionId) {
        if let Some(session) = self.lock().get_mut(id) {
            session.used = Instant::now();
        }
    }

    /// The one to end so that there is room for another; none where there is room, or where none can
    /// be spared.
    fn to_spare(&self) -> Result<Option<SessionId>, Trouble> {
        let open = self.lock();
        if open.len() < MOST {
            return Ok(None);
        }
        let idle = open.iter().filter(|(_, session)| Arc::strong_count(&session.calls) == 1);
        let oldest = idle.min_by_key(|(_, session)| session.used);
        oldest.map(|(id, _)| Some(id.clone())).ok_or(Trouble::Full)
    }
}

/// Why a session is not to be had.
#[derive(Debug)]
pub enum Trouble {
    Full,
    Inner(LocalSessionManagerError),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => write!(f, "{MOST} sessions are being answered"),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Trouble {}

impl SessionManager for Sessions {
    type Error = Trouble;
    type Transport = <LocalSessionManager as SessionManager>::Transport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Trouble> {
        if let Some(oldest) = self.to_spare()? {
            self.close_session(&oldest).await?;
        }
        let (id, transport) = self.inner.create_session().await.map_err(Trouble::Inner)?;
        let session =
            Open { ends: CancellationToken::new(), used: Instant::now(), calls: Arc::default() };
        self.lock().insert(id.clone(), session);
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Trouble> {
        self.inner.initialize_session(id, message).await.map_err(Trouble::Inner)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Trouble> {
        self.inner.has_session(id).await.map_err(Trouble::Inner)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Trouble> {
        if let Some(session) = self.lock().remove(id) {
            session.ends.cancel();
        }
        self.inner.close_session(id).await.map_err(Trouble::Inner)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Trouble> {
        self.use_now(id);
        self.inner.create_stream(id, message).await.map_err(Trouble::Inner)
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<(), Trouble> {
        self.use_now(id);
        self.inner.accept_message(id, message).await.map_err(Trouble::Inner)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Trouble> {
        self.inner.create_standalone_stream(id).await.map_err(Trouble::Inner)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Trouble> {
        self.use_now(id);
        self.inner.resume(id, last_event_id).await.map_err(Trouble::Inner)
    }
}
