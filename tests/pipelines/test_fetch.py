"""Fetching several sources: what happens to one is told, and never touches another."""

from __future__ import annotations

import errno
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pipelines.archive import extract_member
from pipelines.declaration import SOURCES, Fetch, Source, load_source
from pipelines.download import Validators
from pipelines.errors import PipelineError, SourceFileError
from pipelines.fetch import (
    Outcome,
    exit_status,
    fetch_sources,
    file_name,
    new_client,
    select,
    show,
)
from pipelines.store import Kept, Store
from tests.pipelines.misbehaving_server import Answer, Server, loopback_client, ranged, serving

BODY = b"month,deaths\n2025-01,10\n"
DECLARED = load_source(SOURCES / "toronto_shelter_system_flow.toml")


@dataclass
class FakeStore(Store):
    """Stands in for the store: remembers what it was given, and refuses what it is told to."""

    validators: dict[str, tuple[Validators | None, ...]] = field(default_factory=dict)
    check: Callable[[list[Path]], object] = lambda files: None
    contents: dict[str, list[bytes]] = field(default_factory=dict)
    given: list[dict[str, Any]] = field(default_factory=list)

    def known(self, source_id: str) -> tuple[Validators | None, ...]:
        return self.validators.get(source_id, ())

    def keep(
        self,
        source: Source,
        files: list[Path],
        *,
        url: str,
        validators: tuple[Validators, ...],
        fetched_at: datetime,
        layout: str | None = None,
        published: str | None = None,
    ) -> Kept:
        self.check(files)
        contents = [file.read_bytes() for file in files]
        names = [file.name for file in files]
        self.given.append(
            {"names": names, "url": url, "validators": validators, "fetched_at": fetched_at}
        )
        same = self.contents.get(source.source_id) == contents
        self.contents[source.source_id] = contents
        return Kept("unchanged" if same else "new", "2025-10", 1)


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.requests.clear()
    return running


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    return tmp_path / ".incoming"


def source(source_id: str, *urls: str, kind: str = "file", **fetch: Any) -> Source:
    declared = Fetch(kind, urls, **({"max_bytes": 1_000_000} | fetch))
    return replace(DECLARED, source_id=source_id, fetch=declared)


def run(incoming: Path, store: FakeStore, *sources: Source) -> list[Outcome]:
    console = Console(file=io.StringIO(), width=200)
    store.root = incoming.parent
    with loopback_client() as client:
        return fetch_sources(list(sources), store, client, console, wait=lambda seconds: None)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_new_release_is_kept(server: Server, incoming: Path) -> None:
    headers = {"ETag": '"v1"', "Last-Modified": "Wed, 01 Oct 2025 10:00:00 GMT"}
    url = server.on("/deaths.csv", Answer(BODY, headers=headers))
    store = FakeStore()
    before = datetime.now(UTC)
    outcomes = run(incoming, store, source("deaths", url))
    assert outcomes == [Outcome("deaths", "new", "2025-10", 1, len(BODY))]
    assert exit_status(outcomes) == 0
    (given,) = store.given
    assert given["names"] == ["deaths.csv"]
    assert given["url"] == url
    assert given["validators"] == (Validators('"v1"', headers["Last-Modified"]),)
    assert before <= given["fetched_at"] <= datetime.now(UTC)
    assert files_in(incoming) == []


def test_what_the_publisher_did_not_change_is_not_kept_again(
    server: Server, incoming: Path
) -> None:
    url = server.on("/deaths.csv", ranged(BODY, '"v1"'))
    store = FakeStore({"deaths": (Validators('"v1"'),)})
    (outcome,) = run(incoming, store, source("deaths", url))
    assert (outcome.result, outcome.message) == ("unchanged", "The publisher says: not modified.")
    assert store.given == []


def test_the_same_content_under_a_new_date_is_no_release(server: Server, incoming: Path) -> None:
    url = server.on("/deaths.csv", Answer(BODY))
    store = FakeStore(contents={"deaths": [BODY]})
    (outcome,) = run(incoming, store, source("deaths", url))
    assert (outcome.result, outcome.release_id) == ("unchanged", "2025-10")
    assert files_in(incoming) == []


