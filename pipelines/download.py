"""One file over HTTP: only if it changed, retried, resumed, checked, and put in place whole."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import ssl
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)

from pipelines.errors import PipelineError

ATTEMPTS = 5
LONGEST_WAIT = 60.0
_REDIRECTS = 5
_BACKOFF = wait_exponential_jitter(max=LONGEST_WAIT)
_CHUNK = 1 << 20
_NUMBER = re.compile(r"[0-9]{1,15}")
_RANGE = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15}|\*)")
_WEB_PAGE = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype|html)", re.I | re.S
)
_LATER = "Nothing kept was changed: run fetch again later."
_LOOK = "Open the address in a browser; if it moved, mend [fetch] in pipelines/sources."
_KEY = "The publisher asks for a key, or refuses this computer: try the address in a browser."
_PROXY = "Ask your network's administrator what HTTPS_PROXY should be."
_REFUSED = {401: _KEY, 403: _KEY, 407: _PROXY}

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class Validators:
    """What a publisher sent to recognise one version of a file by."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Download:
    """What came of one address.

    Attributes:
        path: the file, or None if the publisher says that it did not change.
        sha256: checksum of the file's bytes, empty if there is none.
        size: its bytes.
        validators: to be sent with the next request.
        final_url: address after redirects.
        media_type: type that the publisher gave, without parameters.
    """

    path: Path | None
    sha256: str
    size: int
    validators: Validators
    final_url: str
    media_type: str


class FetchError(PipelineError):
    """An address that did not give what its declaration says."""

    def __init__(self, url: str, expected: str, got: str, hint: str = _LOOK) -> None:
        super().__init__(f"{url}: expected {expected}; got {got}. {hint}")
        self.url = url
        self.expected = expected
        self.got = got


class _PassingError(FetchError):
    """A fault that may be gone at the next attempt, `after` so many seconds if that is known."""

    def __init__(self, url: str, expected: str, got: str, after: float | None = None) -> None:
        super().__init__(url, expected, got, _LATER)
        self.after = after


def download(
    client: httpx.Client,
    url: str,
    target: Path,
    *,
    max_bytes: int,
    media_types: tuple[str, ...] = (),
    known: Validators | None = None,
    deadline: float = 3600.0,
    wait: Callable[[float], None] = time.sleep,
    on_progress: Progress = lambda done, total: None,
) -> Download:
    """Fetch one file to `target`, which changes only when all of it came and passed.

    What came of a broken attempt stays in `<target>.part`, and `<target>.part.json` says of
    which version it is; the next attempt, or the next run, asks for the rest. Proxies are those
    of the environment (HTTPS_PROXY, NO_PROXY) as in any httpx client, for a network that has no
    other way out.

    Args:
        client: gives the time limits of connecting and of silence between bytes.
        url: address; only http and https, also after a redirect.
        target: file to write.
        max_bytes: a larger file is refused, by its declared and by its real size.
        media_types: content types that are accepted; empty accepts any.
        known: what the version that is already kept was sent with.
        deadline: seconds for all attempts together.
        wait: how to sleep between attempts.
        on_progress: told the bytes so far and in all, the latter None if unknown.

    Returns:
        The file, or a `path` of None if it did not change.

    Raises:
        FetchError: the publisher gave something else, or nothing after five attempts.
        OSError: the disk is full or not writable.
    """
    transfer = _Transfer(
        client, url, target, known, media_types, max_bytes, time.monotonic() + deadline, on_progress
    )
    retrying = Retrying(
        retry=retry_if_exception_type(_PassingError),
        stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(deadline),
        wait=_pause,
        sleep=wait,
        reraise=True,
    )
    try:
        return retrying(transfer.attempt)
    except _PassingError as error:
        got = f"{error.got}, at attempt {retrying.statistics['attempt_number']} of {ATTEMPTS}"
        raise FetchError(error.url, error.expected, got, _LATER) from error


def shown(text: str, most: int = 120) -> str:
    """Quote what a publisher sent, short and without control characters."""
    return repr(text if len(text) <= most else f"{text[:most]}...")


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, _PassingError) and error.after is not None:
        return error.after
    return _BACKOFF(state)


