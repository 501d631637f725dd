"""What is said of a series: figures as published, extremes, preliminary and unknown cells."""

from collections.abc import Iterator

import pandas as pd
import pytest

from atlas import i18n
from atlas.ui.sentences import series_sentence, series_title, value_text, with_texts

COLUMNS = ["period_start", "period_end", "period_kind", "unit", "value", "status"]


def series(*cells: tuple[str, str, str, str, float | None, str]) -> pd.DataFrame:
    frame = pd.DataFrame(cells, columns=COLUMNS).assign(
        low=float("nan"), high=float("nan"), interval_low=float("nan"),
        interval_high=float("nan"), unstable=False,
    )  # fmt: skip
    for name in ("period_start", "period_end"):
        frame[name] = pd.to_datetime(frame[name])
    return with_texts(frame)


def year(
    when: int, unit: str, value: float | None, status: str = "reported"
) -> tuple[str, str, str, str, float | None, str]:
    return (f"{when}-01-01", f"{when}-12-31", "year", unit, value, status)


def nine_months(unit: str, value: float) -> tuple[str, str, str, str, float | None, str]:
    return ("2025-01-01", "2025-09-30", "part_year", unit, value, "preliminary")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (8020, "count", "8,020"),
        (41.3, "per_100k", "41.3"),
        (41, "per_100k", "41.0"),
        (75, "percent", "75 %"),
        (7.21, "percent", "7.2 %"),
    ],
)
def test_a_figure_is_written_as_its_unit_asks(value: float, unit: str, text: str) -> None:
    assert value_text(value, unit) == text


def test_the_title_names_the_latest_figure_and_the_highest() -> None:
    cells = series(year(2022, "count", 60), year(2023, "count", 80), year(2024, "count", 70))
    assert series_title(cells) == "70 in 2024; highest 80 in 2023"
    assert series_title(cells.iloc[:2]) == "80 in 2023, the highest so far"
    assert series_title(series(year(2024, "count", None, "suppressed"))) == "no final figure"


def test_only_the_rate_of_a_part_year_is_said_to_be_annualised() -> None:
    said = {
        unit: series_sentence(series(year(2024, unit, 10), nine_months(unit, 8)))
        for unit in ("per_100k", "percent", "count")
    }
    assert said["per_100k"] == (
        "2024: 10.0. Jan to Sep 2025: 8.0, preliminary (annualised); not compared."
    )
    assert said["percent"] == "2024: 10 %. Jan to Sep 2025: 8 %, preliminary; not compared."
    assert said["count"] == "2024: 10. Jan to Sep 2025: 8, preliminary; not compared."


def test_states_are_counted_and_never_a_number() -> None:
    cells = series(
        year(2021, "count", 5),
        year(2022, "count", None, "suppressed"),
        year(2023, "count", None, "not_available"),
        year(2024, "count", 9),
    )
    assert series_sentence(cells) == ("2024: 9. 1 suppressed. 1 not available.")
    assert series_title(cells) == "last published 9 in 2024; 1 of 4 periods suppressed"
    assert cells["figure"].tolist() == ["5", "suppressed", "not available", "9"]


def test_a_series_of_one_value_has_no_extremes() -> None:
    cells = series(year(2023, "count", 0), year(2024, "count", 0))
    assert series_sentence(cells) == "2024: 0."


@pytest.fixture
def french() -> Iterator[None]:
    i18n.set_language("fr")
    yield
    i18n.set_language("en")


def window(
    to: str, value: float | None, status: str = "reported"
) -> tuple[str, str, str, str, float | None, str]:
    last = pd.Period(to, "M")
    first = str((last - 11).start_time.date())
    return (first, str(last.end_time.date()), "twelve_months", "count", value, status)


def test_a_rolling_total_is_compared_only_with_the_window_a_year_earlier() -> None:
    cells = series(
        window("2024-02", 70), window("2024-08", 95), window("2025-01", 90),
        window("2025-02", 80), window("2025-03", 75, "preliminary"),
    )  # fmt: skip
    assert series_title(cells) == "80 in twelve months to Feb 2025; 70 a year earlier"
    assert series_sentence(cells) == (
        "Twelve months to Feb 2025: 80; 70 a year earlier. "
        "Twelve months to Mar 2025: 75, preliminary; not compared."
    )


@pytest.mark.parametrize("earlier", [[], [window("2024-02", None, "not_available")]])
def test_overlapping_windows_are_not_compared(
    earlier: list[tuple[str, str, str, str, float | None, str]],
) -> None:
    cells = series(*earlier, window("2024-08", 95), window("2025-02", 80))
    assert series_title(cells) == "80 in twelve months to Feb 2025"
    assert series_sentence(cells).startswith("Twelve months to Feb 2025: 80.")
    assert "95" not in series_sentence(cells)


@pytest.mark.usefixtures("french")
def test_a_french_sentence_starts_with_a_capital() -> None:
    cells = series(window("2025-02", 80))
    assert series_sentence(cells).startswith("Douze mois se terminant en ")
    assert series_title(cells).startswith("80 (douze mois")
