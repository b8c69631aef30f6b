//! Asking a model until it decides: a few exchanges, each answer checked, and what was wrong with it
//! said.

use super::http::Line;
use super::prompt::complaint;
use super::setting::Model;
use super::{Chooser, prompt};
use crate::contract::decision::{Answer, Decision, Request, Usage};
use crate::diagnostic::Diagnostic;
use serde_json::Value;

/// Times a model is asked before it is given up.
pub const EXCHANGES: u32 = 4;

/// How one family of endpoints is spoken to.
pub trait Dialect {
    const NAME: &'static str;
    /// Below the endpoint's address.
    const PATH: &'static str;

    /// The headers that carry the key and the version.
    fn headers(key: Option<&str>) -> Vec<(&'static str, String)>;

    /// The body of a request.
    fn body(&self, model: &Model, request: &Request, exchanges: &[Exchange]) -> Value;

    /// What an answer says; `None` where it has not the shape of one.
    fn read(&self, body: &Value) -> Option<Reply>;
}

/// An answer that was none, and what was said of it.
pub struct Exchange {
    /// The message of the answer, as the endpoint gave it.
    pub message: Value,
    /// The tool calls in it, each of which wants an answer of its own.
    pub calls: Vec<String>,
    pub complaint: String,
}

/// What a model said.
pub struct Reply {
    /// Its message, to be said again in the next exchange.
    pub message: Value,
    /// Ids of the tool calls in it.
    pub calls: Vec<String>,
    pub content: Content,
    pub input_tokens: u64,
    pub output_tokens: u64,
}

/// What came of asking once.
pub enum Content {
    /// A document that should be a decision.
    Decision(Value),
    /// Words, which may hold one.
    Text(String),
    /// It called a tool that there is not.
    OtherTool(String),
    /// It will not, or its keeper will not let it.
    Refused(String),
    /// It was cut off at the most tokens that it may use.
    Truncated,
}

/// A model that is asked.
pub struct Conversation<D> {
    pub dialect: D,
    pub model: Model,
    pub line: Line,
}

impl<D: Dialect> Chooser for Conversation<D> {
    fn choose(&self, request: &Request) -> Result<Answer, Diagnostic> {
        let mut exchanges: Vec<Exchange> = Vec::new();
        let mut usage = Usage::default();
        loop {
            let body = self.dialect.body(&self.model, request, &exchanges);
            let raw = self.line.post(D::PATH, &D::headers(self.line.key()), &body)?;
            usage.calls += 1;
            let reply = serde_json::from_slice::<Value>(&raw).ok();
            let Some(reply) = reply.and_then(|body| self.dialect.read(&body)) else {
                return Err(malformed(&format!("what it sent is not an answer of {}", D::NAME)));
            };
            usage.input_tokens += reply.input_tokens;
            usage.output_tokens += reply.output_tokens;
            let why = match decision(reply.content, request)? {
                Ok(decision) => {
                    return Ok(Answer {
                        chooser: D::NAME.to_owned(),
                        model: Some(self.model.model.clone()),
                        decision,
                        usage,
                        response: Some(blake3::hash(&raw).to_hex().to_string()),
                    });
                }
                Err(why) => why,
            };
            if usage.calls == EXCHANGES {
                return Err(malformed(&why)
                    .note(format!("it was asked {EXCHANGES} times, and told what was wrong")));
            }
            let complaint = complaint(&why);
            exchanges.push(Exchange { message: reply.message, calls: reply.calls, complaint });
        }
    }
}

/// The decision in a reply, or what is to be said of it.
///
/// # Errors
/// Asking again is of no use.
fn decision(content: Content, request: &Request) -> Result<Result<Decision, String>, Diagnostic> {
    let value = match content {
        Content::Decision(value) => value,
        Content::Text(text) => match embedded(&text) {
            Some(value) => value,
            None => return Ok(Err("it holds no JSON object".to_owned())),
        },
        Content::OtherTool(name) => {
            return Ok(Err(format!("there is no tool `{}`", name.escape_debug())));
        }
        Content::Refused(words) => {
            let words: String = words.chars().take(200).collect();
            return Err(Diagnostic::error("chooser-refused", "the model will not decide")
                .note(format!("it said: {}", words.escape_debug()))
                .hint("change the brief, or choose by another model or by hand"));
        }
        Content::Truncated => {
            return Err(Diagnostic::error("chooser-truncated", "the model's answer was cut off")
                .hint("raise `max-tokens` of the chooser"));
        }
    };
    let parsed: Result<Decision, _> = serde_json::from_value(value);
    Ok(match parsed {
        Err(error) => Err(error.to_string()),
        Ok(decision) => decision.answers(request).map(|()| decision),
    })
}

/// The JSON object in a text that may say more: from the first brace to the last.
fn embedded(text: &str) -> Option<Value> {
    let (from, to) = (text.find('{')?, text.rfind('}')?);
    serde_json::from_str(text.get(from..=to)?).ok()
}

fn malformed(why: &str) -> Diagnostic {
    let why: String = why.chars().take(300).collect();
    Diagnostic::error(
        "chooser-malformed",
        format!("the model did not decide: {}", why.escape_debug()),
    )
    .hint("a model that can call tools does better; `answer-by = \"schema\"` may help too")
}

/// The first message of the user.
pub fn question(request: &Request) -> String {
    prompt::question(request)
}