@dataclass(frozen=True)
class _Transfer:
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
        return self.target.with_name(f"{self.target.name}.part")

    @property
    def note(self) -> Path:
        return self.target.with_name(f"{self.target.name}.part.json")

    def attempt(self) -> Download:
        try:
            with closing(self._send()) as response:
                return self._receive(response)
        except httpx.InvalidURL as error:
            raise FetchError(shown(self.url), "an address", str(error)) from error
        except httpx.TransportError as error:
            raise self._fault(error) from error

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

    def _refuse(self, expected: str, got: str, hint: str = _LOOK) -> FetchError:
        self._discard()
        return FetchError(self.url, expected, got, hint)

    def _receive(self, response: httpx.Response) -> Download:
        if response.status_code == 304 and self.known:
            return self._unchanged(response, self.known)
        if response.status_code == 416:
            # `.part` is as long as the file, or longer.
            self._discard()
            raise _PassingError(self.url, "the rest of the file", "HTTP 416", after=0)
        if response.status_code not in (200, 206):
            raise self._status_fault(response)
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
            self.target, sha256, size, _validators(response), str(response.url), media_type
        )

    def _unchanged(self, response: httpx.Response, known: Validators) -> Download:
        self._discard()
        sent = _validators(response)
        validators = Validators(sent.etag or known.etag, sent.last_modified or known.last_modified)
        return Download(None, "", 0, validators, str(response.url), "")

    def _status_fault(self, response: httpx.Response) -> FetchError:
        status = response.status_code
        got = f"HTTP {status} {response.reason_phrase}".strip()
        if status != 429 and status < 500:
            return FetchError(self.url, "the file", got, _REFUSED.get(status, _LOOK))
        after = _retry_after(response.headers.get("Retry-After", ""))
        if after is not None and after > LONGEST_WAIT:
            got += f" and the wish to wait {after:,.0f} s, more than {LONGEST_WAIT:.0f} s"
            return FetchError(self.url, "the file", got, _LATER)
        return _PassingError(self.url, "the file", got, after)

    def _start(self, response: httpx.Response) -> tuple[int, int | None]:
        """Say at which byte the answer begins and how long the whole file is."""
        length = response.headers.get("Content-Length", "")
        size = int(length) if _NUMBER.fullmatch(length) else None
        if response.status_code == 200:
            self._discard()
            if tag := _version(response):
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
            raise _PassingError(self.url, f"bytes from {start:,} on", got)
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
            hint = f"What came is kept. {_LATER}"
            raise FetchError(self.url, "the file in time", f"{done:,} bytes when it ran out", hint)
        if total is not None and done != total:
            raise _PassingError(self.url, f"{total:,} bytes", f"{done:,}: it was cut short")

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
            raise self._refuse("whole gzip content", str(error), _LATER) from error
        finally:
            plain.unlink(missing_ok=True)

    def _require_content(self) -> None:
        with self.part.open("rb") as file:
            head = file.read(1024)
        if not head:
            raise self._refuse("a file", "an empty one", _LATER)
        if "text/html" not in self.media_types and _WEB_PAGE.match(head):
            raise self._refuse("data", f"a web page that begins {shown(head.decode('latin-1'))}")

    def _fault(self, error: httpx.TransportError) -> FetchError:
        got = str(error) or type(error).__name__
        if isinstance(error, httpx.TimeoutException):
            return _PassingError(self.url, "bytes without a long silence", type(error).__name__)
        if _has_cause(error, ssl.SSLCertVerificationError):
            hint = "If a proxy of your network signs it, name its certificate in SSL_CERT_FILE."
            return FetchError(self.url, "a certificate that this computer trusts", got, hint)
        if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError):
            return _PassingError(self.url, "a whole answer", got)
        hint = _PROXY if isinstance(error, httpx.ProxyError) else _LOOK
        return FetchError(self.url, "an answer", got, hint)


def _has_cause(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None


def _validators(response: httpx.Response) -> Validators:
    headers = response.headers
    return Validators(headers.get("ETag"), headers.get("Last-Modified"))


def _version(response: httpx.Response) -> str | None:
    """Give what If-Range may say: a strong ETag, or a date a second or more before the answer."""
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified", "")
    if etag:
        return None if etag.startswith("W/") else str(etag)
    changed, answered = _http_date(modified), _http_date(response.headers.get("Date", ""))
    if changed and answered and (answered - changed).total_seconds() >= 1:
        return str(modified)
    return None


def _retry_after(value: str) -> float | None:
    if _NUMBER.fullmatch(value.strip()):
        return float(value)
    date = _http_date(value)
    return max(0.0, (date - datetime.now(UTC)).total_seconds()) if date else None


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
