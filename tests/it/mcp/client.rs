//! A client that says what it is told to, line by line: for what well-behaved clients never say.

use crate::project::Project;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How long a server may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// `memebuild mcp` in a project, over standard input and output.
pub struct Client {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    asked: u64,
    /// Everything that the server wrote.
    pub heard: String,
    /// Its notifications.
    pub notes: Vec<Value>,
}

impl Client {
    pub fn start(project: &Project, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut client = Self::silent(project, args, env);
        let hello = client.ask(
            "initialize",
            json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": { "name": "test", "version": "1" },
            }),
        );
        assert_eq!(hello["result"]["serverInfo"]["name"], "memebuild", "{hello}");
        client.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        client
    }

    /// One that has not said anything yet.
    pub fn silent(project: &Project, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = project.command(&["mcp"]);
        command.args(args).envs(env.iter().copied());
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server");
        let input = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let (hears, output) = channel();
        // It ends with the server.
        std::thread::spawn(move || {
            lines.map_while(Result::ok).try_for_each(|line| hears.send(line))
        });
        Self { child, input, output, asked: 0, heard: String::new(), notes: Vec::new() }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn say(&mut self, message: &Value) {
        self.say_text(&message.to_string());
    }

    pub fn say_text(&mut self, text: &str) {
        let input = self.input.as_mut().expect("it still speaks");
        writeln!(input, "{text}").and_then(|()| input.flush()).expect("the server listens");
    }

    /// Sends a request; its number.
    pub fn send(&mut self, method: &str, params: Value) -> u64 {
        self.asked += 1;
        let id = self.asked;
        self.say(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// The next message, if another comes.
    #[track_caller]
    pub fn hear(&mut self) -> Option<Value> {
        let line = match self.output.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => panic!("the server says nothing any more"),
        };
        self.heard += &line;
        self.heard.push('\n');
        let message: Value = serde_json::from_str(&line).expect("only messages are written");
        if message.get("id").is_none() {
            self.notes.push(message.clone());
        }
        Some(message)
    }

    /// Waits for the answer to a request.
    #[track_caller]
    pub fn answer(&mut self, id: u64) -> Value {
        loop {
            let message = self.hear().expect("the server answers before it ends");
            if message["id"] == id {
                return message;
            }
        }
    }

    #[track_caller]
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        self.answer(id)
    }

    /// Calls a tool: its document.
    #[track_caller]
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({ "name": tool, "arguments": arguments }));
        let result = &answer["result"];
        assert_eq!(result["isError"], false, "{tool}: {answer:#}");
        let text = result["content"][0]["text"].as_str().expect("the same as text");
        let document = result["structuredContent"].clone();
        assert_eq!(serde_json::from_str::<Value>(text).expect("JSON"), document);
        document
    }

    /// Calls a tool that has to refuse: what it says.
    #[track_caller]
    pub fn refused(&mut self, tool: &str, arguments: Value) -> String {
        let answer = self.ask("tools/call", json!({ "name": tool, "arguments": arguments }));
        assert_eq!(answer["result"]["isError"], true, "{tool}: {answer:#}");
        answer["result"]["content"][0]["text"].as_str().expect("a text").to_owned()
    }

    /// Goes away, and waits for the server to end.
    pub fn end(mut self) -> std::process::ExitStatus {
        self.input = None;
        while self.hear().is_some() {}
        self.child.wait().expect("it ended")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
