"""Pennsylvania's overdose network: people are counted once, in cells that name none."""

from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.declaration import SOURCES, load_source
from pipelines.errors import SourceFileError

SOURCE = "pa_odin_overdoses"
COLUMNS = list(load_source(SOURCES / f"{SOURCE}.toml").layouts[""].columns)
HEADER = ",".join(COLUMNS) + "\n"

Stage = Callable[..., list[tuple[Any, ...]]]


def row(incident: str, person: str, day: str = "03/14/2030", **cells: str) -> str:
    """Write a row of the publisher's 34 columns; keyword names have _ for a blank."""
    values = {
        "Incident ID": incident,
        "Victim ID": person,
        "Incident Date": day,
        "Incident Time": "19:30:00",
        "Incident County FIPS Code": "003",
        "Naloxone Administered": "Y",
        "Survive": "Y",
        "Revive Action Desc": "HOSPITAL CONSCIOUS",
    } | {name.replace("_", " "): value for name, value in cells.items()}
    return ",".join(f'"{values.get(column, "")}"' for column in COLUMNS) + "\n"


def figures(stage_text: Stage, text: str, where: str = "value > 0") -> dict[tuple[Any, ...], float]:
    found = stage_text(SOURCE, text, "region_id, measure_id, dimension, member, value", where)
    return {tuple(key): value for *key, value in found}


def test_a_person_with_two_drugs_and_two_doses_is_counted_once(stage_text: Stage) -> None:
    text = HEADER + "".join(
        row("5,268", "5,071", Susp_OD_Drug_Desc=drug, Administration_ID=dose)
        for drug, dose in (("HEROIN", "1"), ("HEROIN", "2"), ("FENTANYL", "1"))
    )
    assert figures(stage_text, text) == {
        ("US-PA-42003", "odin_overdose_incidents", "total", "total"): 1.0,
        ("US-PA-42003", "odin_overdose_people", "total", "total"): 1.0,
        ("US-PA", "odin_overdose_incidents", "total", "total"): 1.0,
        ("US-PA", "odin_overdose_people", "total", "total"): 1.0,
        ("US-PA", "odin_overdose_people", "naloxone", "given"): 1.0,
        ("US-PA", "odin_overdose_people", "survival", "survived"): 1.0,
        ("US-PA", "odin_overdose_people", "response_outcome", "hospital_conscious"): 1.0,
        ("US-PA", "odin_people_given_naloxone", "total", "total"): 1.0,
    }


def test_an_id_is_the_same_with_and_without_separators(stage_text: Stage) -> None:
    text = HEADER + row("1,234", "2,345") + row("1234", "2345")
    assert figures(stage_text, text)["US-PA-42003", "odin_overdose_people", "total", "total"] == 1.0


def test_an_incident_can_have_several_people(stage_text: Stage) -> None:
    text = HEADER + row("1", "1") + row("1", "2", Survive="N") + row("2", "3", Survive="U")
    found = figures(stage_text, text)
    assert found["US-PA", "odin_overdose_incidents", "total", "total"] == 2.0
    assert found["US-PA", "odin_overdose_people", "total", "total"] == 3.0
    for member in ("survived", "died", "unknown"):
        assert found["US-PA", "odin_overdose_people", "survival", member] == 1.0


def test_the_state_is_the_sum_of_its_counties(stage_text: Stage) -> None:
    text = HEADER + row("1", "1") + row("2", "2", Incident_County_FIPS_Code="133")
    found = figures(stage_text, text)
    assert [
        found[region, "odin_overdose_incidents", "total", "total"]
        for region in ("US-PA-42003", "US-PA-42133", "US-PA")
    ] == [1.0, 1.0, 2.0]


@pytest.mark.parametrize("marker", ["NULL", "NA"])
def test_both_markers_mean_that_no_action_was_recorded(stage_text: Stage, marker: str) -> None:
    text = HEADER + row("1", "1", Revive_Action_Desc=marker, Naloxone_Administered="N")
    found = figures(stage_text, text)
    assert found["US-PA", "odin_overdose_people", "response_outcome", "not_recorded"] == 1.0
    assert found["US-PA", "odin_overdose_people", "naloxone", "not_given"] == 1.0


def test_arrests_and_referrals_are_measures_of_their_own(stage_text: Stage) -> None:
    actions = ("ARREST", "VERBALLY REFERRED TO TREATMENT", "TRANSPORTED TO TREATMENT", "RELEASED")
    text = HEADER + "".join(
        row(str(n), str(n), Revive_Action_Desc=action) for n, action in enumerate(actions)
    )
    found = figures(stage_text, text)
    assert found["US-PA", "odin_people_arrested", "total", "total"] == 1.0
    referred = "odin_people_referred_to_treatment"
    assert found["US-PA", referred, "total", "total"] == 2.0
    for member in ("transported_to_treatment", "verbally_referred_to_treatment"):
        assert found["US-PA", referred, "treatment_referral", member] == 1.0


def test_a_month_without_an_arrest_has_a_zero(stage_text: Stage) -> None:
    text = HEADER + row("1", "1")
    assert stage_text(
        SOURCE, text, "region_id, value, line", "measure_id = 'odin_people_arrested'"
    ) == [("US-PA", 0.0, None)]


