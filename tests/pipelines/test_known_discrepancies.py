"""Figures that their publisher's parts exceed: kept, named, and let pass by no more than named."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.checks import CHECKS
from pipelines.declaration import SOURCES, load_source
from pipelines.stage import CODES

CHECK = (CHECKS / "areas_do_not_exceed_their_parent.sql").read_text("utf-8")


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A province of 7 in a Canada of 5, which is known of one release and one breakdown."""
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA marts")
        con.execute(
            "CREATE TABLE marts.region AS FROM (VALUES ('CA', 'country', NULL), "
            "('CA-NS', 'province_territory', 'CA')) AS region(region_id, level, parent_id)"
        )
        con.execute(
            """
            CREATE TABLE marts.observation AS
            SELECT
                'source' AS source_id, release_id, 'deaths' AS measure_id, region_id, dimension,
                'x' AS member, DATE '2020-01-01' AS period_start, DATE '2020-12-31' AS period_end,
                'year' AS period_kind, 'count' AS unit, value, NULL::DOUBLE AS high
            FROM (VALUES ('2021-01'), ('2022-01')) AS release(release_id)
            CROSS JOIN (VALUES ('sex'), ('age_group')) AS breakdown(dimension)
            CROSS JOIN (VALUES ('CA', 5.0), ('CA-NS', 7.0)) AS figure(region_id, value)
            """
        )
        con.execute(
            "CREATE TABLE marts.known_discrepancy AS FROM (VALUES "
            "('source', '2021-01', 'deaths', 'CA', 'sex')) AS known"
            "(source_id, release_id, measure_id, region_id, dimension)"
        )
        yield con


def found(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return con.execute(f"SELECT release_id, dimension FROM ({CHECK}) ORDER BY ALL").fetchall()


def test_only_the_named_release_and_breakdown_pass(con: duckdb.DuckDBPyConnection) -> None:
    assert found(con) == [("2021-01", "age_group"), ("2022-01", "age_group"), ("2022-01", "sex")]


@pytest.mark.parametrize("column", ["source_id", "measure_id", "region_id"])
def test_what_is_known_of_another_figure_lets_nothing_pass(
    con: duckdb.DuckDBPyConnection, column: str
) -> None:
    con.execute(f"UPDATE marts.known_discrepancy SET {column} = 'another'")
    assert ("2021-01", "sex") in found(con)


def test_a_known_discrepancy_is_of_a_release_and_has_its_reason_in_a_note() -> None:
    with (CODES / "known_discrepancies.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        source = load_source(SOURCES / f"{row['source_id']}.toml")
        assert row["release_id"] in {release.release_id for release in source.releases}
        assert row["reason_en"]
        assert row["reason_fr"]
        place, _, left_out = row["reason_en"].split(",")[0].partition(" leaves out ")
        assert any(
            place in note["text_en"] and left_out in note["text_en"] for note in source.notes
        )


def test_a_known_discrepancy_is_still_one(warehouse_path: Path) -> None:
    with duckdb.connect(str(warehouse_path), read_only=True) as con:
        known = con.execute("SELECT count(*) FROM marts.known_discrepancy").fetchall()
        without = CHECK.replace("ANTI JOIN", "SEMI JOIN")
        stands = con.execute(
            "SELECT count(DISTINCT (source_id, release_id, measure_id, dimension)) "
            f"FROM ({without})"
        ).fetchall()
    assert stands == known
