//! A model that plays a trajectory: the tools are real, only its decisions are written down.

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// One answer.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: &'static str,
    pub body: Vec<u8>,
    pub delay: Duration,
}

impl Answer {
    pub fn json(body: &Value) -> Self {
        Self {
            status: 200,
            headers: "",
            body: body.to_string().into_bytes(),
            delay: Duration::ZERO,
        }
    }

    pub fn status(status: u16, headers: &'static str, body: &str) -> Self {
        Self { status, headers, body: body.as_bytes().to_vec(), delay: Duration::ZERO }
    }

    /// A chat completion whose message is this.
    pub fn message(message: &Value, finish: &str) -> Self {
        Self::json(&json!({
            "choices": [{ "index": 0, "finish_reason": finish, "message": message }],
            "usage": { "prompt_tokens": 100, "completion_tokens": 10 },
        }))
    }

    /// One that calls a tool.
    pub fn calls(tool: &str, arguments: &Value) -> Self {
        let call = json!({
            "id": "call-1", "type": "function",
            "function": { "name": tool, "arguments": arguments.to_string() },
        });
        Self::message(
            &json!({ "role": "assistant", "content": null, "tool_calls": [call] }),
            "tool_calls",
        )
    }

    pub fn says(text: &str) -> Self {
        Self::message(&json!({ "role": "assistant", "content": text }), "stop")
    }
}

/// What it was asked: the head of the request, and its body.
pub struct Asked {
    pub head: String,
    pub body: Value,
}

/// Answers each question, one at a time; stops when it is dropped.
pub struct Model {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    address: std::net::SocketAddr,
    stop: Arc<std::sync::atomic::AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Model {
    /// Plays answers in their order, the last one for ever.
    pub fn play(answers: Vec<Answer>) -> Self {
        Self::answering(move |number, _| answers[number.min(answers.len()) - 1].clone())
    }

    /// Answers as is thought of a question: which it is, from 1, and its body.
    pub fn answering(think: impl Fn(usize, &Value) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let (log, ended) = (Arc::clone(&asked), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if ended.load(std::sync::atomic::Ordering::SeqCst) {
                    return;
                }
                let Ok(mut connection) = connection else { continue };
                let Some(request) = read(&mut connection) else { continue };
                let number = log.lock().expect("unpoisoned").len() + 1;
                let answer = think(number, &request.body);
                log.lock().expect("unpoisoned").push(request);
                std::thread::sleep(answer.delay);
                let _ = write(&mut connection, &answer);
            }
        });
        let url = format!("http://{address}/v1");
        Self { url, asked, address, stop, thread: Some(thread) }
    }

    pub fn asked(&self) -> std::sync::MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().expect("unpoisoned")
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.stop.store(true, std::sync::atomic::Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(connection: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 8192];
    let split = loop {
        let count = connection.read(&mut chunk).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..split]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length?.trim().parse().ok()?;
    let mut body = bytes.split_off(split + 4);
    while body.len() < length {
        let count = connection.read(&mut chunk).ok().filter(|count| *count > 0)?;
        body.extend_from_slice(&chunk[..count]);
    }
    Some(Asked { head, body: serde_json::from_slice(&body).ok()? })
}

fn write(connection: &mut TcpStream, answer: &Answer) -> std::io::Result<()> {
    let Answer { status, headers, body, .. } = answer;
    write!(
        connection,
        "HTTP/1.1 {status} Played\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{headers}\r\n",
        body.len()
    )?;
    connection.write_all(body)
}
