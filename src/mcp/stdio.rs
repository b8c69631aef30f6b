//! The protocol over standard input and output. Nothing else may write there.

use super::face::Face;
use super::host::Host;
use crate::diagnostic::Diagnostic;
use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use std::io::Result;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::sync::CancellationToken;

/// How long what was started has to end, once the server does.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until the client goes away, or `end` is done. What was started has ended by then.
///
/// # Errors
/// `mcp`: the client does not speak the protocol.
pub async fn serve(
    host: Arc<Host>,
    end: impl Future<Output = ()>,
) -> std::result::Result<(), Box<Diagnostic>> {
    let (input, output) = rmcp::transport::stdio();
    let input = Input { inner: input, gone: host.end.clone() };
    let serving = async {
        let running = match Face::new(Arc::clone(&host), None).serve((input, output)).await {
            Ok(running) => running,
            // Nobody ever asked.
            Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(e) => {
                let message = format!("the client does not speak the protocol: {e}");
                return Err(Box::new(Diagnostic::error("mcp", message)));
            }
        };
        let _ = running.waiting().await;
        Ok(())
    };
    let ended = tokio::select! {
        ended = serving => ended,
        () = end => Ok(()),
    };
    host.end.cancel();
    // A program that outlives its build would go on for nobody.
    let _ = tokio::time::timeout(GRACE, host.building.idle()).await;
    ended
}

/// Standard input. That it ends is known at once: what was asked before may still be answered, but
/// nobody waits for a build any more.
struct Input<R> {
    inner: R,
    gone: CancellationToken,
}

impl<R: AsyncRead + Unpin> AsyncRead for Input<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.inner).poll_read(context, buffer));
        if read.is_err() || buffer.filled().len() == before {
            self.gone.cancel();
        }
        Poll::Ready(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;

    #[test]
    fn its_end_is_seen() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let gone = CancellationToken::new();
        let mut input = Input { inner: b"one\n".as_slice(), gone: gone.clone() };
        let mut four = [0; 4];
        runtime.block_on(input.read_exact(&mut four)).unwrap();
        assert!(!gone.is_cancelled());
        assert_eq!(runtime.block_on(input.read(&mut four)).unwrap(), 0);
        assert!(gone.is_cancelled());
    }
}