def test_a_source_without_an_address_is_skipped(incoming: Path) -> None:
    (outcome,) = run(incoming, FakeStore(), replace(DECLARED, fetch=None))
    assert outcome.result == "skipped"
    assert DECLARED.landing_url in outcome.message
    assert exit_status([outcome]) == 0


def test_a_source_that_asks_to_be_named_is_skipped_unless_it_is(
    server: Server, incoming: Path
) -> None:
    url = server.on("/large.csv", Answer(BODY))
    large = source("large", url, only_if_named="it is large")
    store = FakeStore()
    store.root = incoming.parent
    console = Console(file=io.StringIO())
    with loopback_client() as client:
        (left,) = fetch_sources([large], store, client, console, named=False)
        (taken,) = fetch_sources([large], store, client, console)
    assert (left.result, left.message) == ("skipped", "Fetched only when named: it is large")
    assert taken.result == "new"


def raising(error: BaseException) -> Callable[[list[Path]], object]:
    def check(files: list[Path]) -> None:
        if "bad" in files[0].name:
            raise error

    return check


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (SourceFileError("bad.csv", "columns 'a'", "instead 'b'", 1), "expected columns 'a'"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (ValueError("a mistake of ours"), "A fault in this program: ValueError: a mistake of ours"),
    ],
)
def test_files_that_cannot_be_kept_stop_nothing_else(
    server: Server, incoming: Path, error: Exception, says: str
) -> None:
    bad, good = server.on("/bad.csv", Answer(BODY)), server.on("/good.csv", Answer(BODY))
    store = FakeStore(check=raising(error), contents={"b_bad": [b"before"]})
    sources = source("a_good", good), source("b_bad", bad), source("c_good", good)
    outcomes = run(incoming, store, *sources)
    assert [outcome.result for outcome in outcomes] == ["new", "failed", "new"]
    assert says in outcomes[1].message
    assert ("A fault in this program" in outcomes[1].message) == isinstance(error, ValueError)
    assert exit_status(outcomes) == 1
    assert store.contents == {"a_good": [BODY], "b_bad": [b"before"], "c_good": [BODY]}
    # What the store refused, it has set aside; anything else leaves the only bytes here.
    refused = isinstance(error, PipelineError)
    assert files_in(incoming) == ([] if refused else ["b_bad/bad.csv"])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(b"", 404), "HTTP 404"),
        (Answer(b"", 500), "HTTP 500"),
        (Answer(b"", 429, headers={"Retry-After": "900"}), "wish to wait 900 s"),
        (Answer(BODY, cut=5), "expected a whole answer"),
        (Answer(b"<!doctype html>", media_type="text/html"), "content of type text/csv"),
        (Answer(b"<!doctype html>"), "got a web page"),
        (Answer(b"x" * 1_000_001), "at most 1,000,000 bytes"),
    ],
)
def test_a_server_that_misbehaves_stops_nothing_else(
    server: Server, incoming: Path, answer: Answer, says: str
) -> None:
    bad, good = server.on("/bad.csv", answer), server.on("/good.csv", Answer(BODY))
    store = FakeStore(contents={"b_bad": [b"before"]})
    outcomes = run(incoming, store, source("b_bad", bad), source("c_good", good))
    assert [outcome.result for outcome in outcomes] == ["failed", "new"]
    assert outcomes[0].message.startswith(f"{bad}: expected ")
    assert says in outcomes[0].message
    assert store.contents == {"b_bad": [b"before"], "c_good": [BODY]}


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"bad.csv": b"\0" * 20_000_000}, "as a zip bomb is"),
        ({"bad.csv": BODY, "../../escaped.csv": b"evil"}, "which leads outside it"),
    ],
)
def test_an_evil_archive_is_refused_when_it_is_read(
    server: Server, incoming: Path, members: dict[str, bytes], says: str
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, body in members.items():
            opened.writestr(name, body)
    url = server.on("/bad.zip", Answer(packed.getvalue(), media_type="application/zip"))
    target = incoming.parent / "bad.csv"
    target.write_bytes(b"before")
    store = FakeStore(check=lambda files: extract_member(files[0], "bad.csv", target, 10**8))
    (outcome,) = run(incoming, store, source("bad", url, media_types=("application/zip",)))
    assert outcome.result == "failed"
    assert says in outcome.message
    assert target.read_bytes() == b"before"
    assert files_in(incoming.parent) == ["bad.csv"]


def test_the_next_run_goes_on_where_the_last_one_broke_off(server: Server, incoming: Path) -> None:
    broken = Answer(BODY, headers={"ETag": '"v1"'}, cut=10)
    declared = source("deaths", server.on("/deaths.csv", broken, Answer(b"", 404)))
    store = FakeStore()
    assert run(incoming, store, declared)[0].result == "failed"
    server.on("/deaths.csv", ranged(BODY, '"v1"'))
    assert run(incoming, store, declared)[0].result == "new"
    assert server.requests[-1].headers["range"] == "bytes=10-"
    assert store.contents == {"deaths": [BODY]}
    assert files_in(incoming) == []


def two_parts(server: Server) -> Source:
    urls = (
        server.on("/1/x.csv", ranged(b"a\n1\n", '"1"')),
        server.on("/2/x.csv", ranged(b"a\n2\n", '"2"')),
    )
    return source("parts", *urls)


def test_all_parts_not_modified_is_unchanged(server: Server, incoming: Path) -> None:
    store = FakeStore({"parts": (Validators('"1"'), Validators('"2"'))})
    (outcome,) = run(incoming, store, two_parts(server))
    assert (outcome.result, len(server.requests)) == ("unchanged", 2)


@pytest.mark.parametrize(
    ("known", "requests"),
    [
        ((Validators('"1"'), Validators('"old"')), 3),
        ((Validators('"old"'), Validators('"2"')), 3),
        ((None, None), 2),
        ((Validators('"1"'),), 2),
        ((), 2),
    ],
)
def test_a_release_holds_every_part(
    server: Server, incoming: Path, known: tuple[Validators | None, ...], requests: int
) -> None:
    store = FakeStore({"parts": known})
    (outcome,) = run(incoming, store, two_parts(server))
    assert (outcome.result, outcome.size) == ("new", 8)
    assert store.contents == {"parts": [b"a\n1\n", b"a\n2\n"]}
    (given,) = store.given
    assert given["names"] == ["01-x.csv", "02-x.csv"]
    assert given["validators"] == (Validators('"1"'), Validators('"2"'))
    assert given["url"] == f"{server.url}/1/x.csv {server.url}/2/x.csv"
    assert len(server.requests) == requests


def test_one_part_that_fails_keeps_none(server: Server, incoming: Path) -> None:
    declared = two_parts(server)
    server.on("/2/x.csv", Answer(b"", 404))
    store = FakeStore()
    (outcome,) = run(incoming, store, declared)
    assert outcome.result == "failed"
    assert store.given == []


def as_json(data: object) -> Answer:
    return Answer(json.dumps(data).encode(), media_type="application/json")


def test_portals_are_asked_in_their_own_ways(server: Server, incoming: Path) -> None:
    resources = [{"id": "r", "name": "Deaths", "datastore_active": True}]
    server.on(
        "/api/3/action/package_show", as_json({"success": True, "result": {"resources": resources}})
    )
    table = {"fields": [{"id": "_id"}], "records": [{"_id": 1}], "total": 1}
    server.on("/api/3/action/datastore_search", as_json({"success": True, "result": table}))
    server.on("/resource/abcd-1234.json", as_json([{"total": "1"}]))
    server.on("/resource/abcd-1234.csv", Answer(b"a\n1\n"))
    server.on("/layer/0", as_json({"objectIdField": "a"}))
    layer = {"fields": [{"name": "a"}], "features": [{"attributes": {"a": 1}}], "count": 1}
    server.on("/layer/0/query", as_json(layer))
    store = FakeStore()
    outcomes = run(
        incoming,
        store,
        source("a", server.url, kind="ckan", dataset="deaths", resource="Deaths"),
        source("b", server.url, kind="socrata", dataset="abcd-1234"),
        source("c", f"{server.url}/layer/0", kind="arcgis"),
    )
    assert [outcome.result for outcome in outcomes] == ["new", "new", "new"]
    assert outcomes[0].message == "Put together from 1 page."
    assert store.contents == {"a": [b"_id\n1\n"], "b": [b"a\n1\n"], "c": [b"a\n1\n"]}
    assert [given["names"] for given in store.given] == [["a.csv"], ["b.csv"], ["c.csv"]]
    assert store.given[0]["url"].startswith(f"{server.url}/api/3/action/datastore_search?")
    assert store.given[0]["validators"] == (Validators(),)


def test_ctrl_c_keeps_what_is_done_and_skips_the_rest(server: Server, incoming: Path) -> None:
    bad, good = server.on("/bad.csv", Answer(BODY)), server.on("/good.csv", Answer(BODY))
    store = FakeStore(check=raising(KeyboardInterrupt()))
    sources = source("a", good), source("b", bad), source("c", good), source("d", good)
    outcomes = run(incoming, store, *sources)
    assert [outcome.result for outcome in outcomes] == ["new", "failed", "skipped", "skipped"]
    assert "Stopped by you" in outcomes[1].message
    assert store.contents == {"a": [BODY]}
    assert exit_status(outcomes) == 1


def test_sources_are_chosen_by_id() -> None:
    a, b = replace(DECLARED, source_id="a"), replace(DECLARED, source_id="b")
    assert select([a, b], []) == [a, b]
    assert select([a, b], ["b", "b"]) == [b]
    with pytest.raises(PipelineError, match="expected sources among a, b; got c"):
        select([a, b], ["c", "a"])


def test_the_table_says_what_happened_and_reads_no_markup() -> None:
    outcomes = [
        Outcome("a", "new", "2025-10", 12345, 2_340_000),
        Outcome("b", "failed", message="got '[red]x[/nothing]'."),
        Outcome("c", "skipped", message="No address."),
    ]
    text = io.StringIO()
    Console(file=text, width=120).print(show(outcomes))
    for part in ("2025-10", "12,345", "2.3 MB", "failed", "got '[red]x[/nothing]'.", "No address."):
        assert part in text.getvalue()


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x.org/a/13100001-eng.zip?x=/y.csv", "13100001-eng.zip"),
        ("https://x.org/Deaths%20of%20Residents.csv.gz", "Deaths-of-Residents.csv.gz"),
        ("https://x.org/..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("https://x.org/%2e%2e", "otherwise"),
        ("https://x.org/", "otherwise"),
        ("https://x.org/a%00%1b.csv", "a-.csv"),
        ("https://x.org/" + "a" * 300 + ".csv", "a" * 96 + ".csv"),
    ],
)
def test_a_file_gets_a_safe_name_with_its_ending(url: str, name: str) -> None:
    assert file_name(url, "otherwise") == name


def test_a_client_has_limits_and_heeds_the_proxy(
    server: Server, incoming: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("/deaths.csv", Answer(BODY))
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", server.url)
    declared = source("deaths", "http://publisher.invalid/deaths.csv")
    with new_client() as client:
        assert client.timeout.as_dict() == {"connect": 20, "read": 60, "write": 60, "pool": 60}
        console = Console(file=io.StringIO())
        store = FakeStore()
        store.root = incoming.parent
        (outcome,) = fetch_sources([declared], store, client, console)
    assert outcome.result == "new"
    assert server.requests[0].headers["host"] == "publisher.invalid"
    assert server.requests[0].headers["user-agent"] == "overdose-atlas"
