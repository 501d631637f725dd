"""Every feature of a boundary file is placed on the map or rejected with a reason."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, Layer, Part, Release, load_source
from pipelines.errors import SourceFileError
from pipelines.shipment import ship_release

PLACED = "SELECT line::BIGINT AS line, 'US-' || id AS region_id FROM raw"


def features(*ids: str) -> bytes:
    """Write a square a feature, side by side."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": {"id": each, "name": f"Area {each}"},
                    "geometry": {
                        "type": "Polygon",
                        "coordinates": [[[n, 0], [n, 1], [n + 1, 1], [n + 1, 0], [n, 0]]],
                    },
                }
                for n, each in enumerate(ids)
            ],
        }
    ).encode()


def ship(
    codes: duckdb.DuckDBPyConnection, folder: Path, sql: str, content: bytes, rows: int
) -> dict[str, Any]:
    """Ship a layer that this SQL places, and give its record."""
    (folder / "areas.json").write_bytes(content)
    part = Part("areas.json", rows, hashlib.sha256(content).hexdigest())
    source = load_source(SOURCES / "us_counties.toml")
    source = replace(
        source,
        layouts={"": replace(source.layouts[""], member="", staging_sql=sql)},
        layer=Layer("areas", 0.0001, 4),
    )
    release = Release("2030-01", "2030-01", (part,))
    *_, record = ship_release(codes, source, release, folder, folder, folder / "areas", False)
    found: dict[str, Any] = json.loads(record.read_text("utf-8"))
    return found


def test_a_rejected_feature_is_kept_with_its_reason_and_is_not_drawn(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    sql = f"SELECT *, if(region_id = 'US-2', 'no outline', NULL) AS reject_reason FROM ({PLACED})"
    record = ship(codes, tmp_path, sql, features("1", "2", "3"), 3)
    assert (record["file_rows"], record["rows"], record["rejected"]) == (3, 2, 1)
    assert set(record["shipped"]) == {"areas.geojson", "2030-01.rejected.parquet"}
    drawn = json.loads((tmp_path / "areas" / "areas.geojson").read_text("utf-8"))["features"]
    assert [feature["id"] for feature in drawn] == ["US-1", "US-3"]
    assert [feature["properties"]["longitude"] for feature in drawn] == [0.5, 2.5]
    kept = codes.execute(
        "FROM read_parquet($path)",
        {"path": str(tmp_path / "us_counties" / "2030-01.rejected.parquet")},
    ).fetchall()
    text = '{"line":2,"id":"2","name":"Area 2"}'
    assert kept == [("us_counties", "2030-01", 2, "no outline", text)]


def test_a_layer_whose_features_are_all_drawn_rejects_none(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    record = ship(codes, tmp_path, PLACED, features("1", "2"), 2)
    assert (record["file_rows"], record["rows"], record["rejected"]) == (2, 2, 0)
    assert set(record["shipped"]) == {"areas.geojson"}


@pytest.mark.parametrize(
    ("sql", "got"),
    [
        (f"{PLACED} WHERE id <> '2'", "neither"),
        (f"SELECT * REPLACE (nullif(region_id, 'US-2') AS region_id) FROM ({PLACED})", "neither"),
        (f"{PLACED} UNION ALL {PLACED} WHERE id = '2'", "2 of them"),
    ],
)
def test_a_feature_that_is_neither_drawn_nor_rejected_once_is_refused(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path, sql: str, got: str
) -> None:
    message = f"line 2: expected a known region or a reject_reason; got {got}"
    with pytest.raises(SourceFileError, match=message):
        ship(codes, tmp_path, sql, features("1", "2", "3"), 3)


def test_every_feature_of_the_layers_that_ship_is_drawn_or_rejected(warehouse_path: Path) -> None:
    with duckdb.connect(str(warehouse_path), read_only=True) as con:
        layers = con.execute(
            "SELECT source_id, rows_in_file - figures, rows_rejected FROM marts.release_file "
            "INNER JOIN marts.release USING (source_id, release_id) WHERE covers_from IS NULL"
        ).fetchall()
        rejected = con.execute(
            "SELECT reason FROM marts.rejected_row WHERE source_id = 'us_counties'"
        ).fetchall()
    assert [source for source, missing, kept in layers if missing != kept] == []
    assert rejected == [("Falls Church has no outline in the file",)]
