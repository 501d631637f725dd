"""What is said of an address that is fetched: its version, what came of it, what is wrong."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from pipelines.errors import PipelineError

LATER = "Nothing kept was changed: run fetch again later."
LOOK = "Open the address in a browser; if it moved, mend [fetch] in pipelines/sources."
LONGEST_WAIT = 60.0
NUMBER = re.compile(r"[0-9]{1,15}")

_KEY = "The publisher asks for a key, or refuses this computer: try the address in a browser."
_PROXY = "Ask your network's administrator what HTTPS_PROXY should be."
_REFUSED = {401: _KEY, 403: _KEY, 407: _PROXY}


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

    def __init__(self, url: str, expected: str, got: str, hint: str = LOOK) -> None:
        super().__init__(f"{url}: expected {expected}; got {got}. {hint}")
        self.url = url
        self.expected = expected
        self.got = got


class PassingError(FetchError):
    """A fault that may be gone at the next attempt, `after` so many seconds if that is known."""

    def __init__(self, url: str, expected: str, got: str, after: float | None = None) -> None:
        super().__init__(url, expected, got, LATER)
        self.after = after


def shown(text: str, most: int = 120) -> str:
    """Quote what a publisher sent, short and without control characters."""
    return repr(text if len(text) <= most else f"{text[:most]}...")


def validators_of(response: httpx.Response) -> Validators:
    """Read what a later request may ask with."""
    headers = response.headers
    return Validators(headers.get("ETag"), headers.get("Last-Modified"))


def version_of(response: httpx.Response) -> str | None:
    """Give what If-Range may say: a strong ETag, or a date a second or more before the answer."""
    etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified", "")
    if etag:
        return None if etag.startswith("W/") else str(etag)
    changed, answered = _http_date(modified), _http_date(response.headers.get("Date", ""))
    if changed and answered and (answered - changed).total_seconds() >= 1:
        return str(modified)
    return None


def status_fault(url: str, response: httpx.Response) -> FetchError:
    """Say what a status other than 200, 206 and 304 means."""
    status = response.status_code
    got = f"HTTP {status} {response.reason_phrase}".strip()
    if status != 429 and status < 500:
        return FetchError(url, "the file", got, _REFUSED.get(status, LOOK))
    after = _retry_after(response.headers.get("Retry-After", ""))
    if after is not None and after > LONGEST_WAIT:
        got += f" and the wish to wait {after:,.0f} s, more than {LONGEST_WAIT:.0f} s"
        return FetchError(url, "the file", got, LATER)
    return PassingError(url, "the file", got, after)


def transport_fault(url: str, error: httpx.TransportError) -> FetchError:
    """Say what it means that no whole answer came."""
    got = str(error) or type(error).__name__
    if isinstance(error, httpx.TimeoutException):
        return PassingError(url, "bytes without a long silence", type(error).__name__)
    if _has_cause(error, ssl.SSLCertVerificationError):
        hint = "If a proxy of your network signs it, name its certificate in SSL_CERT_FILE."
        return FetchError(url, "a certificate that this computer trusts", got, hint)
    if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError):
        return PassingError(url, "a whole answer", got)
    hint = _PROXY if isinstance(error, httpx.ProxyError) else LOOK
    return FetchError(url, "an answer", got, hint)


def _has_cause(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None


def _retry_after(value: str) -> float | None:
    if NUMBER.fullmatch(value.strip()):
        return float(value)
    date = _http_date(value)
    return max(0.0, (date - datetime.now(UTC)).total_seconds()) if date else None


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