TOTALS = {
    ("odin_overdose_incidents", "total", "total"),
    ("odin_overdose_people", "total", "total"),
}
SETTLED = row("99", "99", "10/31/2031", Incident_County_FIPS_Code="133")


def people(count: int, day: str = "03/14/2030") -> str:
    return "".join(row(str(n), str(n), day, Survive="N") for n in range(count))


def of_the_county(stage_text: Stage, text: str, kind: str) -> set[tuple[Any, ...]]:
    where = f"region_id = 'US-PA-42003' AND period_kind = '{kind}'"
    return set(stage_text(SOURCE, text, "measure_id, dimension, member", where))


@pytest.mark.parametrize("count", [1, 40])
def test_a_month_of_a_county_never_says_how_people_fared(stage_text: Stage, count: int) -> None:
    text = HEADER + people(count) + SETTLED
    assert of_the_county(stage_text, text, "month") == TOTALS


def test_a_year_of_a_county_says_how_its_people_fared_from_ten_people(stage_text: Stage) -> None:
    assert of_the_county(stage_text, HEADER + people(9) + SETTLED, "year") == TOTALS
    text = HEADER + people(10) + SETTLED
    assert of_the_county(stage_text, text, "year") > TOTALS
    where = "region_id = 'US-PA-42003' AND period_kind = 'year' AND dimension = 'survival'"
    columns = "member, period_start, period_end, value, status"
    year = (date(2030, 1, 1), date(2030, 12, 31))
    assert sorted(stage_text(SOURCE, text, columns, where)) == [
        ("died", *year, 10.0, "reported"),
        ("survived", *year, 0.0, "reported"),
        ("unknown", *year, 0.0, "reported"),
    ]


@pytest.mark.parametrize(
    ("last", "years"), [("10/30/2031", set()), ("10/31/2031", {(2030, "US-PA"), (2030, "county")})]
)
def test_a_year_is_given_once_ten_more_months_are_entered(
    stage_text: Stage, last: str, years: set[tuple[int, str]]
) -> None:
    text = HEADER + people(10) + row("99", "99", last)
    columns = "DISTINCT year(period_start), if(region_id = 'US-PA', region_id, 'county')"
    assert set(stage_text(SOURCE, text, columns, "period_kind = 'year'")) == years


def test_outcomes_of_every_kind_are_for_the_state_only(stage_text: Stage) -> None:
    text = HEADER + people(40) + SETTLED
    assert set(
        stage_text(
            SOURCE, text, "region_id, period_kind", "dimension = 'response_outcome' AND value > 1"
        )
    ) == {("US-PA", "month"), ("US-PA", "year")}


def test_the_month_of_the_last_record_is_preliminary(stage_text: Stage) -> None:
    text = HEADER + row("1", "1", "10/02/2030") + row("2", "2", "11/18/2030")
    assert sorted(stage_text(SOURCE, text, "DISTINCT period_start, period_end, status")) == [
        (date(2030, 10, 1), date(2030, 10, 31), "reported"),
        (date(2030, 11, 1), date(2030, 11, 30), "preliminary"),
    ]


@pytest.mark.parametrize(
    "second",
    [
        row("1", "1", Survive="N"),
        row("1", "1", Naloxone_Administered="N"),
        row("2", "1"),
        row("1", "1", Revive_Action_Desc="ARREST"),
    ],
)
def test_a_person_whose_rows_disagree_is_refused(stage_text: Stage, second: str) -> None:
    with pytest.raises(SourceFileError, match="line 2: expected a row that has a member"):
        stage_text(SOURCE, HEADER + row("1", "1") + second, "value")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"Incident_County_FIPS_Code": "999"}, "region_id"),
        ({"Survive": "?"}, "member"),
        ({"Revive_Action_Desc": "NEW ACTION"}, "member"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(
    stage_text: Stage, cells: dict[str, str], column: str
) -> None:
    with pytest.raises(SourceFileError, match=f"line 2: expected a row that has a {column}"):
        stage_text(SOURCE, HEADER + row("1", "1", **cells), "value")


def test_an_incident_has_its_county_and_no_place(
    stage_text: Stage, codes: duckdb.DuckDBPyConnection
) -> None:
    text = (
        HEADER
        + row("5,268", "1")
        + row("5,268", "2", Survive="N", Naloxone_Administered="N")
        + row("7", "3", Incident_Time="00:00:00")
    )
    stage_text(SOURCE, text, "value")
    assert codes.execute(
        "SELECT incident_id, occurred_on, hour, region_id, x, y, attributes::VARCHAR, line "
        "FROM all_incidents ORDER BY line"
    ).fetchall() == [
        (
            "5268",
            date(2030, 3, 14),
            19,
            "US-PA-42003",
            None,
            None,
            '{"people":2,"given_naloxone":1,"died":1}',
            2,
        ),
        (
            "7",
            date(2030, 3, 14),
            None,
            "US-PA-42003",
            None,
            None,
            '{"people":1,"given_naloxone":1,"died":0}',
            4,
        ),
    ]


def test_incidents_are_not_shipped() -> None:
    assert load_source(SOURCES / f"{SOURCE}.toml").incidents == "local"
