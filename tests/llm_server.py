"""A real HTTP server that speaks as OpenAI's does, or as it should not; for tests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Keeps what it was asked and lets the server's ``reply`` answer."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        self.server.asked.append(
            (self.path, dict(self.headers.items()), json.loads(self.rfile.read(length)))
        )
        self.close_connection = True
        self.server.reply(self)

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {}, None))
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def begin(self, content_type: str, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("connection", "close")
        self.end_headers()

    def send(self, data: bytes) -> None:
        try:
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:  # the client has gone, as it may
            self.server.gone.set()


class Server(ThreadingHTTPServer):
    """A server on a free port of this machine."""

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.gone = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def serving(reply: Reply) -> Iterator[Server]:
    with Server(reply) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def event(text: str | None, **more: object) -> bytes:
    """Return a chunk of a stream as the API sends it."""
    delta = {} if text is None else {"content": text}
    value = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, **more}]}
    return f"data: {json.dumps(value)}\n\n".encode()


def streams(pieces: Sequence[str], *, pause: float = 0.0) -> Reply:
    """Reply with a stream of ``pieces``."""

    def reply(handler: Handler) -> None:
        handler.begin("text/event-stream; charset=utf-8")
        handler.send(b": hello\n\n")
        handler.send(event(None, role="assistant"))
        for piece in pieces:
            time.sleep(pause)
            handler.send(event(piece))
        handler.send(event(None, finish_reason="stop"))
        handler.send(b"data: [DONE]\n\n")

    return reply


def says(text: str) -> Reply:
    """Reply with ``text`` in one piece, as a server that does not stream."""

    def reply(handler: Handler) -> None:
        handler.begin("application/json")
        message = {"role": "assistant", "content": text}
        handler.send(json.dumps({"choices": [{"index": 0, "message": message}]}).encode())

    return reply


def sends(data: bytes, content_type: str = "text/event-stream", status: int = 200) -> Reply:
    """Reply with bytes as they are."""

    def reply(handler: Handler) -> None:
        handler.begin(content_type, status)
        handler.send(data)

    return reply
