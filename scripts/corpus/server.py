"""Files over HTTP on loopback, with tags and ranges, and a list of what was asked for."""

import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server.owner
        server.asked.append(self.path)
        path = server.files.get(self.path)
        if path is None:
            self.send_error(404)
            return
        stat = path.stat()
        tag = f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"'
        wanted = self.headers.get("Range", "")
        start = 0
        if wanted.startswith("bytes=") and self.headers.get("If-Range", tag) == tag:
            start = int(wanted.removeprefix("bytes=").split("-")[0])
        with open(path, "rb") as file:
            file.seek(start)
            body = file.read()
        try:
            self.send_response(206 if start else 200)
            self.send_header("ETag", tag)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(len(body)))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{stat.st_size - 1}/{stat.st_size}")
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # whoever asked was killed

    def log_message(self, *_):
        pass


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a connection that was broken off


class Server:
    """Serves `files`, by their paths, until the program ends."""

    def __init__(self):
        self.files, self.asked = {}, []
        listener = Listener(("127.0.0.1", 0), Handler)
        listener.owner = self
        self.port = listener.server_port
        threading.Thread(target=listener.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def forget(self):
        self.asked.clear()
