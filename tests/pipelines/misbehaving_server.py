"""An HTTP server on loopback that does what a test tells it to, right or wrong."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx


@dataclass(frozen=True)
class Request:
    """What the server was asked."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What the server says.

    `cut` sends so many bytes of the body and hangs up; `drip` sends the body byte by byte, so
    many seconds apart; `stall` sends `cut` bytes and then nothing more, without hanging up.
    """

    body: bytes = b""
    status: int = 200
    media_type: str = "text/csv"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0.0
    stall: bool = False
    chunked: bool = False


Says = Answer | Callable[[Request], Answer]


class Server:
    """Answers each path with the next of its answers; the last one is for all further requests."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self._answers: dict[str, list[Says]] = {}

    def on(self, path: str, *answers: Says) -> str:
        """Set what a path answers; give its address."""
        self._answers[path] = list(answers)
        return self.url + path

    def answer(self, request: Request) -> Answer:
        """Take note of a request and give its answer."""
        self.requests.append(request)
        answers = self._answers.get(request.path)
        if not answers:
            return Answer(b"<html>no such page</html>", 404, "text/html")
        says = answers.pop(0) if len(answers) > 1 else answers[0]
        return says(request) if callable(says) else says


class _Http(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is no fault of the server.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving() -> Iterator[Server]:
    """Serve on a free port of loopback until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            query = dict(parse_qsl(split.query))
            request = Request(split.path, query, {k.lower(): v for k, v in self.headers.items()})
            with suppress(BrokenPipeError, ConnectionResetError):
                _send(self, server.answer(request), server.closing)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with _Http(("127.0.0.1", 0), Handler) as http:
        server = Server(http.server_port)
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            http.shutdown()
            thread.join()


def _send(handler: BaseHTTPRequestHandler, answer: Answer, closing: threading.Event) -> None:
    handler.send_response(answer.status)
    if answer.media_type:
        handler.send_header("Content-Type", answer.media_type)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    if answer.chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    elif answer.status != 304 and "Content-Length" not in answer.headers:
        handler.send_header("Content-Length", str(len(answer.body)))
    handler.end_headers()
    body = answer.body if answer.cut is None else answer.body[: answer.cut]
    if answer.chunked:
        body = b"%x\r\n%s\r\n" % (len(body), body) + (b"" if answer.cut else b"0\r\n\r\n")
    if answer.drip:
        for place in range(len(body)):
            handler.wfile.write(body[place : place + 1])
            if closing.wait(answer.drip):
                return
    else:
        handler.wfile.write(body)
    if answer.stall:
        closing.wait(10)
    if answer.cut is not None:
        handler.close_connection = True


def ranged(body: bytes, etag: str) -> Callable[[Request], Answer]:
    """Serve a file as RFC 9110 says, with Range, If-Range and If-None-Match."""

    def says(request: Request) -> Answer:
        headers = {"ETag": etag, "Accept-Ranges": "bytes"}
        if request.headers.get("if-none-match") == etag:
            return Answer(status=304, headers=headers)
        found = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        if not found or request.headers.get("if-range", etag) != etag:
            return Answer(body, headers=headers)
        start = int(found[1])
        if start >= len(body):
            return Answer(status=416, headers={"Content-Range": f"bytes */{len(body)}"})
        headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Answer(body[start:], 206, headers=headers)

    return says


def loopback_client(read: float = 5.0) -> httpx.Client:
    """Open a client that no proxy of the environment comes between."""
    return httpx.Client(trust_env=False, timeout=httpx.Timeout(5.0, read=read))
