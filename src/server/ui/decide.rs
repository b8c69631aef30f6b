//! What people decide on the page.

use super::Ui;
use crate::contract::decision::Decision as Picked;
use crate::contract::verdict::Decision;
use crate::contract::{self, schema};
use crate::diagnostic::Diagnostic;
use crate::engine::project::Project;
use crate::engine::{choices, reviews};
use crate::exec::Cancel;
use crate::server::routes::{bug, refuse, refused};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// What a person says of a render.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Review {
    render: String,
    decision: Option<Decision>,
    #[serde(default)]
    note: String,
}

/// What a person picks.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Choice {
    name: String,
    /// The contract `decision`, with or without its version.
    decision: Value,
}

pub async fn review(State(ui): State<Arc<Ui>>, body: Bytes) -> Response {
    let said: Review = match read(&body) {
        Ok(said) => said,
        Err(response) => return *response,
    };
    decide(ui, move |project| {
        reviews::say(project, &said.render, said.decision, &said.note).map_err(|one| vec![one])
    })
    .await
}

pub async fn choose(State(ui): State<Arc<Ui>>, body: Bytes) -> Response {
    let mut choice: Choice = match read(&body) {
        Ok(choice) => choice,
        Err(response) => return *response,
    };
    if let Some(fields) = choice.decision.as_object_mut() {
        fields.entry(schema::VERSION).or_insert(1.into());
    }
    let decision: Picked = match contract::read(choice.decision.to_string().as_bytes()) {
        Ok(decision) => decision,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, "bad-decision", why.to_string()),
    };
    decide(ui, move |project| {
        // While a build runs nobody can choose: the page says so at once, and does not wait for it.
        let cancel = Cancel::new()
            .map_err(|e| vec![Diagnostic::error("io", format!("cannot wait for a build: {e}"))])?;
        let mut busy = false;
        let ended = choices::submit(project, &choice.name, decision, Some(&cancel), &mut || {
            busy = true;
            cancel.cancel();
        });
        match busy {
            true => {
                let problem = Diagnostic::error("busy", "a build is running");
                Err(vec![problem.hint("choose again once it has ended")])
            }
            false => ended,
        }
    })
    .await
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(body)
        .map_err(|e| Box::new(refuse(StatusCode::BAD_REQUEST, "bad-body", e.to_string())))
}

/// Does it on a thread that may wait, and says that the page is another one.
async fn decide(
    ui: Arc<Ui>,
    work: impl FnOnce(&Project) -> Result<(), Vec<Diagnostic>> + Send + 'static,
) -> Response {
    if !ui.may_decide {
        return refuse(StatusCode::FORBIDDEN, "read-only", "this page may only be looked at");
    }
    let root = ui.root.clone();
    let done = tokio::task::spawn_blocking(move || {
        let project = Project::find(&root).map_err(|problem| vec![problem])?;
        work(&project)
    });
    match done.await {
        Ok(Ok(())) => {
            ui.hub.changed();
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(Err(problems)) => refused(&problems),
        Err(_) => bug(),
    }
}
