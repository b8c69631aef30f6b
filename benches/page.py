"""The live page as a browser has it open: its stream of events, and its document whenever that is another
one."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.request

from measure import MEMEBUILD

# As web/live.js: the document is fetched once it was quiet for so long.
QUIET = 0.2
# Nothing more comes of a build after so long.
SETTLED = 2.5


class Page:
    """A server with `--ui`, and somebody who looks at it."""

    def __init__(self, folder):
        argv = [MEMEBUILD, "serve", "--ui", "--listen", "127.0.0.1:0"]
        quiet = subprocess.DEVNULL
        self.child = subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=quiet, text=True)
        self.address, token = self.child.stdout.readline().strip().split("/?token=")
        self.headers = {"Authorization": f"Bearer {token}"}
        self.news = threading.Condition()
        # Films that were published: when it was told, nanoseconds since 1970.
        self.published = {}
        # When the page last had to do.
        self.busy, self.stale = time.monotonic(), True
        # What fetching the document took, seconds.
        self.fetched = []
        self.over = False
        threading.excepthook = self.lost
        for work in (self.listen, self.renew):
            threading.Thread(target=work, daemon=True).start()

    def __enter__(self):
        self.settle()
        return self

    def __exit__(self, *_):
        self.over = True
        self.child.send_signal(signal.SIGINT)
        self.child.wait()

    def lost(self, what):
        """A page that is lost shows nothing, and whoever waits for it waits in vain."""
        if not self.over:
            threading.__excepthook__(what)
            os._exit(1)

    def ask(self, path):
        request = urllib.request.Request(f"{self.address}/ui/{path}", headers=self.headers)
        return urllib.request.urlopen(request)

    def listen(self):
        event = None
        for line in self.ask("events"):
            now = time.time_ns()
            line = line.decode().rstrip("\n")
            if line.startswith("event: "):
                event = line.removeprefix("event: ")
            elif line.startswith("data: "):
                self.hear(event, line.removeprefix("data: "), now)

    def hear(self, event, data, now):
        told = json.loads(data)
        with self.news:
            self.busy = time.monotonic()
            self.stale |= event == "page"
            if told.get("event") == "node-finished":
                self.published.update((file, now) for file in told.get("files", []))
            self.news.notify_all()

    def renew(self):
        """Fetches the document when it is another one, as the page does."""
        while True:
            with self.news:
                while not (self.stale and time.monotonic() - self.busy > QUIET):
                    self.news.wait(0.05)
                self.stale = False
            began = time.monotonic()
            self.ask("page.json").read()
            with self.news:
                self.busy = time.monotonic()
                self.fetched.append(self.busy - began)
                self.news.notify_all()

    def settle(self):
        """Until the page shows all there is."""
        with self.news:
            while self.stale or time.monotonic() - self.busy < SETTLED:
                self.news.wait(0.05)

    def forget(self):
        """What was published so far."""
        with self.news:
            self.published.clear()

    def when(self, film):
        """When the page was told of a film, a path relative to the project."""
        until = time.monotonic() + 120
        with self.news:
            while film not in self.published:
                if not self.news.wait(until - time.monotonic()):
                    raise SystemExit(f"error: the page was never told of {film}")
            return self.published[film]
