"""Vancouver police's incidents: months and years by neighbourhood and type."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, load_source
from pipelines.errors import SourceFileError

SOURCE = "vpd_geodash"
HEADER = "TYPE,YEAR,MONTH,DAY,HOUR,MINUTE,HUNDRED_BLOCK,NEIGHBOURHOOD,X,Y\r\n"
CITY = "CA-BC-vancouver"

Stage = Callable[..., list[tuple[Any, ...]]]


def row(
    kind: str = "Mischief",
    day: str = "2030,4,30",
    hood: str = "Strathcona",
    time: str = "13,5",
    block: str = "1XX EXAMPLE ST",
    place: str = "492000.5,5458000.5",
) -> str:
    return f"{kind},{day},{time},{block},{hood},{place}\r\n"


HIDDEN = row(
    "Offence Against a Person", time="0,0", block="OFFSET TO PROTECT PRIVACY", place="0.0,0.0"
)


def test_rows_hidden_for_privacy_are_counted_though_they_repeat(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        HEADER + HIDDEN + HIDDEN + row(),
        "region_id, period_start, period_end, member, value, status",
        "period_kind = 'month' AND value > 0",
    ) == [
        (region, date(2030, 4, 1), date(2030, 4, 30), member, value, "reported")
        for member, region, value in (
            ("offence_against_a_person", CITY, 2.0),
            ("offence_against_a_person", f"{CITY}-strathcona", 2.0),
            ("total", CITY, 3.0),
            ("total", f"{CITY}-strathcona", 3.0),
            ("mischief", CITY, 1.0),
            ("mischief", f"{CITY}-strathcona", 1.0),
        )
    ]


def test_an_incident_without_a_neighbourhood_counts_in_the_city_only(stage_text: Stage) -> None:
    assert stage_text(
        SOURCE,
        HEADER + row(hood="") + row(hood="Central Business District"),
        "region_id, value",
        "dimension = 'total' AND value > 0",
    ) == [(CITY, 2.0), (f"{CITY}-downtown", 1.0)]


def test_every_neighbourhood_and_type_of_a_month_is_there_and_may_be_zero(
    stage_text: Stage,
) -> None:
    text = HEADER + row() + row(day="2030,5,31")
    columns = "count(*), count(DISTINCT region_id), count(DISTINCT member), sum(value)"
    assert stage_text(SOURCE, text, columns, "period_kind = 'month'") == [
        (2 * 25 * 12, 25, 12, 2 * 2 * 2.0)
    ]


def test_a_year_is_given_only_when_all_of_it_is_there(stage_text: Stage) -> None:
    months = [row(day=f"2030,{month},28") for month in range(1, 12)]
    assert stage_text(SOURCE, HEADER + "".join(months), "value", "period_kind = 'year'") == []
    months.append(row(day="2030,12,31"))
    assert stage_text(
        SOURCE,
        HEADER + "".join(months),
        "region_id, period_start, period_end, value",
        "period_kind = 'year' AND dimension = 'total' AND value > 0",
    ) == [
        (region, date(2030, 1, 1), date(2030, 12, 31), 12.0)
        for region in (CITY, f"{CITY}-strathcona")
    ]


def test_the_last_month_of_a_file_that_stops_within_it_is_preliminary(stage_text: Stage) -> None:
    text = HEADER + row(day="2030,1,12") + row(day="2030,2,6")
    assert stage_text(SOURCE, text, "DISTINCT period_start, status") == [
        (date(2030, 1, 1), "reported"),
        (date(2030, 2, 1), "preliminary"),
    ]


@pytest.mark.parametrize(
    "bad",
    [row(hood="Atlantis"), row(kind="Jaywalking"), row(day="2030,13,1")],
    ids=["neighbourhood", "type", "month"],
)
def test_a_row_that_is_not_known_is_refused_with_its_line(stage_text: Stage, bad: str) -> None:
    with pytest.raises(SourceFileError, match="line 3"):
        stage_text(SOURCE, HEADER + row() + bad, "value")


def test_an_incident_hidden_for_privacy_has_neither_place_nor_hour(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    stage_text(SOURCE, HEADER + HIDDEN + row(hood="", place="0,0") + row(), "line")
    assert codes.execute(
        "SELECT incident_id, occurred_on, hour, category, region_id, x, y, attributes::VARCHAR "
        "FROM all_incidents ORDER BY line"
    ).fetchall() == [
        (
            "2030-2", date(2030, 4, 30), None, "offence_against_a_person",
            f"{CITY}-strathcona", None, None, '{"block":null}',
        ),
        (
            "2030-3", date(2030, 4, 30), 13, "mischief", CITY, None, None,
            '{"block":"1XX EXAMPLE ST"}',
        ),
        (
            "2030-4", date(2030, 4, 30), 13, "mischief", f"{CITY}-strathcona",
            492000.5, 5458000.5, '{"block":"1XX EXAMPLE ST"}',
        ),
    ]  # fmt: skip


def test_incidents_stay_with_the_user_and_a_refresh_replaces_years() -> None:
    source = load_source(SOURCES / f"{SOURCE}.toml")
    assert (source.incidents, source.supersedes) == ("local", "year")
    assert source.rows_may_fall_percent == 2
