"""Statistics Canada's violations: the bracketed codes are the keys, and the file is gzipped."""

from collections.abc import Callable
from datetime import date
from typing import Any

SOURCE = "statcan_ucr_violations"
HEADER = "REF_DATE,GEO,Violations,Statistics,VALUE\n"
RATE = '"Rate per 100,000 population"'
OPIOIDS = '"Opioid (other than heroin), possession [4170]"'
COCAINE = '"Possession, cocaine [4120]"'

Stage = Callable[..., list[tuple[Any, ...]]]


def test_a_rate_is_a_figure_of_its_year(stage_text: Stage) -> None:
    text = f"{HEADER}2019,British Columbia [59],{OPIOIDS},{RATE},13.3\n"
    assert stage_text(SOURCE, text, "* EXCLUDE (lines, part)") == [
        (
            "opioid_possession_offences",
            "CA-BC",
            date(2019, 1, 1),
            date(2019, 12, 31),
            "year",
            "total",
            "total",
            13.3,
            "per_100k",
            "reported",
            None,
            None,
            2,
        )
    ]


def test_a_zero_from_before_the_code_existed_is_not_available(stage_text: Stage) -> None:
    text = (
        f"{HEADER}"
        f"2016,British Columbia [59],{OPIOIDS},{RATE},0\n"
        f"2017,British Columbia [59],{OPIOIDS},{RATE},1.2\n"
        f"2017,Quebec [24],{OPIOIDS},{RATE},0.00\n"
        f"2018,British Columbia [59],{OPIOIDS},{RATE},0\n"
        f"2016,British Columbia [59],{COCAINE},{RATE},0\n"
    )
    assert stage_text(SOURCE, text, "year(period_start), measure_id, value, status") == [
        (2016, "opioid_possession_offences", None, "not_available"),
        (2017, "opioid_possession_offences", 1.2, "preliminary"),
        (2017, "opioid_possession_offences", None, "not_available"),
        (2018, "opioid_possession_offences", 0.0, "reported"),
        (2016, "cocaine_possession_offences", 0.0, "reported"),
    ]


CHARGED = (
    '"Rate, total persons charged per 100,000 population aged 12 years and over"',
    '"Rate, adult charged per 100,000 population aged 18 years and over"',
    '"Rate, youth charged per 100,000 population aged 12 to 17 years"',
)
TORONTO = '"Toronto, Ontario [35535]"'


def test_rates_of_persons_charged_in_metropolitan_areas_begin_in_2004(stage_text: Stage) -> None:
    places = (
        (2003, TORONTO),
        (2003, '"Ottawa-Gatineau, Quebec part [24505]"'),
        (2003, "Quebec [24]"),
        (2004, TORONTO),
    )
    text = HEADER + "".join(
        f"{year},{place},{COCAINE},{statistic},0\n"
        for statistic in CHARGED
        for year, place in places
    )
    text += f"2003,{TORONTO},{COCAINE},{RATE},0\n"
    rows = stage_text(SOURCE, text, "year(period_start), region_id, value, status")
    assert rows == 3 * [
        (2003, "CA-cma-535", None, "not_available"),
        (2003, "CA-cma-505-qc", None, "not_available"),
        (2003, "CA-QC", 0.0, "reported"),
        (2004, "CA-cma-535", 0.0, "reported"),
    ] + [(2003, "CA-cma-535", 0.0, "reported")]


def test_youth_charged_with_impaired_driving_begin_in_2007(stage_text: Stage) -> None:
    impaired, traffic = (
        "Total impaired driving [910]",
        "Total Criminal Code traffic violations [900]",
    )
    text = HEADER + "".join(
        f"{year},Quebec [24],{violation},{statistic},{value}\n"
        for year, violation, statistic, value in (
            (2006, impaired, CHARGED[2], 0),
            (2006, impaired, CHARGED[1], 0),
            (2007, impaired, CHARGED[2], 0),
            (2006, traffic, CHARGED[2], 0),
            (2006, traffic, CHARGED[2].replace("youth", "youth"), 0.1),
        )[:4]
    )
    text += f"2005,Quebec [24],{traffic},{CHARGED[2]},0.1\n"
    assert stage_text(SOURCE, text, "year(period_start), member, value, status") == [
        (2006, "12-17", None, "not_available"),
        (2006, "18+", 0.0, "reported"),
        (2007, "12-17", 0.0, "reported"),
        (2006, "12-17", None, "not_available"),
        (2005, "12-17", 0.1, "reported"),
    ]


def test_charges_of_a_code_that_no_law_had_yet_are_not_available(stage_text: Stage) -> None:
    fraud = "Identity fraud [2166]"
    text = HEADER + "".join(
        f"{year},Quebec [24],{fraud},{CHARGED[1]},{value}\n"
        for year, value in ((2008, 0.02), (2009, 0), (2010, 0))
    )
    assert stage_text(SOURCE, text, "year(period_start), value, status") == [
        (2008, 0.02, "reported"),
        (2009, None, "not_available"),
        (2010, 0.0, "reported"),
    ]


def test_a_blank_cell_is_not_available(stage_text: Stage) -> None:
    text = f"{HEADER}2019,Yukon [60],{COCAINE},Percent unfounded,\n"
    assert stage_text(SOURCE, text, "measure_id, value, unit, status") == [
        ("cocaine_possession_unfounded", None, "percent", "not_available")
    ]


def test_ottawa_gatineau_stands_whole_and_in_two_parts(stage_text: Stage) -> None:
    text = HEADER + "".join(
        f'2019,"Ottawa-Gatineau, {part}",{COCAINE},{RATE},{value}\n'
        for part, value in (
            ("Ontario/Quebec [24505/35505]", 20),
            ("Ontario part [35505]", 21),
            ("Quebec part [24505]", 18),
        )
    )
    assert stage_text(SOURCE, text, "region_id, value") == [
        ("CA-cma-505", 20.0),
        ("CA-cma-505-on", 21.0),
        ("CA-cma-505-qc", 18.0),
    ]


def test_each_statistic_has_its_measure_unit_and_member(stage_text: Stage) -> None:
    statistics = (
        RATE,
        "Percent unfounded",
        '"Rate, total persons charged per 100,000 population aged 12 years and over"',
        '"Rate, adult charged per 100,000 population aged 18 years and over"',
        '"Rate, youth charged per 100,000 population aged 12 to 17 years"',
    )
    text = HEADER + "".join(
        f"2019,Quebec [24],{COCAINE},{statistic},1\n" for statistic in statistics
    )
    assert stage_text(SOURCE, text, "measure_id, unit, dimension, member") == [
        ("cocaine_possession_offences", "per_100k", "total", "total"),
        ("cocaine_possession_unfounded", "percent", "total", "total"),
        ("cocaine_possession_persons_charged", "per_100k_12_plus", "total", "total"),
        ("cocaine_possession_persons_charged", "per_100k_18_plus", "age_group", "18+"),
        ("cocaine_possession_persons_charged", "per_100k_12_to_17", "age_group", "12-17"),
    ]
