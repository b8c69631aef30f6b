//! An HTTP server on loopback that behaves well, or as badly as a test wants, and counts.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How one path is answered.
#[derive(Debug, Clone)]
pub enum Manner {
    /// The whole, or the part that is asked for, with a tag.
    Well,
    /// The whole in ever so small pieces, `pause` between them.
    Slowly {
        piece: usize,
        pause: Duration,
    },
    /// The connection is closed after so many bytes of a body, the first `times`.
    CutOff {
        after: usize,
        times: u32,
    },
    /// A status, the first `times`; then well.
    Status {
        code: u16,
        times: u32,
        header: &'static str,
    },
    /// The length told is so much larger than the body.
    Lying {
        more: usize,
    },
    /// Never ends, and tells no length.
    Endless,
    Redirect(String),
    /// No tag, no date, no parts.
    Plainly,
    /// A page of text, whatever was asked for.
    WebPage,
}

struct File {
    bytes: Vec<u8>,
    manner: Manner,
    media_type: &'static str,
}

/// What was asked for, and what of it was sent.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub status: u16,
    /// Bytes of body that were handed over.
    pub sent: usize,
}

#[derive(Default)]
struct State {
    files: BTreeMap<String, File>,
    asked: Vec<Asked>,
}

/// Stops answering when it is dropped.
pub struct Server {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let weak = Arc::downgrade(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Some(state) = weak.upgrade() else { return };
                let Ok(stream) = stream else { continue };
                // A client that goes away is no failure of a test.
                std::thread::spawn(move || drop(serve(stream, &state)));
            }
        });
        Self { port, state }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.put_so(path, bytes, Manner::Well);
    }

    pub fn put_so(&self, path: &str, bytes: impl Into<Vec<u8>>, manner: Manner) {
        let file = File { bytes: bytes.into(), manner, media_type: "application/octet-stream" };
        self.state.lock().unwrap().files.insert(path.to_owned(), file);
    }

    pub fn typed(&self, path: &str, media_type: &'static str) {
        self.state.lock().unwrap().files.get_mut(path).unwrap().media_type = media_type;
    }

    pub fn remove(&self, path: &str) {
        self.state.lock().unwrap().files.remove(path);
    }

    /// Everything that was asked for so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// How often a path was asked for, and how many bytes of it were sent.
    pub fn count(&self, path: &str) -> (usize, usize) {
        let asked = self.asked();
        let of: Vec<&Asked> = asked.iter().filter(|asked| asked.path == path).collect();
        (of.len(), of.iter().map(|asked| asked.sent).sum())
    }

    pub fn forget(&self) {
        self.state.lock().unwrap().asked.clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Wakes the listener, which finds that nobody holds the state any more.
        let port = self.port;
        let last = std::mem::take(&mut self.state);
        drop(last);
        let _ = TcpStream::connect(("127.0.0.1", port));
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut out = stream;
    loop {
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(());
        }
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim().split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or("/"));
        let path = target.split('?').next().unwrap_or("/").to_owned();
        let index = {
            let mut state = state.lock().unwrap();
            state.asked.push(Asked {
                path: path.clone(),
                headers: headers.clone(),
                ..Asked::default()
            });
            state.asked.len() - 1
        };
        let note = |status: u16, sent: usize| {
            let mut state = state.lock().unwrap();
            if let Some(asked) = state.asked.get_mut(index) {
                asked.status = status;
                asked.sent += sent;
            }
        };
        if !answer(&mut out, &path, &headers, method == "HEAD", state, &note)? {
            return Ok(());
        }
    }
}

/// Whether the connection may be used again.
fn answer(
    out: &mut TcpStream,
    path: &str,
    headers: &BTreeMap<String, String>,
    head: bool,
    state: &Mutex<State>,
    note: &dyn Fn(u16, usize),
) -> std::io::Result<bool> {
    let (bytes, manner, media_type) = {
        let mut state = state.lock().unwrap();
        let Some(file) = state.files.get_mut(path) else {
            drop(state);
            note(404, 0);
            out.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            return Ok(true);
        };
        let manner = file.manner.clone();
        match &mut file.manner {
            Manner::Status { times: 0, .. } | Manner::CutOff { times: 0, .. } => {}
            Manner::Status { times, .. } | Manner::CutOff { times, .. } => *times -= 1,
            _ => {}
        }
        (file.bytes.clone(), manner, file.media_type)
    };
    let tag = format!("\"{}\"", &blake3::hash(&bytes).to_hex()[..12]);
    match manner {
        Manner::Status { code, times, header } if times > 0 => {
            note(code, 0);
            let head = format!("HTTP/1.1 {code} No\r\nContent-Length: 0\r\n{header}\r\n");
            out.write_all(head.as_bytes())?;
            return Ok(true);
        }
        Manner::Redirect(to) => {
            note(302, 0);
            let head = format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
            out.write_all(head.as_bytes())?;
            return Ok(true);
        }
        Manner::WebPage => {
            let page = "<html>please log in</html>";
            note(200, page.len());
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
                 Content-Length: {}\r\n\r\n{page}",
                page.len()
            )?;
            return Ok(true);
        }
        Manner::Endless => {
            note(200, 0);
            out.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                out.write_all(b"1000\r\n")?;
                out.write_all(&[7; 0x1000])?;
                out.write_all(b"\r\n")?;
                note(200, 0x1000);
            }
        }
        Manner::Plainly => {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
                bytes.len()
            )?;
            out.write_all(&bytes)?;
            note(200, bytes.len());
            return Ok(true);
        }
        _ => {}
    }
    if headers.get("if-none-match") == Some(&tag) {
        note(304, 0);
        write!(out, "HTTP/1.1 304 Not Modified\r\nETag: {tag}\r\n\r\n")?;
        return Ok(true);
    }
    let matches = headers.get("if-range").is_none_or(|range| *range == tag);
    let from = headers
        .get("range")
        .filter(|_| matches)
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    if let Some(from) = from.filter(|from| *from >= bytes.len()) {
        let _ = from;
        note(416, 0);
        let total = bytes.len();
        write!(
            out,
            "HTTP/1.1 416 No\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\n\r\n"
        )?;
        return Ok(true);
    }
    let body = &bytes[from.unwrap_or(0)..];
    let lie = if let Manner::Lying { more } = manner { more } else { 0 };
    let status = if from.is_some() { 206 } else { 200 };
    write!(
        out,
        "HTTP/1.1 {status} OK\r\nETag: {tag}\r\nAccept-Ranges: bytes\r\n\
         Content-Type: {media_type}\r\nContent-Length: {}\r\n",
        body.len() + lie
    )?;
    if let Some(from) = from {
        let (last, total) = (bytes.len() - 1 + lie, bytes.len() + lie);
        write!(out, "Content-Range: bytes {from}-{last}/{total}\r\n")?;
    }
    out.write_all(b"\r\n")?;
    note(status, 0);
    if head {
        return Ok(true);
    }
    match manner {
        Manner::Slowly { piece, pause } => {
            for piece in body.chunks(piece) {
                out.write_all(piece)?;
                note(status, piece.len());
                std::thread::sleep(pause);
            }
        }
        Manner::CutOff { after, times } if times > 0 => {
            let body = &body[..after.min(body.len())];
            out.write_all(body)?;
            note(status, body.len());
            return Ok(false);
        }
        _ => {
            out.write_all(body)?;
            note(status, body.len());
        }
    }
    Ok(lie == 0)
}
