//! Asking a model until it decides: a few exchanges, each answer checked, and what was wrong with it
//! said.

use super::http::Line;
use super::prompt::{TOOL, complaint};
use super::setting::{AnswerBy, Model};
use super::{Chooser, prompt};
use crate::contract::decision::{Answer, Decision, Request, Usage};
use crate::diagnostic::Diagnostic;
use serde_json::Value;

/// Times a model is asked before it is given up.
pub const EXCHANGES: u32 = 4;

/// Braces of a text at which an object is looked for: what a hostile text costs.
const MOST_BRACES: usize = 256;

/// How one family of endpoints is spoken to.
pub trait Dialect {
    const NAME: &'static str;
    /// Below the endpoint's address.
    const PATH: &'static str;

    /// The headers that carry the key and the version.
    fn headers(key: Option<&str>) -> Vec<(&'static str, String)>;

    /// The way that answers come in which a model is made to answer by.
    fn answer_by(model: &Model) -> AnswerBy {
        model.answer_by
    }

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
            let reply = serde_json::from_str::<Value>(&raw).ok();
            let Some(reply) = reply.and_then(|body| self.dialect.read(&body)) else {
                return Err(malformed(&format!("what it sent is not an answer of {}", D::NAME)));
            };
            usage.input_tokens += reply.input_tokens;
            usage.output_tokens += reply.output_tokens;
            let said = said(&reply.content);
            let answer_by = D::answer_by(&self.model);
            let why = match decision(reply.content, request, answer_by)? {
                Ok(decision) => {
                    return Ok(Answer {
                        chooser: D::NAME.to_owned(),
                        model: Some(self.model.model.clone()),
                        decision,
                        usage,
                        response: Some(blake3::hash(raw.as_bytes()).to_hex().to_string()),
                    });
                }
                Err(why) => why,
            };
            if usage.calls == EXCHANGES {
                let times = format!("it was asked {EXCHANGES} times, and told what was wrong");
                let failure = malformed(&why).note(times);
                return Err(match said {
                    Some(said) => failure.note(said),
                    None => failure,
                });
            }
            let complaint = complaint(&why, request, answer_by);
            exchanges.push(Exchange { message: reply.message, calls: reply.calls, complaint });
        }
    }
}

/// The decision in a reply, or what is to be said of it.
///
/// # Errors
/// Asking again is of no use.
fn decision(
    content: Content,
    request: &Request,
    answer_by: AnswerBy,
) -> Result<Result<Decision, String>, Diagnostic> {
    let value = match content {
        Content::Decision(value) => value,
        Content::Text(text) => match embedded(&text) {
            Some(value) => value,
            None => {
                return Ok(Err(match answer_by {
                    AnswerBy::Tool => format!(
                        "it holds no JSON object, neither as the argument of `{TOOL}` nor in words"
                    ),
                    AnswerBy::Schema => "it holds no JSON object".to_owned(),
                }));
            }
        },
        Content::OtherTool(name) => {
            return Ok(Err(format!("there is no tool `{}`", name.escape_debug())));
        }
        Content::Refused(words) => {
            return Err(Diagnostic::error("chooser-refused", "the model will not decide")
                .note(quoted(&words))
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

/// The words of an answer, for people; none where it has none.
fn said(content: &Content) -> Option<String> {
    match content {
        Content::Text(text) if !text.is_empty() => Some(quoted(text)),
        _ => None,
    }
}

fn quoted(words: &str) -> String {
    let words: String = words.chars().take(200).collect();
    format!("it said: {}", words.escape_debug())
}

/// The JSON object in a text that may say more: the last with `picks` in it, since models think first
/// and decide then; where none has, the first there is.
fn embedded(text: &str) -> Option<Value> {
    let mut first = None;
    let mut decision = None;
    let mut at = 0;
    for _ in 0..MOST_BRACES {
        let Some(brace) = text.get(at..)?.find('{') else { break };
        at += brace;
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) if value.get("picks").is_some() => {
                at += values.byte_offset();
                decision = Some(value);
            }
            found => {
                first = first.or(found.and_then(Result::ok));
                at += 1;
            }
        }
    }
    decision.or(first)
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
