"""Police response, against statsmodels, printed limits and simulation."""

import itertools
import math
from dataclasses import MISSING, fields, replace
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from atlas.analysis.errors import InputError
from atlas.analysis.rates import count_interval
from atlas.analysis.response import (
    Deflection,
    NaloxoneReport,
    OffenceResponse,
    RecordedOffences,
    ServiceMonth,
    deflection_share,
    naloxone_summary,
    wilson_share,
)

untimed = settings(deadline=None, max_examples=60)
POSSESSION = RecordedOffences("possession", 400, 90, 210, 100_000)
TRAFFICKING = RecordedOffences("trafficking", 150, 95, 5, 100_000)
NORTH = ServiceMonth("North", "2024-05", NaloxoneReport.REPORTED, 20, 8, 12, 13, 7)
QUIET = ServiceMonth("South", "2024-05", NaloxoneReport.REPORTED_ZERO, 5, 0)


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # Newcombe RG. Stat Med 1998;17:857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_limits_are_those_that_newcombe_printed(
    part: int, whole: int, low: float, high: float
) -> None:
    found = wilson_share(part, whole)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@untimed
@given(st.integers(1, 5_000), st.floats(0, 1), st.floats(0.5, 0.99))
def test_wilson_limits_agree_with_statsmodels_and_mirror(
    whole: int, portion: float, level: float
) -> None:
    part = round(portion * whole)
    found = wilson_share(part, whole, level)
    low, high = proportion_confint(part, whole, 1 - level, method="wilson")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    assert 0 <= found.low <= found.share <= found.high <= 1
    mirror = wilson_share(whole - part, whole, level)
    assert (1 - mirror.high, 1 - mirror.low) == pytest.approx((found.low, found.high), abs=1e-12)


def test_wilson_interval_holds_the_share_as_often_as_it_says_on_average() -> None:
    # For one share coverage wavers around the level; over shares it averages to it.
    random = np.random.default_rng(20_260_501)
    runs = 1_500
    truth = random.uniform(0.1, 0.9, runs)
    found = [wilson_share(int(random.binomial(60, share)), 60) for share in truth]
    inside = [one.low <= share <= one.high for one, share in zip(found, truth, strict=True)]
    assert abs(np.mean(inside) - 0.95) < 3 * math.sqrt(0.95 * 0.05 / runs)


def test_a_share_of_nothing_is_unknown() -> None:
    found = wilson_share(0, 0)
    assert math.isnan(found.share)
    assert (found.low, found.high) == (0, 1)


def test_deflection_stands_beside_recorded_incidents_clearance_and_another_offence() -> None:
    found = deflection_share(POSSESSION, TRAFFICKING)
    subject, comparison = found.subject, found.comparison
    assert (subject.deflection.part, subject.deflection.whole) == (210, 300)
    assert subject.deflection.share == 0.7
    low, high = (float(limit) for limit in count_interval(400))
    assert (subject.recorded_per_100k, subject.clearance_rate) == (400, 0.75)
    assert (subject.recorded_low, subject.recorded_high) == pytest.approx((low, high))
    assert (comparison.offence, comparison.deflection.share) == ("trafficking", 0.05)
    assert (comparison.recorded_per_100k, comparison.clearance_rate) == (150, 100 / 150)
    # None of these can be left out.
    for result in (Deflection, OffenceResponse):
        assert all(field.default is MISSING for field in fields(result))


def test_diversion_is_given_only_where_a_table_separates_it() -> None:
    found = deflection_share(replace(POSSESSION, diverted=60), TRAFFICKING)
    assert found.subject.diversion is not None
    assert found.subject.diversion.share == 0.2
    assert found.comparison.diversion is None
    none_diverted = deflection_share(replace(POSSESSION, diverted=0), TRAFFICKING).subject.diversion
    assert none_diverted is not None
    assert none_diverted.share == 0


def test_discretion_that_is_not_recorded_lowers_the_share() -> None:
    # Of 400 incidents 110 that were cleared otherwise are no longer recorded at all.
    later = replace(POSSESSION, recorded=290, cleared_otherwise=100)
    before, after = (deflection_share(one, TRAFFICKING).subject for one in (POSSESSION, later))
    assert after.deflection.high < before.deflection.low
    # The recorded rate beside it shows what happened.
    assert after.recorded_high < before.recorded_low


def test_an_offence_without_incidents_has_an_answer() -> None:
    found = deflection_share(RecordedOffences("possession", 0, 0, 0, 5_000), replace(
        TRAFFICKING, population=5_000
    )).subject  # fmt: skip
    assert math.isnan(found.deflection.share)
    assert math.isnan(found.clearance_rate)
    assert (found.recorded_per_100k, found.recorded_low) == (0, 0)
    assert found.recorded_high == pytest.approx(3.6889 * 20, rel=1e-4)


def test_clearances_of_earlier_incidents_can_exceed_those_recorded() -> None:
    found = deflection_share(replace(POSSESSION, recorded=200), TRAFFICKING)
    assert found.subject.clearance_rate == 1.5


