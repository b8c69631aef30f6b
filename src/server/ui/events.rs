//! Server-sent events: `build`, whose data is an event of the event log, and `page`: its document is
//! another one now.

use super::Ui;
use super::hub::Told;
use crate::server::routes::refuse;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, StreamExt};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

/// So often something is sent where there is no news, so that no one between takes the stream for
/// dead.
const ALIVE: Duration = Duration::from_secs(10);

/// How soon a page comes again after a stream ended.
const RETRY: Duration = Duration::from_secs(1);

/// What was told of the newest build, after what the page saw last, and then what is told. A page that
/// falls too far behind is let go; it comes again, and is told the rest.
pub async fn stream(State(ui): State<Arc<Ui>>, headers: HeaderMap) -> Response {
    let seen = headers.get("last-event-id").and_then(|id| place(id.to_str().ok()?));
    let Some((before, news)) = ui.hub.listen(seen) else {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", "the server is ending");
    };
    let begin = stream::once(async { Event::default().retry(RETRY).comment("memebuild") });
    let all = begin.chain(stream::iter(before).map(event)).chain(after(news).map(event));
    let all = all.map(Ok::<_, Infallible>);
    let mut response = Sse::new(all).keep_alive(KeepAlive::new().interval(ALIVE)).into_response();
    let no = axum::http::HeaderValue::from_static("no");
    // A proxy that collects would make it late.
    response.headers_mut().insert("x-accel-buffering", no);
    response
}

fn after(news: Receiver<Told>) -> impl stream::Stream<Item = Told> {
    stream::unfold(news, |mut news| async move {
        // Closed, or too far behind.
        let told = news.recv().await.ok()?;
        Some((told, news))
    })
}

fn event(told: Told) -> Event {
    match told {
        Told::Event { build, index, line } => {
            Event::default().event("build").id(format!("{build}:{index}")).data(line)
        }
        Told::Page => Event::default().event("page").data("{}"),
    }
}

/// `BUILD:INDEX`.
fn place(id: &str) -> Option<(u64, u64)> {
    let (build, index) = id.split_once(':')?;
    Some((build.parse().ok()?, index.parse().ok()?))
}
