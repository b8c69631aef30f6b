//! Endpoints that speak as OpenAI's chat completions do.

use super::conversation::{Content, Dialect, Exchange, Reply, question};
use super::prompt::{SYSTEM, TOOL, schema};
use super::setting::{AnswerBy, Model};
use crate::contract::decision::Request;
use serde_json::{Value, json};

pub struct OpenAi;

impl Dialect for OpenAi {
    const NAME: &'static str = "openai";
    const PATH: &'static str = "chat/completions";

    fn headers(key: Option<&str>) -> Vec<(&'static str, String)> {
        key.map(|key| ("authorization", format!("Bearer {key}"))).into_iter().collect()
    }

    fn body(&self, model: &Model, request: &Request, exchanges: &[Exchange]) -> Value {
        let mut messages = vec![
            json!({ "role": "system", "content": SYSTEM }),
            json!({ "role": "user", "content": question(request) }),
        ];
        for Exchange { message, calls, complaint } in exchanges {
            messages.push(message.clone());
            if calls.is_empty() {
                messages.push(json!({ "role": "user", "content": complaint }));
            }
            messages.extend(
                calls.iter().map(
                    |call| json!({ "role": "tool", "tool_call_id": call, "content": complaint }),
                ),
            );
        }
        let mut body = json!({
            "model": model.model,
            "messages": messages,
            "max_completion_tokens": model.max_tokens,
        });
        if let Some(milli) = model.temperature_milli {
            body["temperature"] = json!(f64::from(milli) / 1000.0);
        }
        if let Some(seed) = model.seed {
            body["seed"] = json!(seed);
        }
        match model.answer_by {
            AnswerBy::Tool => {
                body["tools"] = json!([{ "type": "function", "function": {
                    "name": TOOL,
                    "description": "Gives the decision.",
                    "parameters": schema(request),
                } }]);
                body["tool_choice"] = json!({ "type": "function", "function": { "name": TOOL } });
            }
            AnswerBy::Schema => {
                body["response_format"] = json!({ "type": "json_schema", "json_schema": {
                    "name": TOOL, "strict": true, "schema": schema(request),
                } });
            }
        }
        body
    }

    fn read(&self, body: &Value) -> Option<Reply> {
        let choice = body.get("choices")?.get(0)?;
        let message = choice.get("message")?;
        let text =
            |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let calls: Vec<&Value> =
            message["tool_calls"].as_array().into_iter().flatten().take(64).collect();
        let name = |call: &Value| text(&call["function"]["name"]).unwrap_or_default();
        let finish = choice["finish_reason"].as_str().unwrap_or_default();
        let decided = calls.iter().find(|call| name(call) == TOOL);
        let content = if let Some(refusal) = text(&message["refusal"]) {
            Content::Refused(refusal)
        } else if finish == "content_filter" {
            Content::Refused("its answer was filtered".to_owned())
        } else if finish == "length" {
            Content::Truncated
        } else if let Some(call) = decided {
            // Most endpoints send the arguments as text, some as the object itself.
            let arguments = &call["function"]["arguments"];
            match arguments.as_str() {
                Some(text) => serde_json::from_str(text)
                    .map_or_else(|_| Content::Text(text.to_owned()), Content::Decision),
                None => Content::Decision(arguments.clone()),
            }
        } else if let Some(call) = calls.first() {
            Content::OtherTool(name(call))
        } else {
            Content::Text(text(&message["content"]).unwrap_or_default())
        };
        let tokens = |name: &str| body["usage"][name].as_u64().unwrap_or(0);
        Some(Reply {
            calls: calls.iter().filter_map(|call| text(&call["id"])).collect(),
            message: message.clone(),
            content,
            input_tokens: tokens("prompt_tokens"),
            output_tokens: tokens("completion_tokens"),
        })
    }
}