@untimed
@given(st.integers(1, 400), st.integers(1, 400), st.integers(2, 30))
def test_more_of_the_same_narrows_the_interval_and_keeps_the_share(
    charged: int, otherwise: int, factor: int
) -> None:
    one = replace(POSSESSION, cleared_by_charge=charged, cleared_otherwise=otherwise)
    more = replace(
        POSSESSION, cleared_by_charge=factor * charged, cleared_otherwise=factor * otherwise
    )
    small = deflection_share(one, TRAFFICKING).subject.deflection
    large = deflection_share(more, TRAFFICKING).subject.deflection
    assert large.share == pytest.approx(small.share)
    assert small.low < large.low < large.share < large.high < small.high


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recorded": -1}, "recorded must be"),
        ({"cleared_by_charge": 1.5}, "cleared_by_charge must be"),
        ({"cleared_otherwise": math.nan}, "cleared_otherwise must be"),
        ({"diverted": 211}, "part of cleared otherwise"),
        ({"population": 50_000}, "same place"),
        ({"offence": "trafficking"}, "another offence"),
    ],
)
def test_offences_that_make_no_sense_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        deflection_share(replace(POSSESSION, **change), TRAFFICKING)


def test_a_population_must_be_above_zero() -> None:
    with pytest.raises(InputError, match="population must be above 0"):
        deflection_share(replace(POSSESSION, population=0), replace(TRAFFICKING, population=0))


def test_naloxone_is_summed_over_the_service_months_that_reported() -> None:
    silent = ServiceMonth("West", "2024-05", NaloxoneReport.NOT_REPORTED)
    without = ServiceMonth("East", "2024-05", NaloxoneReport.DID_NOT_CARRY)
    found = naloxone_summary([NORTH, QUIET, silent, without])
    assert (found.administrations.part, found.administrations.whole) == (8, 25)
    assert found.months == {
        NaloxoneReport.REPORTED: 1,
        NaloxoneReport.REPORTED_ZERO: 1,
        NaloxoneReport.NOT_REPORTED: 1,
        NaloxoneReport.DID_NOT_CARRY: 1,
    }
    # Police came first in 12 of 20; South does not record it, and its 5 are not counted.
    assert found.before_ambulance is not None
    assert (found.before_ambulance.part, found.before_ambulance.whole) == (12, 20)
    assert found.alive_at_handover is not None
    assert (found.alive_at_handover.part, found.alive_at_handover.whole) == (7, 8)
    assert (found.doses, found.doses_per_administration) == (13, 13 / 8)


def test_a_reported_zero_counts_and_a_silence_does_not() -> None:
    silent = ServiceMonth("South", "2024-05", NaloxoneReport.NOT_REPORTED)
    with_zero, with_silence = naloxone_summary([NORTH, QUIET]), naloxone_summary([NORTH, silent])
    assert with_zero.administrations.whole == 25
    assert with_silence.administrations.whole == 20
    assert with_silence.administrations.share == 0.4


def test_without_a_report_nothing_is_known() -> None:
    for months in ([], [ServiceMonth("West", "2024-05", NaloxoneReport.NOT_REPORTED)]):
        found = naloxone_summary(months)
        assert math.isnan(found.administrations.share)
        assert (found.administrations.low, found.administrations.high) == (0, 1)
        assert found.before_ambulance is found.alive_at_handover is found.doses is None
        assert math.isnan(found.doses_per_administration)


def test_the_order_of_service_months_does_not_matter() -> None:
    later = replace(NORTH, month="2024-06", administered=9)
    assert naloxone_summary([NORTH, QUIET, later]) == naloxone_summary([later, NORTH, QUIET])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attended": None}, "needs attended"),
        ({"administered": None}, "needs attended"),
        ({"administered": 0, "doses": 0, "alive_at_handover": 0}, "marked reported with 0"),
        ({"report": NaloxoneReport.REPORTED_ZERO}, "reported zero with 8"),
        ({"report": NaloxoneReport.NOT_REPORTED}, "marked not reported and can have no figure"),
        ({"report": NaloxoneReport.DID_NOT_CARRY}, "marked did not carry"),
        ({"administered": 21, "doses": 30}, "more administrations than attended"),
        ({"before_ambulance": 21}, "more police before ambulance"),
        ({"alive_at_handover": 9}, "more alive at hand-over"),
        ({"doses": 7}, "fewer doses"),
        ({"doses": -1}, "doses of North 2024-05 must be"),
    ],
)
def test_service_months_that_contradict_themselves_are_refused(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        naloxone_summary([replace(NORTH, **change)])


def test_doses_without_an_administration_and_repeated_months_are_refused() -> None:
    with pytest.raises(InputError, match="doses but no administration"):
        naloxone_summary([replace(QUIET, doses=2)])
    with pytest.raises(InputError, match="may occur once"):
        naloxone_summary([NORTH, QUIET, NORTH])


def test_shares_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="above its whole"):
        wilson_share(3, 2)
    with pytest.raises(InputError, match="level"):
        wilson_share(1, 2, 95)


