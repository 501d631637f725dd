"""Statistics Canada's quarterly estimates: a figure for the first day of the quarter."""

from collections.abc import Callable
from datetime import date
from typing import Any

SOURCE = "statcan_population_quarterly"
HEADER = (
    '"REF_DATE","GEO","DGUID","UOM","UOM_ID","SCALAR_FACTOR","SCALAR_ID","VECTOR",'
    '"COORDINATE","VALUE","STATUS","SYMBOL","TERMINATED","DECIMALS"\n'
)

Stage = Callable[..., list[tuple[Any, ...]]]


def row(month: str, geo: str, value: str, status: str = "") -> str:
    return (
        f'"{month}","{geo}","2021A000011124","Persons","249","units","0","v1","1",'
        f'"{value}","{status}","","","0"\n'
    )


def test_an_estimate_stands_for_its_quarter(stage_text: Stage) -> None:
    text = "\ufeff" + HEADER + row("2024-10", "Canada", "100") + row("2024-04", "Nunavut", "7")
    assert stage_text(
        SOURCE,
        text,
        "measure_id, region_id, period_start, period_end, period_kind, dimension, member, "
        "value, unit, status",
    ) == [
        (
            "population",
            "CA",
            date(2024, 10, 1),
            date(2024, 12, 31),
            "quarter",
            "total",
            "total",
            100.0,
            "count",
            "reported",
        ),
        (
            "population",
            "CA-NU",
            date(2024, 4, 1),
            date(2024, 6, 30),
            "quarter",
            "total",
            "total",
            7.0,
            "count",
            "reported",
        ),
    ]


def test_estimates_are_preliminary_from_the_newest_july_on(stage_text: Stage) -> None:
    months = ("2024-07", "2025-04", "2025-07", "2025-10", "2026-01")
    text = HEADER + "".join(row(month, "Canada", "100") for month in months)
    text += row("2026-01", "Yukon", "", "..")
    assert stage_text(SOURCE, text, "period_start, value, status") == [
        (date(2024, 7, 1), 100.0, "reported"),
        (date(2025, 4, 1), 100.0, "reported"),
        (date(2025, 7, 1), 100.0, "preliminary"),
        (date(2025, 10, 1), 100.0, "preliminary"),
        (date(2026, 1, 1), 100.0, "preliminary"),
        (date(2026, 1, 1), None, "not_available"),
    ]


def test_a_blank_or_dotted_cell_is_not_available(stage_text: Stage) -> None:
    text = HEADER + row("1946-01", "Yukon", "", "..") + row("1946-04", "Yukon", "..")
    assert stage_text(SOURCE, text, "value, status") == [
        (None, "not_available"),
        (None, "not_available"),
    ]


def test_the_territories_before_nunavut_are_a_region_of_their_own(stage_text: Stage) -> None:
    text = (
        HEADER
        + row("1951-07", "Northwest Territories including Nunavut", "16000")
        + row("1991-07", "Northwest Territories", "38000")
    )
    assert stage_text(SOURCE, text, "region_id, value") == [
        ("CA-NT-with-nunavut", 16000.0),
        ("CA-NT", 38000.0),
    ]
