"""A small HTTP server for the tests: says who it is and its load; can be told to be unready, busy, or to end."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CALM = threading.Event()  # ends /busy
STATE: dict[str, Any] = {"ready": os.environ.get("UNREADY") != "1", "load": 0.0}
METRICS = "# TYPE serving_load gauge\nserving_load {}\n# TYPE asked counter\nasked_total 1\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/ready":
            return self.answer(200 if STATE["ready"] else 503, {})
        if path == "/exit":
            os._exit(int(query or 1))
        if path == "/metrics":
            return self.send(200, METRICS.format(STATE["load"]).encode())
        if path == "/load":
            STATE["load"] = float(query)
        if path == "/unready":
            STATE["ready"] = False
        if path == "/calm":
            CALM.set()
        if path == "/busy":
            CALM.clear()
            while not CALM.is_set():
                pass
        return self.answer(
            200, {"env": dict(os.environ), "args": sys.argv[1:], "cwd": str(Path.cwd()), "path": self.path}
        )

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        self.answer(201, {"received": self.rfile.read(length).decode(), "headers": dict(self.headers)})

    def answer(self, code: int, body: object) -> None:
        self.send(code, json.dumps(body).encode())

    def send(self, code: int, data: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        if "/ready" not in str(args) and "/started" not in str(args):
            print(format % args, flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args()
    server = Server((arguments.host, arguments.port), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"listening on {arguments.host}:{arguments.port}", flush=True)
    server.serve_forever(poll_interval=0.05)
    print("ended in good order", flush=True)


main()
