"""Tables that portals serve in pages come whole, or not at all."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.download import FetchError
from pipelines.portals import Assembled, Limits, arcgis_csv, ckan_csv, socrata_csv
from tests.pipelines.misbehaving_server import Answer, Request, Server, loopback_client, serving

BEFORE = b"what was there before"
LIMITS = Limits(100_000, wait=lambda seconds: None)
FIELDS = ["_id", 'Zürich, "x"', "rate", "open"]
RECORDS: list[list[Any]] = [
    [1, "a,b", "@1.10", True],
    [2, 'say "hi"\nthere', "@1e5", False],
    [3, None, "@100000000000000000000.25", None],
    [5, "", "@0", True],
    [8, "é", "@-3", False],
]
WRITTEN = [
    FIELDS,
    ["1", "a,b", "1.10", "true"],
    ["2", 'say "hi"\nthere', "1e5", "false"],
    ["3", "", "100000000000000000000.25", ""],
    ["5", "", "0", "true"],
    ["8", "é", "-3", "false"],
]


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
    path = tmp_path / "table.csv"
    path.write_bytes(BEFORE)
    return path


def as_json(data: object) -> Answer:
    """Answer with JSON; a text that begins with @ is sent as the number after it."""
    text = json.dumps(data)
    for record in RECORDS:
        text = text.replace(f'"{record[2]}"', str(record[2])[1:])
    return Answer(text.encode(), media_type="application/json;charset=utf-8")


def ckan(server: Server, **change: Any) -> Callable[..., Assembled]:
    """Set up a datastore that gives two rows at most whatever it is asked for."""
    resources = [
        {"id": "id-1", "name": "Deaths", "datastore_active": True},
        {"id": "id-2", "name": "Deaths.csv", "datastore_active": False},
        {"id": "id-3", "name": "Twice", "datastore_active": True},
        {"id": "id-4", "name": "Twice", "datastore_active": True},
    ]
    package = {"success": True, "result": {"resources": resources}}
    server.on("/api/3/action/package_show", change.get("package", as_json(package)))

    def search(request: Request) -> Answer:
        assert (request.query["resource_id"], request.query["sort"]) == ("id-1", "_id")
        offset, limit = int(request.query.get("offset", 0)), int(request.query["limit"])
        rows = RECORDS[offset : offset + min(limit, 2)]
        result: dict[str, Any] = {
            "fields": [{"id": name, "type": "text"} for name in FIELDS],
            "records": [dict(zip(FIELDS, row, strict=True)) for row in rows],
            "total": len(RECORDS),
        }
        return as_json({"success": True, "result": change.get("mend", same)(result, offset)})

    server.on("/api/3/action/datastore_search", change.get("search", search))

    def run(target: Path, resource: str = "Deaths", limits: Limits = LIMITS) -> Assembled:
        with loopback_client() as client:
            return ckan_csv(client, server.url + "/", "deaths", resource, target, limits)

    return run


def same(result: dict[str, Any], offset: int) -> dict[str, Any]:
    return result


def refused(run: Callable[..., Assembled], target: Path, *arguments: Any) -> str:
    """Have a table fail, and give its message; what was there before must be there still."""
    with pytest.raises(FetchError) as caught:
        run(target, *arguments)
    assert target.read_bytes() == BEFORE
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    message = str(caught.value)
    assert message.startswith("http://127.0.0.1:")
    assert ": expected " in message
    assert "; got " in message
    assert message.endswith(".")
    return message


def rows_of(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))


def test_ckan_pages_past_the_silent_limit(server: Server, target: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    limits = Limits(100_000, on_progress=lambda done, total: seen.append((done, total)))
    got = ckan(server)(target, "Deaths", limits)
    assert rows_of(target) == WRITTEN
    assert (got.pages, got.rows, got.path) == (3, 5, target)
    assert got.size == target.stat().st_size
    assert got.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    assert got.final_url.endswith("/api/3/action/datastore_search?resource_id=id-1&sort=_id")
    assert seen == [(2, 5), (4, 5), (5, 5)]
    assert [path.name for path in target.parent.iterdir()] == ["table.csv"]
    limits_asked = {request.query.get("limit") for request in server.requests}
    assert limits_asked == {None, "1", "32000"}


def test_ckan_takes_a_resource_by_its_id_too(server: Server, target: Path) -> None:
    assert ckan(server)(target, "id-1").rows == 5


def test_the_same_table_gives_the_same_bytes(server: Server, target: Path) -> None:
    run = ckan(server)
    assert run(target, "Deaths", Limits(100_000, page_rows=1)).sha256 == run(target).sha256


@pytest.mark.parametrize(
    ("resource", "says"),
    [
        ("Crimes", "expected one resource 'Crimes'; got 0 in 'Deaths', 'Deaths.csv'"),
        ("Twice", "got 2 in"),
        ("Deaths.csv", "expected 'Deaths.csv' in the datastore; got a file only"),
    ],
)
def test_ckan_says_which_resource_it_missed(
    server: Server, target: Path, resource: str, says: str
) -> None:
    assert says in refused(ckan(server), target, resource)


def fewer(result: dict[str, Any], offset: int) -> dict[str, Any]:
    return result | ({"records": []} if offset >= 2 else {})


def growing() -> Callable[[dict[str, Any], int], dict[str, Any]]:
    asked = iter(range(100))
    return lambda result, offset: result | {"total": 5 if next(asked) < 4 else 6}


def again(result: dict[str, Any], offset: int) -> dict[str, Any]:
    rows = result["records"]
    return result | {"records": [row | {"_id": 2} for row in rows] if offset >= 2 else rows}


def other_fields(result: dict[str, Any], offset: int) -> dict[str, Any]:
    return result | {"fields": result["fields"][:2]} if offset >= 2 else result


def with_record(**cells: Any) -> Callable[[dict[str, Any], int], dict[str, Any]]:
    return lambda result, offset: result | {"records": [row | cells for row in result["records"]]}


def without_cell(result: dict[str, Any], offset: int) -> dict[str, Any]:
    return result | {"records": [{"_id": 1}]}


def replaced(key: str, value: object) -> Callable[[dict[str, Any], int], dict[str, Any]]:
    return lambda result, offset: result | {key: value}


@pytest.mark.parametrize(
    ("mend", "says"),
    [
        (fewer, "got 2, where the portal counts 5"),
        (growing(), "got 5, where the portal counts 5, at the end 6"),
        (again, "expected every row once, in order; got row 2 after row 2"),
        (other_fields, "expected one table; got another one at a later page"),
        (replaced("total", 0), "every row, and one at least; got 0"),
        (replaced("total", "5"), "'total' as a number"),
        (replaced("total", 5.5), "'total' as a whole number"),
        (replaced("total", -5), "'total' as a whole number"),
        (replaced("total", True), "'total' as a number"),
        (replaced("total", None), "'total' as a number"),
        (replaced("records", {}), "'records' as a list"),
        (replaced("records", ["x"]), "an object; got \"'x'\""),
        (replaced("fields", [1]), "an object"),
        (replaced("fields", [{"id": "_id"}, {"id": "_id"}]), "names of their own"),
        (replaced("fields", []), "names of their own"),
        (with_record(_id="1"), "'_id' as a number"),
        (with_record(rate=[1]), "'rate' as text, a number or nothing"),
        (with_record(rate="\ud800"), "expected Unicode text"),
        (without_cell, "in every row"),
    ],
)
def test_ckan_rows_that_do_not_add_up_are_refused(
    server: Server, target: Path, mend: Any, says: str
) -> None:
    assert says in refused(ckan(server, mend=mend), target)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "expected JSON"),
        (b"[" * 100_000, "expected JSON"),
        (b'{"success": NaN}', "NaN is no JSON number"),
        (b"\xff\xfe", "expected UTF-8 text"),
        (b"[]", "expected an object"),
        (b'{"success": false, "result": {}}', "expected success"),
        (b'{"success": 1, "result": {}}', "'success' as true or false"),
        (b'{"success": true, "result": []}', "'result' as an object"),
        (b'{"success": false, "error": {"message": "Not \x7ffound"}}', "got an error: "),
        (b"<!doctype html>", "expected data; got a web page"),
    ],
)
def test_an_answer_that_is_no_table_is_refused(
    server: Server, target: Path, body: bytes, says: str
) -> None:
    run = ckan(server, search=Answer(body, media_type="application/json"))
    assert says in refused(run, target)


def test_a_page_that_fails_is_asked_again(server: Server, target: Path) -> None:
    package = {"success": True, "result": {"resources": []}}
    run = ckan(server, package=Answer(b"", 503))
    assert "HTTP 503" in refused(run, target)
    assert len(server.requests) == 5
    assert "got 0 in " in refused(ckan(server, package=as_json(package)), target)


def test_a_table_above_the_limit_is_refused(server: Server, target: Path) -> None:
    message = refused(ckan(server), target, "Deaths", Limits(40))
    assert "expected at most 40 bytes" in message
    assert "`max_bytes`" in message


def test_pages_end_at_the_deadline(server: Server, target: Path) -> None:
    message = refused(ckan(server), target, "Deaths", Limits(100_000, deadline=0.0))
    assert "expected all pages in time" in message


SOCRATA = [["state", "value"], ["PA", "1.0"], ["a,b", ""], ["x\ny", "2"], ["PA", "1.0"]]


def socrata(server: Server, **change: Any) -> Callable[..., Assembled]:
    """Set up a dataset that gives three rows at most."""
    count = change.get("count", as_json([{"total": str(len(SOCRATA) - 1)}]))
    server.on("/resource/abcd-1234.json", *([count] if not isinstance(count, list) else count))

    def rows(request: Request) -> Answer:
        assert request.query["$order"] == ":id"
        offset, limit = int(request.query["$offset"]), int(request.query["$limit"])
        page = SOCRATA[1:][offset : offset + min(limit, 3)]
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows([SOCRATA[0], *page])
        return change.get("mend", lambda answer, offset: answer)(
            Answer(text.getvalue().encode(), headers={"Last-Modified": "then"}), offset
        )

    server.on("/resource/abcd-1234.csv", rows)

    def run(target: Path, dataset: str = "abcd-1234", limits: Limits = LIMITS) -> Assembled:
        with loopback_client() as client:
            return socrata_csv(client, server.url, dataset, target, limits)

    return run


def test_socrata_pages_with_one_header(server: Server, target: Path) -> None:
    got = socrata(server)(target)
    assert rows_of(target) == SOCRATA
    assert (got.pages, got.rows) == (2, 4)
    asked = [request.query for request in server.requests]
    assert asked == [
        {"$select": "count(*) AS total"},
        {"$limit": "50000", "$offset": "0", "$order": ":id"},
        {"$limit": "50000", "$offset": "3", "$order": ":id"},
        {"$select": "count(*) AS total"},
    ]


def at_second_page(answer: Answer) -> Callable[[Answer, int], Answer]:
    return lambda first, offset: first if offset == 0 else answer


@pytest.mark.parametrize(
    ("mend", "says"),
    [
        (at_second_page(Answer(b"state,value\n")), "got 3, where the portal counts 4"),
        (
            at_second_page(Answer(b"state,value\nPA,1\n", headers={"Last-Modified": "now"})),
            "another one at a later page",
        ),
        (
            at_second_page(Answer(b"state,rate\nPA,1\n", headers={"Last-Modified": "then"})),
            "another one at a later page",
        ),
        (at_second_page(Answer(b"state,value\nPA\n")), "expected 2 cells in every row; got 1"),
        (at_second_page(Answer(b'state,value\n"PA')), "expected rows of CSV"),
        (at_second_page(Answer(b"\xff")), "expected UTF-8 text"),
        (at_second_page(Answer(b"")), "got an empty one"),
        (at_second_page(Answer(b"<html>", media_type="text/html")), "got 'text/html'"),
        (at_second_page(Answer(b"", 404)), "got HTTP 404"),
    ],
)
def test_socrata_rows_that_do_not_add_up_are_refused(
    server: Server, target: Path, mend: Any, says: str
) -> None:
    assert says in refused(socrata(server, mend=mend), target)


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (as_json([{"total": "9"}]), "got 4, where the portal counts 9"),
        ([as_json([{"total": "4"}]), as_json([{"total": "5"}])], "counts 4, at the end 5"),
        (as_json([{"total": "many"}]), "'total' as a whole number"),
        (as_json([{"n": "4"}]), "'total' as text"),
        (as_json([]), "a list of one count"),
        (as_json({"total": "4"}), "a list of one count"),
    ],
)
def test_socrata_counts_must_hold(server: Server, target: Path, count: Any, says: str) -> None:
    assert says in refused(socrata(server, count=count), target)


@pytest.mark.parametrize("dataset", ["", "../x", "abcd1234", "abcd-1234?x"])
def test_a_socrata_id_has_one_shape(server: Server, target: Path, dataset: str) -> None:
    assert "a dataset id like abcd-1234" in refused(socrata(server), target, dataset)


LAYER = "/arcgis/rest/services/Crime/FeatureServer/0"


def arcgis(server: Server, **change: Any) -> Callable[..., Assembled]:
    """Set up a layer that gives two features at most."""
    server.on(LAYER, change.get("layer", as_json({"objectIdField": "_id", "name": "Crime"})))

    def query(request: Request) -> Answer:
        assert (request.query["where"], request.query["f"]) == ("1=1", "json")
        if "returnCountOnly" in request.query:
            return as_json(change.get("count", {"count": len(RECORDS)}))
        assert request.query["orderByFields"] == "_id"
        offset = int(request.query["resultOffset"])
        rows = RECORDS[offset : offset + 2]
        result = {
            "fields": [{"name": name} for name in FIELDS],
            "features": [{"attributes": dict(zip(FIELDS, row, strict=True))} for row in rows],
            "exceededTransferLimit": offset + 2 < len(RECORDS),
        }
        return as_json(change.get("mend", same)(result, offset))

    server.on(f"{LAYER}/query", query)

    def run(target: Path) -> Assembled:
        with loopback_client() as client:
            return arcgis_csv(client, server.url + LAYER, target, LIMITS)

    return run


def test_arcgis_pages_past_the_transfer_limit(server: Server, target: Path) -> None:
    got = arcgis(server)(target)
    assert rows_of(target) == WRITTEN
    assert (got.pages, got.rows) == (3, 5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"count": {"count": 7}}, "counts 7"),
        ({"count": {"count": 4}}, "expected 4 rows; got more than that"),
        ({"count": {"count": None}}, "'count' as a number"),
        ({"mend": replaced("exceededTransferLimit", True)}, "expected 5 rows; got more"),
        ({"mend": replaced("features", [{}])}, "'attributes' as an object"),
        ({"mend": lambda result, offset: {"error": {"code": 400}}}, "got an error: "),
        ({"layer": as_json({"objectIdField": None})}, "'objectIdField' as text"),
    ],
)
def test_arcgis_rows_that_do_not_add_up_are_refused(
    server: Server, target: Path, change: dict[str, Any], says: str
) -> None:
    assert says in refused(arcgis(server, **change), target)
