"""One file over real HTTP, from a server that misbehaves: what was there before stays as it was."""

from __future__ import annotations

import errno
import gzip
import hashlib
import json
import os
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.download import ATTEMPTS, Download, FetchError, Validators, download
from tests.pipelines.misbehaving_server import (
    Answer,
    Request,
    Server,
    loopback_client,
    ranged,
    serving,
)

BEFORE = b"month,deaths\n2024-01,99\n"
BODY = b"month,deaths\n" + b"".join(b"2025-%02d,%d\n" % (m, 10 * m) for m in range(1, 13))
HALF = len(BODY) // 2


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.requests.clear()
    return running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "deaths.csv"
    path.write_bytes(BEFORE)
    return path


class Waits(list[float]):
    """Takes the place of sleeping, and remembers how long it would have been."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def get(url: str, target: Path, waits: Waits | None = None, **options: Any) -> Download:
    settings: dict[str, Any] = {"max_bytes": 10_000, "media_types": ("text/csv",)} | options
    with loopback_client(settings.pop("read", 5.0)) as client:
        return download(
            client, url, target, wait=waits if waits is not None else Waits(), **settings
        )


def refused(url: str, target: Path, waits: Waits | None = None, **options: Any) -> str:
    """Have a download fail, and give its message; what was there before must be there still."""
    with pytest.raises(FetchError) as caught:
        get(url, target, waits, **options)
    assert target.read_bytes() == BEFORE
    message = str(caught.value)
    # Where, what was expected, what came, and what to do.
    assert message.startswith(url)
    assert ": expected " in message
    assert "; got " in message
    assert message.endswith(".")
    return message


def leftovers(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path != target)


def test_a_file_comes_whole_with_what_to_ask_with_next_time(server: Server, target: Path) -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Wed, 01 Oct 2025 10:00:00 GMT"}
    url = server.on("/a", Answer(BODY, media_type="text/csv; charset=utf-8", headers=headers))
    seen: list[tuple[int, int | None]] = []
    got = get(url, target, on_progress=lambda done, total: seen.append((done, total)))
    assert target.read_bytes() == BODY
    assert got == Download(
        target,
        hashlib.sha256(BODY).hexdigest(),
        len(BODY),
        Validators('"v1"', "Wed, 01 Oct 2025 10:00:00 GMT"),
        url,
        "text/csv",
    )
    assert seen[-1] == (len(BODY), len(BODY))
    assert leftovers(target) == []
    assert "if-none-match" not in server.requests[0].headers


def test_304_leaves_everything_as_it_is(server: Server, target: Path) -> None:
    known = Validators('"v1"', "Wed, 01 Oct 2025 10:00:00 GMT")
    url = server.on("/a", ranged(BODY, '"v1"'))
    got = get(url, target, known=known)
    assert got == Download(None, "", 0, known, url, "")
    assert target.read_bytes() == BEFORE
    sent = server.requests[0].headers
    assert sent["if-none-match"] == '"v1"'
    assert sent["if-modified-since"] == "Wed, 01 Oct 2025 10:00:00 GMT"


def test_304_that_nobody_asked_for_is_refused(server: Server, target: Path) -> None:
    assert "got HTTP 304" in refused(server.on("/a", Answer(status=304)), target)


@pytest.mark.parametrize(
    ("status", "advice"),
    [(404, "if it moved, mend [fetch]"), (403, "asks for a key"), (401, "asks for a key")],
)
def test_what_cannot_pass_is_asked_once(
    server: Server, target: Path, status: int, advice: str
) -> None:
    waits = Waits()
    message = refused(server.on("/a", Answer(b"no", status, "text/html")), target, waits)
    assert f"got HTTP {status}" in message
    assert advice in message
    assert (len(server.requests), waits) == (1, [])


def test_500_twice_then_fine(server: Server, target: Path) -> None:
    waits = Waits()
    url = server.on("/a", Answer(b"", 500), Answer(b"", 502), Answer(BODY))
    get(url, target, waits)
    assert target.read_bytes() == BODY
    assert 1 <= waits[0] <= 2
    assert 2 <= waits[1] <= 3


def test_500_without_end_gives_up(server: Server, target: Path) -> None:
    message = refused(server.on("/a", Answer(b"", 500)), target)
    assert len(server.requests) == ATTEMPTS
    assert "HTTP 500 Internal Server Error, at attempt 5 of 5" in message
    assert "run fetch again later" in message


def test_retry_after_in_seconds_is_obeyed(server: Server, target: Path) -> None:
    waits = Waits()
    busy = Answer(b"", 429, headers={"Retry-After": "7"})
    get(server.on("/a", busy, Answer(BODY)), target, waits)
    assert target.read_bytes() == BODY
    assert waits == [7.0]


def test_retry_after_as_a_date_is_obeyed(server: Server, target: Path) -> None:
    waits = Waits()
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    get(
        server.on("/a", Answer(b"", 503, headers={"Retry-After": date}), Answer(BODY)),
        target,
        waits,
    )
    assert 25 <= waits[0] <= 30


@pytest.mark.parametrize(
    "value", ["Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 -0000", "0"]
)
def test_retry_after_that_is_over_means_now(server: Server, target: Path, value: str) -> None:
    waits = Waits()
    get(
        server.on("/a", Answer(b"", 429, headers={"Retry-After": value}), Answer(BODY)),
        target,
        waits,
    )
    assert waits == [0.0]


@pytest.mark.parametrize("value", ["soon", "-5", "1e9", "", "9" * 400])
def test_retry_after_that_means_nothing_is_passed_over(
    server: Server, target: Path, value: str
) -> None:
    waits = Waits()
    get(
        server.on("/a", Answer(b"", 429, headers={"Retry-After": value}), Answer(BODY)),
        target,
        waits,
    )
    assert 1 <= waits[0] <= 2


def test_retry_after_beyond_a_minute_gives_up_and_says_so(server: Server, target: Path) -> None:
    waits = Waits()
    busy = Answer(b"", 429, headers={"Retry-After": "3600"})
    message = refused(server.on("/a", busy), target, waits)
    assert "the wish to wait 3,600 s, more than 60 s" in message
    assert (len(server.requests), waits) == (1, [])


def test_a_wait_beyond_the_deadline_is_not_begun(server: Server, target: Path) -> None:
    waits = Waits()
    busy = Answer(b"", 429, headers={"Retry-After": "50"})
    refused(server.on("/a", busy), target, waits, deadline=40.0)
    assert (len(server.requests), waits) == (1, [])


def test_a_redirect_is_followed(server: Server, target: Path) -> None:
    url = server.on("/old", Answer(status=302, headers={"Location": "/new?x=1"}))
    server.on("/new", Answer(BODY))
    got = get(url, target, known=Validators('"v0"'))
    assert got.final_url == server.url + "/new?x=1"
    assert target.read_bytes() == BODY
    assert server.requests[1].headers["if-none-match"] == '"v0"'


def test_redirects_in_a_circle_end(server: Server, target: Path) -> None:
    url = server.on("/round", Answer(status=301, headers={"Location": "/round"}))
    assert "at most 5 redirects" in refused(url, target)
    assert len(server.requests) == 6


@pytest.mark.parametrize("to", ["file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://x/"])
def test_a_redirect_leaves_the_web_never(server: Server, target: Path, to: str) -> None:
    url = server.on("/a", Answer(status=302, headers={"Location": to}))
    message = refused(url, target)
    assert "expected an http or https address" in message
    assert to.partition("/")[0] in message


def test_a_redirect_never_goes_from_https_to_http(tmp_path: Path) -> None:
    # Loopback has no certificate, so that the transport stands in for it here.
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.scheme == "https", "the plain address was asked"
        return httpx.Response(302, headers={"Location": "http://example.org/a"})

    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as client,
        pytest.raises(FetchError, match="expected an https address"),
    ):
        download(client, "https://example.org/a", tmp_path / "a", max_bytes=10)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "nonsense", "http://", "http://\x01/"])
def test_an_address_that_is_none_is_refused(target: Path, url: str) -> None:
    with pytest.raises(FetchError, match="expected an"):
        get(url, target)
    assert target.read_bytes() == BEFORE


def test_a_body_cut_short_is_resumed(server: Server, target: Path) -> None:
    cut = Answer(BODY, headers={"ETag": '"v1"'}, cut=HALF)
    url = server.on("/a", cut, ranged(BODY, '"v1"'))
    get(url, target)
    assert target.read_bytes() == BODY
    sent = server.requests[1].headers
    assert (sent["range"], sent["if-range"]) == (f"bytes={HALF}-", '"v1"')
    assert leftovers(target) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": 'W/"v1"'},
        {"ETag": 'W/"v1"', "Last-Modified": "Wed, 01 Oct 2025 10:00:00 GMT"},
        {"Last-Modified": "now"},
        {"Last-Modified": "Wed, 01 Oct 2098 10:00:00 GMT"},
    ],
)
def test_a_body_cut_short_that_names_no_version_begins_anew(
    server: Server, target: Path, headers: dict[str, str]
) -> None:
    url = server.on("/a", Answer(BODY, headers=headers, cut=HALF), Answer(BODY))
    get(url, target)
    assert target.read_bytes() == BODY
    assert "range" not in server.requests[1].headers


def test_a_version_may_be_named_by_its_date(server: Server, target: Path) -> None:
    headers = {"Last-Modified": "Wed, 01 Oct 2025 10:00:00 GMT"}
    rest = {"Content-Range": f"bytes {HALF}-{len(BODY) - 1}/{len(BODY)}"}
    url = server.on(
        "/a", Answer(BODY, headers=headers, cut=HALF), Answer(BODY[HALF:], 206, headers=rest)
    )
    get(url, target)
    assert target.read_bytes() == BODY
    assert server.requests[1].headers["if-range"] == headers["Last-Modified"]


def test_a_chunked_body_cut_short_is_no_file(server: Server, target: Path) -> None:
    url = server.on("/a", Answer(BODY, chunked=True, cut=HALF))
    assert "expected a whole answer" in refused(url, target)
    assert len(server.requests) == ATTEMPTS


def test_a_kept_part_is_resumed_by_the_next_run(server: Server, target: Path) -> None:
    url = server.on("/a", Answer(BODY, headers={"ETag": '"v1"'}, cut=HALF), Answer(b"", 404))
    refused(url, target)
    assert leftovers(target) == ["deaths.csv.part", "deaths.csv.part.json"]
    server.on("/a", ranged(BODY, '"v1"'))
    seen: list[int] = []
    get(url, target, on_progress=lambda done, total: seen.append(done))
    assert target.read_bytes() == BODY
    assert seen[0] > HALF


def test_a_kept_part_of_another_version_is_not_joined_on(server: Server, target: Path) -> None:
    url = server.on("/a", Answer(b"x" * 900, headers={"ETag": '"v1"'}, cut=100), Answer(b"", 404))
    refused(url, target)
    server.on("/a", ranged(BODY, '"v2"'))
    get(url, target)
    assert target.read_bytes() == BODY


def test_a_server_that_heeds_range_but_not_if_range_is_seen_through(
    server: Server, target: Path
) -> None:
    def careless(request: Request) -> Answer:
        if "range" not in request.headers:
            return Answer(BODY, headers={"ETag": '"v2"'})
        rest = {"ETag": '"v2"', "Content-Range": f"bytes 100-{len(BODY) - 1}/{len(BODY)}"}
        return Answer(BODY[100:], 206, headers=rest)

    first = Answer(b"x" * 900, headers={"ETag": '"v1"'}, cut=100)
    get(server.on("/a", first, careless), target)
    assert target.read_bytes() == BODY


def test_a_new_version_without_a_name_makes_the_old_part_forgotten(
    server: Server, target: Path
) -> None:
    first = Answer(b"x" * 900, headers={"ETag": '"v1"'}, cut=100)
    get(server.on("/a", first, Answer(BODY, cut=HALF), Answer(BODY)), target)
    assert target.read_bytes() == BODY
    assert ["range" in request.headers for request in server.requests] == [False, True, False]


def test_a_rest_that_comes_in_pieces_is_put_together(server: Server, target: Path) -> None:
    etag = {"ETag": '"v1"'}
    piece = etag | {"Content-Range": f"bytes 100-119/{len(BODY)}"}
    url = server.on(
        "/a",
        Answer(BODY, headers=etag, cut=100),
        Answer(BODY[100:120], 206, headers=piece),
        ranged(BODY, '"v1"'),
    )
    get(url, target)
    assert target.read_bytes() == BODY
    assert server.requests[-1].headers["range"] == "bytes=120-"


@pytest.mark.parametrize(
    "sent", ["", "bytes 0-99/900", "bytes 50-899/900", "lines 100-200/900", "bytes 100-x/900"]
)
def test_the_wrong_rest_is_not_joined_on(server: Server, target: Path, sent: str) -> None:
    first = Answer(b"x" * 900, headers={"ETag": '"v1"'}, cut=100)
    wrong = Answer(b"y" * 800, 206, headers={"ETag": '"v1"', "Content-Range": sent})
    get(server.on("/a", first, wrong, Answer(BODY)), target)
    assert target.read_bytes() == BODY


def test_a_part_as_long_as_the_file_begins_anew(server: Server, target: Path) -> None:
    target.with_name("deaths.csv.part").write_bytes(b"x" * len(BODY))
    url = server.on("/a", ranged(BODY, '"v1"'))
    note = json.dumps({"url": url, "tag": '"v1"'})
    target.with_name("deaths.csv.part.json").write_text(note)
    get(url, target)
    assert target.read_bytes() == BODY


@pytest.mark.parametrize(
    "note",
    ["", "{", "[]", "null", '{"url": "http://other/", "tag": "x"}', '{"tag": 1}', "[" * 9999],
)
def test_a_part_whose_note_is_damaged_begins_anew(server: Server, target: Path, note: str) -> None:
    target.with_name("deaths.csv.part").write_bytes(b"xxx")
    target.with_name("deaths.csv.part.json").write_text(note)
    get(server.on("/a", ranged(BODY, '"v1"')), target)
    assert target.read_bytes() == BODY
    assert "range" not in server.requests[0].headers


def test_a_body_that_stalls_is_resumed(server: Server, target: Path) -> None:
    stalled = Answer(BODY, headers={"ETag": '"v1"'}, cut=HALF, stall=True)
    get(server.on("/a", stalled, ranged(BODY, '"v1"')), target, read=0.1)
    assert target.read_bytes() == BODY


def test_a_body_that_never_comes_gives_up(server: Server, target: Path) -> None:
    url = server.on("/a", Answer(BODY, cut=3, stall=True))
    assert "bytes without a long silence; got ReadTimeout" in refused(url, target, read=0.02)


def test_a_slow_body_ends_at_the_deadline_and_is_kept(server: Server, target: Path) -> None:
    url = server.on("/a", Answer(BODY, headers={"ETag": '"v1"'}, drip=0.01))
    message = refused(url, target, deadline=0.15)
    assert "expected the file in time" in message
    assert "What came is kept" in message
    assert leftovers(target) == ["deaths.csv.part", "deaths.csv.part.json"]
    server.on("/a", ranged(BODY, '"v1"'))
    get(url, target)
    assert target.read_bytes() == BODY


def test_ctrl_c_keeps_what_came(server: Server, target: Path) -> None:
    def stop(done: int, total: int | None) -> None:
        if done >= HALF:
            raise KeyboardInterrupt

    url = server.on("/a", Answer(BODY, headers={"ETag": '"v1"'}, drip=0.0001))
    with pytest.raises(KeyboardInterrupt):
        get(url, target, on_progress=stop)
    assert target.read_bytes() == BEFORE
    server.on("/a", ranged(BODY, '"v1"'))
    get(url, target)
    assert target.read_bytes() == BODY
    assert int(server.requests[-1].headers["range"][6:-1]) >= HALF


def test_nobody_listens(target: Path) -> None:
    with serving() as server:
        url = server.url + "/a"
    waits = Waits()
    assert "Connection refused" in refused(url, target, waits)
    assert len(waits) == ATTEMPTS - 1


PAGE = b"<!DOCTYPE html><html><title>Down for maintenance</title></html>"


def test_a_web_page_is_refused_by_its_type(server: Server, target: Path) -> None:
    message = refused(server.on("/a", Answer(PAGE, media_type="text/html; charset=utf-8")), target)
    assert "expected content of type text/csv; got 'text/html'" in message
    assert leftovers(target) == []


@pytest.mark.parametrize(
    "page",
    [
        PAGE,
        b"\xef\xbb\xbf \r\n<HTML><body>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html>',
        b"<!-- a\nb --><html>",
    ],
)
@pytest.mark.parametrize("media_type", ["text/csv", ""])
def test_a_web_page_is_refused_by_its_first_bytes(
    server: Server, target: Path, page: bytes, media_type: str
) -> None:
    message = refused(server.on("/a", Answer(page, media_type=media_type)), target)
    assert "expected data; got a web page" in message
    assert leftovers(target) == []


def test_an_empty_file_is_refused(server: Server, target: Path) -> None:
    assert "expected a file; got an empty one" in refused(server.on("/a", Answer()), target)


def test_a_declared_size_above_the_limit_is_refused_unread(server: Server, target: Path) -> None:
    url = server.on("/a", Answer(b"x", headers={"Content-Length": "99999999999"}, cut=1))
    message = refused(url, target)
    assert "expected at most 10,000 bytes; got 99,999,999,999" in message
    assert "`max_bytes`" in message
    assert leftovers(target) == []


def test_an_undeclared_size_above_the_limit_is_refused(server: Server, target: Path) -> None:
    url = server.on("/a", Answer(b"x" * 5_000_000, chunked=True))
    seen = [0]
    message = refused(url, target, on_progress=lambda done, total: seen.append(done))
    assert "expected at most 10,000 bytes" in message
    assert max(seen) <= 10_000
    assert leftovers(target) == []


def test_a_file_of_just_the_limit_passes(server: Server, target: Path) -> None:
    get(server.on("/a", Answer(b"x" * 10_000)), target)
    assert target.stat().st_size == 10_000


def test_bytes_are_asked_for_unpacked_and_packed_ones_are_read(
    server: Server, target: Path
) -> None:
    packed = gzip.compress(BODY)
    url = server.on("/a", Answer(packed, headers={"Content-Encoding": "gzip"}))
    assert get(url, target).size == len(BODY)
    assert target.read_bytes() == BODY
    assert server.requests[0].headers["accept-encoding"] == "identity"
    assert leftovers(target) == []


@pytest.mark.parametrize(
    ("body", "encoding", "says"),
    [
        (gzip.compress(b"0" * 1_000_000), "gzip", "expected at most 10,000 bytes"),
        (gzip.compress(BODY)[:-9], "gzip", "expected whole gzip content"),
        (BODY, "gzip", "expected whole gzip content"),
        (BODY, "br", "encoding 'br'"),
    ],
    ids=["too large", "cut short", "not packed", "unknown"],
)
def test_content_that_cannot_be_unpacked_is_refused(
    server: Server, target: Path, body: bytes, encoding: str, says: str
) -> None:
    url = server.on("/a", Answer(body, headers={"Content-Encoding": encoding}))
    assert says in refused(url, target)
    assert leftovers(target) == []


def test_control_characters_of_a_header_are_not_repeated(server: Server, target: Path) -> None:
    url = server.on("/a", Answer(BODY, media_type="te\u00a0xt/" + "x" * 5000))
    message = refused(url, target)
    assert "\u00a0" not in message
    assert len(message) < 400


def test_an_unwritable_folder_leaves_what_was_there(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file, not a folder")
    url = server.on("/a", Answer(BODY))
    with pytest.raises(OSError, match="a"):
        get(url, tmp_path / "a" / "deaths.csv")
    assert (tmp_path / "a").read_text() == "a file, not a folder"


def test_a_full_disk_leaves_what_was_there(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pipelines.transfer.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        get(server.on("/a", Answer(BODY)), target)
    assert target.read_bytes() == BEFORE


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (httpx.ConnectError("self-signed certificate"), "name its certificate in SSL_CERT_FILE"),
        (httpx.ProxyError("407 Proxy Authentication Required"), "what HTTPS_PROXY should be"),
    ],
)
def test_a_network_that_does_not_let_through_is_asked_once(
    tmp_path: Path, error: httpx.TransportError, says: str
) -> None:
    # Loopback has neither certificates nor a proxy, so that the transport stands in here.
    asked: list[httpx.Request] = []

    def fail(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        cause = ssl.SSLCertVerificationError() if isinstance(error, httpx.ConnectError) else None
        raise error from cause

    with (
        httpx.Client(transport=httpx.MockTransport(fail)) as client,
        pytest.raises(FetchError, match=says),
    ):
        download(client, "https://example.org/a", tmp_path / "a", max_bytes=10)
    assert len(asked) == 1


def test_packed_content_never_fills_the_disk(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(
        "pipelines.transfer.os.fsync", lambda number: sizes.append(os.fstat(number).st_size)
    )
    packed = gzip.compress(b"0" * 20_000_000)
    url = server.on("/a", Answer(packed, headers={"Content-Encoding": "gzip"}))
    assert "at most 100,000 bytes" in refused(url, target, max_bytes=100_000)
    assert max(sizes) < 2_000_000
