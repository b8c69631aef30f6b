//! What a browser does, without one: requests with the page's cookie, and its stream of events.

use crate::project::Project;
use crate::search::servers::Served;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
pub struct Answer {
    pub status: u16,
    /// Lower case.
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
}

/// A page, and the server that has it.
pub struct Page {
    pub served: Served,
    /// `127.0.0.1:PORT`.
    address: String,
    pub token: String,
    pub cookie: String,
}

impl Page {
    pub fn open(project: &Project, args: &[&str]) -> Self {
        let args: Vec<&str> = ["--ui"].iter().chain(args).copied().collect();
        let served = Served::start(project, &args, &[]);
        let link = served.url.strip_prefix("http://").expect("http").to_owned();
        let (address, token) = link.split_once("/?token=").expect("a link with a token");
        let (address, token) = (address.to_owned(), token.to_owned());
        let mut page = Self { served, address, token, cookie: String::new() };
        let entered = page.ask("GET", &format!("/?token={}", page.token), "", "");
        assert_eq!(entered.status, 303, "{}", entered.head);
        // Its value may have capitals, which the head has lost.
        let port = page.address.rsplit_once(':').expect("a port").1;
        page.cookie = format!("Cookie: memebuild-{port}={}\r\n", page.token);
        page
    }

    /// With these headers and nothing else.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let mut stream = self.connect();
        let (host, len) = (&self.address, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Length: {len}\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(answer.len());
        let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
        Answer { status, head, body: answer.get(end + 4..).unwrap_or_default().to_vec() }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &self.cookie, "")
    }

    /// As the page's own script does.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &format!("X-Memebuild: 1\r\n{}", self.cookie), &body.to_string())
    }

    /// The document of the page.
    pub fn document(&self) -> Value {
        let answer = self.get("/ui/page.json");
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Listens; `seen` is the id of the last event that it had.
    pub fn listen(&self, seen: Option<&str>) -> Stream {
        let mut stream = self.connect();
        let seen = seen.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        let request = format!(
            "GET /ui/events HTTP/1.1\r\nHost: {}\r\n{}{seen}\r\n",
            self.address, self.cookie
        );
        stream.write_all(request.as_bytes()).expect("a request");
        Stream { lines: BufReader::new(stream) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a server");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        stream
    }
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub event: String,
    pub id: String,
    pub data: String,
}

/// A stream of events.
pub struct Stream {
    lines: BufReader<TcpStream>,
}

impl Stream {
    /// The next event; none once the stream has ended.
    pub fn next(&mut self) -> Option<Sent> {
        let mut sent = Sent { event: String::new(), id: String::new(), data: String::new() };
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end().split_once(": ") {
                Some(("event", event)) => event.clone_into(&mut sent.event),
                Some(("id", id)) => id.clone_into(&mut sent.id),
                Some(("data", data)) => data.clone_into(&mut sent.data),
                // An empty line ends one; between them stand sizes of chunks and comments.
                _ if line.trim_end().is_empty() && !sent.event.is_empty() => return Some(sent),
                _ => {}
            }
        }
    }

    /// Events of builds up to the end of one.
    pub fn build(&mut self) -> Vec<Sent> {
        let mut all = Vec::new();
        while let Some(sent) = self.next() {
            if sent.event == "build" {
                let is_last = sent.data.contains("\"event\":\"build-finished\"");
                all.push(sent);
                if is_last {
                    return all;
                }
            }
        }
        panic!("the stream ended before the build did: {all:?}")
    }
}
