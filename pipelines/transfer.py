"""One attempt at a file over HTTP: what is asked, and what of the answer is accepted."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx

from pipelines.web import (
    LATER,
    LOOK,
    NUMBER,
    Download,
    FetchError,
    PassingError,
    Validators,
    shown,
    status_fault,
    transport_fault,
    validators_of,
    version_of,
)

_REDIRECTS = 5
_CHUNK = 1 << 20
_RANGE = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15}|\*)")
_WEB_PAGE = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype|html)", re.I | re.S
)

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Transfer:
    """Fetching of one file, attempt by attempt; see `pipelines.download.download`."""

    client: httpx.Client
    url: str
    target: Path
    known: Validators | None
    media_types: tuple[str, ...]
    max_bytes: int
    ends: float
    on_progress: Progress

    @property
    def part(self) -> Path:
        """What came so far."""
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def note(self) -> Path:
        """Of which version it is."""
        return self.target.with_name(f"{self.target.name}.part.json")

    def attempt(self) -> Download:
        """Fetch all of it, or the rest; a fault that may pass is a `PassingError`."""
        try:
            with closing(self._send()) as response:
                return self._receive(response)
        except httpx.InvalidURL as error:
            raise FetchError(shown(self.url), "an address", str(error)) from error
        except httpx.TransportError as error:
            raise transport_fault(self.url, error) from error

    def _send(self) -> httpx.Response:
        request = self.client.build_request("GET", self.url, headers=self._headers())
        before: httpx.URL | None = None
        for _ in range(_REDIRECTS + 1):
            self._require_web(before, request.url)
            response = self.client.send(request, stream=True, follow_redirects=False)
            if response.next_request is None:
                return response
            response.close()
            before, request = request.url, response.next_request
        raise FetchError(self.url, f"at most {_REDIRECTS} redirects", f"one more to {request.url}")

    def _headers(self) -> dict[str, str]:
        # Lengths and ranges count the bytes as sent, so they are asked for as they are.
        headers = {"Accept-Encoding": "identity"}
        if self.known and self.known.etag:
            headers["If-None-Match"] = self.known.etag
        if self.known and self.known.last_modified:
            headers["If-Modified-Since"] = self.known.last_modified
        if tag := self._resumable():
            headers |= {"Range": f"bytes={self.part.stat().st_size}-", "If-Range": tag}
        return headers

    def _require_web(self, before: httpx.URL | None, to: httpx.URL) -> None:
        downgraded = before is not None and before.scheme == "https" and to.scheme != "https"
        if to.scheme not in ("http", "https") or not to.host or downgraded:
            expected = "an https address" if downgraded else "an http or https address"
            raise FetchError(self.url, expected, shown(str(to)))

    def _resumable(self) -> str | None:
        """Give the version of which `.part` holds the beginning."""
        try:
            note = json.loads(self.note.read_text("utf-8"))
            size = self.part.stat().st_size
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(note, dict) or note.get("url") != self.url or size == 0:
            return None
        return note["tag"] if isinstance(note.get("tag"), str) else None

    def _discard(self) -> None:
        self.note.unlink(missing_ok=True)
        self.part.unlink(missing_ok=True)

    def _refuse(self, expected: str, got: str, hint: str = LOOK) -> FetchError:
        self._discard()
        return FetchError(self.url, expected, got, hint)

    def _receive(self, response: httpx.Response) -> Download:
        if response.status_code == 304 and self.known:
            return self._unchanged(response, self.known)
        if response.status_code == 416:
            # `.part` is as long as the file, or longer.
            self._discard()
            raise PassingError(self.url, "the rest of the file", "HTTP 416", after=0)
        if response.status_code not in (200, 206):
            raise status_fault(self.url, response)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type and self.media_types and media_type not in self.media_types:
            raise self._refuse(
                f"content of type {' or '.join(self.media_types)}", shown(media_type)
            )
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            raise self._refuse("bytes as they are, or gzip", f"encoding {shown(encoding)}")
        self._stream(response)
        if encoding != "identity":
            self._inflate()
        self._require_content()
        with self.part.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = self.part.stat().st_size
        self.note.unlink(missing_ok=True)
        self.part.replace(self.target)
        return Download(
            self.target, sha256, size, validators_of(response), str(response.url), media_type
        )

    def _unchanged(self, response: httpx.Response, known: Validators) -> Download:
        self._discard()
        sent = validators_of(response)
        validators = Validators(sent.etag or known.etag, sent.last_modified or known.last_modified)
        return Download(None, "", 0, validators, str(response.url), "")

    def _start(self, response: httpx.Response) -> tuple[int, int | None]:
        """Say at which byte the answer begins and how long the whole file is."""
        length = response.headers.get("Content-Length", "")
        size = int(length) if NUMBER.fullmatch(length) else None
        if response.status_code == 200:
            self._discard()
            if tag := version_of(response):
                self.part.parent.mkdir(parents=True, exist_ok=True)
                note = json.dumps({"url": self.url, "tag": tag})
                self.note.write_text(note, "utf-8")
            return 0, size
        tag = self._resumable() or ""
        start = self.part.stat().st_size if tag else 0
        sent = response.headers.get("Content-Range", "")
        found = _RANGE.fullmatch(sent)
        # Some servers heed Range and not If-Range: two versions must not be joined.
        name = "ETag" if tag.startswith('"') else "Last-Modified"
        other = response.headers.get(name, tag) != tag
        if not start or not found or int(found[1]) != start or other:
            self._discard()
            got = "another version" if other else f"range {shown(sent)}"
            raise PassingError(self.url, f"bytes from {start:,} on", got)
        if found[2] != "*":
            return start, int(found[2])
        return start, None if size is None else start + size

    def _stream(self, response: httpx.Response) -> None:
        done, total = self._start(response)
        late = False
        self.part.parent.mkdir(parents=True, exist_ok=True)
        if total is None or total <= self.max_bytes:
            with self.part.open("ab" if done else "wb") as file:
                for chunk in response.iter_raw():
                    done += len(chunk)
                    late = time.monotonic() > self.ends
                    if late or done > self.max_bytes:
                        break
                    file.write(chunk)
                    self.on_progress(done, total)
                file.flush()
                os.fsync(file.fileno())
        if max(done, total or 0) > self.max_bytes:
            raise self._too_large(max(done, total or 0))
        if late:
            hint = f"What came is kept. {LATER}"
            raise FetchError(self.url, "the file in time", f"{done:,} bytes when it ran out", hint)
        if total is not None and done != total:
            raise PassingError(self.url, f"{total:,} bytes", f"{done:,}: it was cut short")

    def _too_large(self, size: int) -> FetchError:
        return self._refuse(
            f"at most {self.max_bytes:,} bytes",
            f"{size:,} or more",
            "If the file is right, raise `max_bytes` under [fetch] in pipelines/sources.",
        )

    def _inflate(self) -> None:
        plain = self.target.with_name(f"{self.target.name}.plain")
        done = 0
        try:
            with gzip.open(self.part) as packed, plain.open("wb") as file:
                while (chunk := packed.read(_CHUNK)) and done <= self.max_bytes:
                    done += file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if done > self.max_bytes:
                raise self._too_large(done)
            self.note.unlink(missing_ok=True)
            plain.replace(self.part)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self._refuse("whole gzip content", str(error), LATER) from error
        finally:
            plain.unlink(missing_ok=True)

    def _require_content(self) -> None:
        with self.part.open("rb") as file:
            head = file.read(1024)
        if not head:
            raise self._refuse("a file", "an empty one", LATER)
        if "text/html" not in self.media_types and _WEB_PAGE.match(head):
            raise self._refuse("data", f"a web page that begins {shown(head.decode('latin-1'))}")
