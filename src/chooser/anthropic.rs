//! Anthropic's messages.

use super::conversation::{Content, Dialect, Exchange, Reply, question};
use super::prompt::{SYSTEM, TOOL, schema};
use super::setting::{AnswerBy, Model};
use crate::contract::decision::Request;
use serde_json::{Value, json};

/// The version of the interface that is spoken.
const VERSION: &str = "2023-06-01";

pub struct Anthropic;

impl Dialect for Anthropic {
    const NAME: &'static str = "anthropic";
    const PATH: &'static str = "v1/messages";

    fn headers(key: Option<&str>) -> Vec<(&'static str, String)> {
        let key = key.map(|key| ("x-api-key", key.to_owned()));
        key.into_iter().chain([("anthropic-version", VERSION.to_owned())]).collect()
    }

    /// Both ways are one here: a tool that must be called holds its argument to a schema.
    fn answer_by(_: &Model) -> AnswerBy {
        AnswerBy::Tool
    }

    fn body(&self, model: &Model, request: &Request, exchanges: &[Exchange]) -> Value {
        let mut messages = vec![json!({ "role": "user", "content": question(request) })];
        for Exchange { message, calls, complaint } in exchanges {
            messages.push(message.clone());
            let results = calls.iter().map(|call| {
                json!({
                    "type": "tool_result", "tool_use_id": call, "is_error": true,
                    "content": complaint,
                })
            });
            let content: Vec<Value> = match calls.is_empty() {
                true => vec![json!({ "type": "text", "text": complaint })],
                false => results.collect(),
            };
            messages.push(json!({ "role": "user", "content": content }));
        }
        let mut body = json!({
            "model": model.model,
            "system": SYSTEM,
            "messages": messages,
            "max_tokens": model.max_tokens,
        });
        if let Some(milli) = model.temperature_milli {
            body["temperature"] = json!(f64::from(milli) / 1000.0);
        }
        body["tools"] = json!([{
            "name": TOOL, "description": "Gives the decision.", "input_schema": schema(request),
        }]);
        body["tool_choice"] = json!({ "type": "tool", "name": TOOL });
        body
    }

    fn read(&self, body: &Value) -> Option<Reply> {
        let parts = body.get("content")?.as_array()?;
        let stop = body["stop_reason"].as_str().unwrap_or_default();
        let of_type = |kind: &'static str| parts.iter().filter(move |part| part["type"] == kind);
        let text: String = of_type("text").filter_map(|part| part["text"].as_str()).collect();
        let calls: Vec<&Value> = of_type("tool_use").take(64).collect();
        let content = match stop {
            "refusal" => Content::Refused(text),
            "max_tokens" => Content::Truncated,
            _ => match (calls.iter().find(|call| call["name"] == TOOL), calls.first()) {
                (Some(call), _) => Content::Decision(call["input"].clone()),
                (None, Some(call)) => {
                    Content::OtherTool(call["name"].as_str().unwrap_or_default().to_owned())
                }
                (None, None) => Content::Text(text),
            },
        };
        let tokens = |name: &str| body["usage"][name].as_u64().unwrap_or(0);
        Some(Reply {
            message: json!({ "role": "assistant", "content": parts }),
            calls: calls.iter().filter_map(|call| Some(call["id"].as_str()?.to_owned())).collect(),
            content,
            input_tokens: tokens("input_tokens"),
            output_tokens: tokens("output_tokens"),
        })
    }
}
