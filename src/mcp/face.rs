//! What a client of the protocol meets.

use super::answer::Told;
use super::call::call;
use super::host::Host;
use super::progress::Progress;
use super::resources::{self, Content, Link, Part};
use super::sessions::Sessions;
use super::tool::Entry;
use super::tools::given;
use crate::diagnostic::Diagnostic;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock,
    Implementation, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ProgressNotificationParam, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
    ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use std::sync::Arc;

type Context = RequestContext<RoleServer>;

/// One client's view of a host.
#[derive(Clone)]
pub struct Face {
    host: Arc<Host>,
    /// Of streamable HTTP.
    sessions: Option<Arc<Sessions>>,
}

impl Face {
    pub fn new(host: Arc<Host>, sessions: Option<Arc<Sessions>>) -> Self {
        Self { host, sessions }
    }

    fn find(&self, name: &str) -> Option<&'static Entry> {
        given(self.host.read_only).find(|tool| tool.name == name)
    }
}

impl ServerHandler for Face {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        let own = Implementation::new("memebuild", env!("CARGO_PKG_VERSION"));
        let name = self.host.root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        ServerConfig::new(capabilities).with_server_info(own).with_instructions(format!(
            "memebuild makes memes out of assets, as the Memefile of project `{name}` declares: read \
             memebuild://memefile first. `search_assets` finds what there is, `build` renders and \
             has a critic judge each film. Where a build needs a choice, `choice_pending` shows the \
             candidates, `choice_submit` picks, and `build` goes on. `critic_report` says what was \
             wrong with a film. Films, posters and verdicts are resources. Paths are relative to the \
             project's folder."
        ))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = given(self.host.read_only).map(described).collect();
        Ok(ListToolsResult::with_all_items(tools)
            .with_ttl_ms(0)
            .with_cache_scope(CacheScope::Private))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.find(name).map(described)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.find(&request.name) else {
            let shown: String = request.name.chars().take(100).collect();
            let message = format!("there is no tool `{}`", shown.escape_debug());
            return Err(ErrorData::invalid_params(message, None));
        };
        let session = session(&context);
        let attached = self.sessions.as_ref().zip(session).and_then(|(all, id)| all.attach(&id));
        let gone = async {
            let ended = async {
                match &attached {
                    Some(attached) => attached.ended().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = context.ct.cancelled() => {}
                () = self.host.end.cancelled() => {}
                () = ended => {}
            }
        };
        let token = context.meta.get_progress_token();
        let say = |progress: Progress| {
            let (token, peer) = (token.clone(), context.peer.clone());
            async move {
                let Some(token) = token else { return };
                let mut said = ProgressNotificationParam::new(token, progress.done);
                said.total = progress.total;
                // Whoever does not listen any more is not told.
                let _ = peer.notify_progress(said.with_message(progress.message)).await;
            }
        };
        let arguments = request.arguments.unwrap_or_default();
        Ok(written(call(&self.host, tool, arguments, gone, say).await).into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        let root = self.host.root.clone();
        let cursor = request.and_then(|request| request.cursor);
        let (links, next) = blocking(move || resources::list(&root, cursor.as_deref())).await?;
        let all = links.iter().map(resource).collect();
        let mut result = ListResourcesResult::with_all_items(all)
            .with_ttl_ms(0)
            .with_cache_scope(CacheScope::Private);
        result.next_cursor = next;
        Ok(result)
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let template = |part: Part| {
            let name = part.as_str();
            let uri = format!("memebuild://{name}/{{+render}}");
            let about = "of a render in one profile, `NAME@PROFILE`; of one that was rejected, \
                         `NAME@PROFILE.rejected`";
            ResourceTemplate::new(uri, name).with_description(about)
        };
        let all = Part::ALL.into_iter().map(template).collect();
        Ok(ListResourceTemplatesResult::with_all_items(all)
            .with_ttl_ms(0)
            .with_cache_scope(CacheScope::Private))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let root = self.host.root.clone();
        let uri = request.uri;
        let content = blocking(move || resources::read(&root, &uri)).await?;
        Ok(ReadResourceResult::new(vec![contents(content)])
            .with_ttl_ms(0)
            .with_cache_scope(CacheScope::Private)
            .into())
    }
}

/// A tool, as clients are told of it.
fn described(tool: &Entry) -> Tool {
    let hints = tool.hints;
    let annotations = ToolAnnotations::with_title(tool.title)
        .read_only(hints.read_only)
        .destructive(hints.destructive)
        .idempotent(hints.idempotent)
        .open_world(hints.open_world);
    Tool::new(tool.name, tool.about, (tool.input)())
        .with_title(tool.title)
        .with_raw_output_schema(Arc::new((tool.output)()))
        .with_annotations(annotations)
}

/// An answer, as the protocol writes it: the document, the same as text for those who read only that,
/// and links.
fn written(told: Told) -> CallToolResult {
    match told {
        Told::Trouble(text) => CallToolResult::error(vec![ContentBlock::text(text)]),
        Told::Document { document, links, failed } => {
            let mut result = CallToolResult::structured(document);
            result.content.extend(links.iter().map(resource).map(ContentBlock::resource_link));
            result.is_error = Some(failed);
            result
        }
    }
}

fn resource(link: &Link) -> Resource {
    Resource::new(link.uri.to_string(), link.path.clone())
        .with_title(link.title())
        .with_mime_type(link.mime)
        .with_size(link.size)
}

fn contents(content: Content) -> ResourceContents {
    let Content { link, bytes } = content;
    let uri = link.uri.to_string();
    let is_media = link.mime.starts_with("video/") || link.mime.starts_with("image/");
    let contents = match std::str::from_utf8(&bytes) {
        Ok(text) if !is_media => ResourceContents::text(text, uri),
        _ => ResourceContents::blob(BASE64_STANDARD.encode(&bytes), uri),
    };
    contents.with_mime_type(link.mime)
}

/// The session of streamable HTTP that a request came in.
fn session(context: &Context) -> Option<String> {
    let parts = context.extensions.get::<axum::http::request::Parts>()?;
    Some(parts.headers.get("mcp-session-id")?.to_str().ok()?.to_owned())
}

/// Reads on a thread that may wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Diagnostic> + Send + 'static,
) -> Result<T, ErrorData> {
    let bug = |_| ErrorData::internal_error("this is a bug in memebuild", None);
    let done = tokio::task::spawn_blocking(work).await.map_err(bug)?;
    done.map_err(|problem| {
        let hints: Vec<&str> = problem.hints.iter().map(String::as_str).collect();
        let message = [problem.message.as_str()].into_iter().chain(hints).collect::<Vec<_>>();
        let message = message.join("; ");
        match problem.code {
            "unknown-resource" => ErrorData::resource_not_found(message, None),
            "bad-cursor" | "too-large" => ErrorData::invalid_params(message, None),
            _ => ErrorData::internal_error(message, None),
        }
    })
}