@st.composite
def service_months(draw: st.DrawFn) -> list[ServiceMonth]:
    found = []
    for at in range(draw(st.integers(0, 8))):
        month = f"2024-{at + 1:02}"
        report = draw(st.sampled_from(NaloxoneReport))
        if report in (NaloxoneReport.NOT_REPORTED, NaloxoneReport.DID_NOT_CARRY):
            found.append(ServiceMonth("North", month, report))
            continue
        given_ = draw(st.integers(1, 30)) if report is NaloxoneReport.REPORTED else 0
        doses = draw(st.none() | st.integers(given_, 60)) if given_ else draw(st.just(None))
        attended = given_ + draw(st.integers(0, 30))
        first = draw(st.none() | st.integers(0, attended))
        alive = draw(st.none() | st.integers(0, given_))
        found.append(ServiceMonth("North", month, report, attended, given_, first, doses, alive))
    return found


@untimed
@given(service_months(), st.randoms())
def test_naloxone_sums_agree_with_pandas_in_any_order(
    months: list[ServiceMonth], random: Random
) -> None:
    found = naloxone_summary(months)
    names = [field.name for field in fields(ServiceMonth)]
    table = pd.DataFrame([[getattr(m, name) for name in names] for m in months], columns=names)
    numbers = table[names[3:]].astype(float)
    assert found.administrations.part == numbers["administered"].sum()
    assert found.administrations.whole == numbers["attended"].sum()
    known = numbers.dropna(subset="before_ambulance")
    if len(known):
        assert found.before_ambulance is not None
        assert found.before_ambulance.part == known["before_ambulance"].sum()
        assert found.before_ambulance.whole == known["attended"].sum()
    else:
        assert found.before_ambulance is None
    assert (found.doses or 0) == numbers["doses"].sum()
    assert sum(found.months.values()) == len(months)
    shuffled = random.sample(months, len(months))
    assert repr(naloxone_summary(shuffled)) == repr(found)
    # A silence changes the number of silences alone.
    silent = ServiceMonth("West", "2024-01", NaloxoneReport.NOT_REPORTED)
    more = naloxone_summary([*months, silent])
    assert repr(more.administrations) == repr(found.administrations)
    assert more.months[NaloxoneReport.NOT_REPORTED] == found.months[NaloxoneReport.NOT_REPORTED] + 1


def test_deflection_agrees_with_a_table_in_pandas() -> None:
    table = pd.DataFrame(
        {"recorded": [400, 150, 77], "charged": [90, 95, 0], "otherwise": [210, 5, 40]},
        index=["possession", "trafficking", "other"],
    )
    cleared = table["charged"] + table["otherwise"]
    expected = table.assign(share=table["otherwise"] / cleared, rate=cleared / table["recorded"])
    offences = [
        RecordedOffences(str(name), int(recorded), int(charged), int(otherwise), 50_000)
        for name, (recorded, charged, otherwise) in zip(table.index, table.to_numpy(), strict=True)
    ]
    for one, other in itertools.permutations(offences, 2):
        found = deflection_share(one, other, 0.9).subject
        row = expected.loc[one.offence]
        assert found.deflection.share == row["share"]
        assert found.clearance_rate == row["rate"]
        assert found.recorded_per_100k == pytest.approx(2 * row["recorded"])
        low, high = proportion_confint(row["otherwise"], row["charged"] + row["otherwise"], 0.1,
                                       method="wilson")  # fmt: skip
        assert (found.deflection.low, found.deflection.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("month", "message"),
    [
        (ServiceMonth("N", "2024-05", "not reported", 20, 8), "a report is one of"),  # type: ignore[arg-type]
        (replace(NORTH, report="reported"), "a report is one of"),  # type: ignore[arg-type]
        (replace(NORTH, month="banana"), "written as 2024-05"),
        (replace(NORTH, month="2024-13"), "written as 2024-05"),
        (replace(NORTH, month="2024-05-01"), "written as 2024-05"),
        (replace(NORTH, month=202405), "written as 2024-05"),  # type: ignore[arg-type]
        (replace(NORTH, service=""), "needs a name"),
        (replace(NORTH, service=None), "needs a name"),  # type: ignore[arg-type]
        (replace(NORTH, attended="<5"), "attended of North 2024-05 must be"),  # type: ignore[arg-type]
        (replace(NORTH, doses=[13]), "doses of North 2024-05 must be"),  # type: ignore[arg-type]
        ("North", "must be a ServiceMonth"),
    ],
)
def test_service_months_of_another_kind_are_refused(month: ServiceMonth, message: str) -> None:
    with pytest.raises(InputError, match=message):
        naloxone_summary([QUIET, month])


def test_text_is_no_count() -> None:
    for part in ("<5", None, [1], math.inf):
        with pytest.raises(InputError, match="part must be"):
            wilson_share(part, 10)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="recorded must be"):
        deflection_share(replace(POSSESSION, recorded="<5"), TRAFFICKING)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="population must be"):
        deflection_share(replace(POSSESSION, population="many"), TRAFFICKING)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must be a RecordedOffences"):
        deflection_share(POSSESSION, None)  # type: ignore[arg-type]


def test_the_number_of_months_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        naloxone_summary([NORTH]).months[NaloxoneReport.REPORTED] = 9  # type: ignore[index]
