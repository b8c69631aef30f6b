//! From a client's request to a tool, which blocks, and back.

use super::answer::Told;
use super::host::Host;
use super::progress::Progress;
use super::tool::{Call, Entry};
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use serde_json::{Map, Value};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two words about progress, at least.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the last word about progress may hold up the answer.
const LAST_WORD: Duration = Duration::from_secs(1);

/// Runs a tool. Once `gone` is done nobody wants it any more: what it started ends, and it is waited
/// for. `say` is told how far a build is, never while it still says something else.
pub async fn call<S: Future<Output = ()>>(
    host: &Arc<Host>,
    tool: &'static Entry,
    arguments: Map<String, Value>,
    gone: impl Future<Output = ()>,
    say: impl Fn(Progress) -> S,
) -> Told {
    // A build has a room of its own, and keeps nobody from asking how far it is.
    let _turn = match tool.long {
        true => None,
        false => host.calls.acquire().await.ok(),
    };
    let cancel = match Cancel::new() {
        Ok(cancel) => cancel,
        Err(e) => return Told::of(&[Diagnostic::error("io", format!("cannot begin: {e}"))]),
    };
    let (heard, hears) = watch::channel(None);
    let work = tokio::task::spawn_blocking({
        let (host, cancel) = (Arc::clone(host), cancel.clone());
        move || {
            let hears = |progress| drop(heard.send_replace(Some(progress)));
            tool.run(&Call { host: &host, cancel: &cancel, hears: &hears }, arguments)
        }
    });
    let (mut work, mut gone, mut telling) = (work, pin!(gone), pin!(tell(hears, say)));
    let (mut is_gone, mut is_told) = (false, false);
    let ended = loop {
        tokio::select! {
            () = &mut gone, if !is_gone => {
                is_gone = true;
                cancel.cancel();
            }
            () = &mut telling, if !is_told => is_told = true,
            ended = &mut work => break ended,
        }
    };
    if !is_gone && !is_told {
        let _ = tokio::time::timeout(LAST_WORD, telling).await;
    }
    ended.unwrap_or_else(|_| {
        let problem = Diagnostic::error("bug", "this is a bug in memebuild");
        Told::of(&[problem.hint("what the server writes to standard error tells more")])
    })
}

/// Says what is newest, with pauses, until there will be nothing new.
async fn tell<S: Future<Output = ()>>(
    mut hears: watch::Receiver<Option<Progress>>,
    say: impl Fn(Progress) -> S,
) {
    while hears.changed().await.is_ok() {
        let newest = hears.borrow_and_update().clone();
        if let Some(progress) = newest {
            say(progress).await;
            tokio::time::sleep(PAUSE).await;
        }
    }
}
