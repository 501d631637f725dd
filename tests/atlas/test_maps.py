"""The map of Canada: classes that hold still in time, and a state that is never a class."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import pytest

from atlas.charts.maps import canada_map, class_breaks, class_labels
from atlas.charts.theme import DARK, LIGHT, Palette
from atlas.ui.canada import map_cells, map_specification

BREAKS = [10.0, 20.0]


def cells(**states: tuple[float | None, str]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"CA-{name}", name, value, status, f"{name} in words", f"{name} on the map")
            for name, (value, status) in states.items()
        ],
        columns=["region_id", "name", "value", "status", "text", "label"],
    ).astype({"value": float})


def drawn(
    frame: pd.DataFrame,
    *,
    breaks: list[float] = BREAKS,
    selected: str = "",
    palette: Palette = LIGHT,
) -> dict[str, Any]:
    return canada_map(frame, breaks, "overdose", selected, palette)


def states(specification: dict[str, Any]) -> dict[str, str]:
    """The class of each region, as the specification's lookup gives it."""
    for layer in specification["layer"]:
        for step in layer["transform"]:
            if "lookup" in step:
                rows = step["from"]["data"]["values"]
                return {row["region_id"]: row["state"] for row in rows}
    raise AssertionError("no lookup in the map")


def shapes(specification: dict[str, Any]) -> dict[str, Any]:
    (layer,) = [layer for layer in specification["layer"] if layer["mark"]["type"] == "geoshape"]
    return dict(layer["encoding"])


def legend(specification: dict[str, Any]) -> dict[str, str]:
    scale = shapes(specification)["color"]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


def test_breaks_are_quantiles_of_every_value_and_leave_unknown_ones_out() -> None:
    values = pd.Series([*range(1, 12), np.nan], dtype=float)
    assert class_breaks(values, classes=5) == [3.0, 5.0, 7.0, 9.0]
    assert class_breaks(values.sample(frac=1, random_state=1), classes=5) == [3.0, 5.0, 7.0, 9.0]


@pytest.mark.parametrize(
    ("values", "breaks"), [([], []), ([np.nan], []), ([4.0, 4.0, 4.0], [4.0]), ([0.0] * 9, [0.0])]
)
def test_values_too_alike_give_fewer_classes(values: list[float], breaks: list[float]) -> None:
    assert class_breaks(pd.Series(values, dtype=float)) == breaks


@pytest.mark.parametrize(
    ("breaks", "labels"),
    [
        ([], ["all values"]),
        ([4.0], ["under 4.0", "4.0 and over"]),
        ([4.0, 1_000.0], ["under 4.0", "4.0 to 1,000.0", "1,000.0 and over"]),
    ],
)
def test_labels_name_every_class(breaks: list[float], labels: list[str]) -> None:
    assert class_labels(breaks) == labels


def test_each_region_is_in_the_class_of_its_rate_or_in_its_state() -> None:
    found = states(
        drawn(
            cells(
                LOW=(0.0, "reported"), LIMIT=(10.0, "reported"), MIDDLE=(19.9, "preliminary"),
                HIGH=(20.0, "reported"), HIDDEN=(None, "suppressed"), NONE=(None, "not_available"),
            )
        )
    )  # fmt: skip
    assert found == {
        "CA-LOW": "under 10.0",
        "CA-LIMIT": "10.0 to 20.0",
        "CA-MIDDLE": "10.0 to 20.0",
        "CA-HIGH": "20.0 and over",
        "CA-HIDDEN": "Suppressed",
        "CA-NONE": "Not available",
    }


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_the_legend_gives_every_class_and_both_states_a_colour_of_its_own(palette: Palette) -> None:
    # The legend is the same whether or not a region is suppressed.
    found = legend(drawn(cells(LOW=(0.0, "reported")), palette=palette))
    assert list(found) == [*class_labels(BREAKS), "Suppressed", "Not available"]
    assert found["Suppressed"] == palette.suppressed
    assert found["Not available"] == palette.background
    assert len(set(found.values())) == len(found)
    assert found["20.0 and over"].lower() == palette.domains["overdose"].lower()


@pytest.mark.parametrize("breaks", [[], [4.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
def test_there_is_one_colour_a_class_for_any_number_of_classes(breaks: list[float]) -> None:
    found = legend(drawn(cells(LOW=(0.0, "reported")), breaks=breaks))
    assert len(set(found.values())) == len(breaks) + 3


def outline(specification: dict[str, Any]) -> set[str]:
    encoding = shapes(specification)
    found = set()
    for channel in ("stroke", "strokeWidth"):
        condition = encoding[channel]["condition"]
        found.add(condition["test"])
    return found


def test_the_chosen_region_has_the_outline() -> None:
    assert outline(drawn(cells(), selected="CA-BC")) == {'datum.region_id === "CA-BC"'}


@pytest.mark.parametrize(
    ("selected", "quoted"),
    [
        ('x" || true || "', r'"x\" || true || \""'),
        ("x' || alert(1) || '", "\"x' || alert(1) || '\""),
        ("back\\", r'"back\\"'),
        ("two\nlines", r'"two\nlines"'),
    ],
)
def test_the_chosen_id_is_text_in_the_expression(selected: str, quoted: str) -> None:
    assert outline(drawn(cells(), selected=selected)) == {f"datum.region_id === {quoted}"}


def test_the_specification_is_valid_and_asks_for_nothing_from_elsewhere() -> None:
    specification = drawn(cells(LOW=(0.0, "reported"), HIDDEN=(None, "suppressed")))
    alt.Chart.from_dict(specification)
    urls = {layer["data"]["url"] for layer in specification["layer"] if "data" in layer}
    urls |= {specification["data"]["url"]} if "data" in specification else set()
    assert urls == {"app/static/areas/provinces.geojson"}


@pytest.mark.parametrize("measure", ["opioid_deaths", "drug_offences", "opioid_ems_responses"])
def test_the_classes_of_a_measure_are_the_same_in_every_period(
    warehouse_path: object, measure: str
) -> None:
    periods = sorted(map_cells(measure)["period_end"].dt.strftime("%Y-%m").unique())
    assert len(periods) > 3
    legends = [
        legend(map_specification(measure, period, "CA-BC", "light"))
        for period in (periods[0], periods[-2], periods[-1])
    ]
    assert legends[0] == legends[1] == legends[2]
    assert 3 <= len(legends[0]) <= 9


@pytest.mark.parametrize(
    ("measure", "period", "hidden"),
    [
        ("opioid_deaths", "2021-12", {"CA-NU"}),
        ("opioid_deaths", "2024-12", set()),
        ("opioid_ems_responses", "2018-12", {"CA-NL"}),
    ],
)
def test_the_map_has_every_province_and_territory_and_the_state_of_each(
    warehouse_path: object, measure: str, period: str, hidden: set[str]
) -> None:
    found = states(map_specification(measure, period, "CA-BC", "light"))
    assert len(found) == 13
    assert {region for region, state in found.items() if state == "Suppressed"} == hidden
    assert found["CA-BC"] in class_labels(class_breaks(map_cells(measure)["value"]))
