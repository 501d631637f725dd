"""What each filter offers: labels by id, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from atlas import catalog
from atlas.i18n import _
from atlas.ui import data
from atlas.ui.cache import cached
from atlas.warehouse import query

_OVERVIEW_LEVELS = ("country", "province_territory", "city", "cma")
_LEVEL_ORDER = (
    "country", "province_territory", "us_state", "region_group", "ems_area", "city", "us_city",
    "municipality", "cma", "cma_part", "health_region", "local_health_area", "census_division",
    "us_county", "police_division", "borough", "neighbourhood", "historical",
)  # fmt: skip


@cached
def overview_regions() -> dict[str, str]:
    """Offer Canada, provinces and territories, cities and metropolitan areas with figures."""
    regions = data.regions()
    known = set(data.headline_regions()["region_id"])
    offered = regions[regions["level"].isin(_OVERVIEW_LEVELS) & regions["region_id"].isin(known)]
    return _by_level(offered["region_id"])


@cached
def mapped_measures() -> dict[str, str]:
    """Offer the measures that have a rate, or a count to make one of, by province."""
    known = set(query("mapped_measures")["measure_id"])
    return _measure_labels(name for name in data.measures()["measure_id"] if name in known)


@cached
def all_measures() -> dict[str, str]:
    """Offer every measure that has figures, headline measures first."""
    return _measure_labels(data.measures()["measure_id"])


@cached
def regions_of(measure_ids: tuple[str, ...]) -> dict[str, str]:
    """Offer the regions that have figures of any of the measures."""
    found = {region for measure in measure_ids for region in data.slices(measure)["region_id"]}
    return _by_level(found)


@cached
def dimensions_of(measure_id: str, region_ids: tuple[str, ...]) -> dict[str, str]:
    """Offer the breakdowns of a measure in some regions, none first."""
    found = set(_slices(measure_id, region_ids)["dimension"])
    return {
        name: _("No breakdown") if name == "total" else label
        for name, label in data.dimension_labels().items()
        if name in found
    }


@cached
def units_of(measure_id: str, region_ids: tuple[str, ...], dimension: str) -> dict[str, str]:
    """Offer the units of a measure in a breakdown, those that most of the regions have first."""
    found = _slices(measure_id, region_ids)
    found = found[found["dimension"] == dimension]
    order = ("per_100k", "count", "per_100k_12_plus", "per_100k_18_plus", "per_100k_12_to_17",
             "per_100k_age_adjusted", "percent", "index")  # fmt: skip
    units = _commonest_first(found, "unit", order)
    return {unit: catalog.unit_label(unit) for unit in units}


@cached
def period_kinds_of(
    measure_id: str, region_ids: tuple[str, ...], dimension: str, unit: str
) -> dict[str, str]:
    """Offer years, quarters or months, those that most of the regions have first.

    A part year goes with the years; a single year comes after shorter periods.
    """
    found = _slices(measure_id, region_ids)
    found = found[(found["dimension"] == dimension) & (found["unit"] == unit)]
    order = ["year", "quarter", "month", "week", "day", "twelve_months", "pooled"]
    years = found.loc[found["period_kind"] == "year", ["first_start", "last_end"]]
    if len(years) and years["first_start"].min().year == years["last_end"].max().year:
        order = [*order[1:], order[0]]
    kinds = _commonest_first(found, "period_kind", order)
    return {kind: catalog.period_kind_label(kind) for kind in kinds}


def widest_first(region_ids: Iterable[str]) -> list[str]:
    """Order regions by level, then by population, so that the place that holds others leads."""
    regions = data.regions().loc[sorted(region_ids)]
    rank = regions["level"].map({level: place for place, level in enumerate(_LEVEL_ORDER)})
    ordered = regions.assign(rank=rank).sort_values(
        ["rank", "population_latest", "region_id"], ascending=[True, False, True]
    )
    return list(ordered["region_id"])


def _commonest_first(found: pd.DataFrame, column: str, order: Sequence[str]) -> list[str]:
    """List what a column holds by how many regions have it, else in `order`."""
    regions = found.groupby(column)["region_id"].nunique()
    return sorted(
        (name for name in order if name in regions.index), key=lambda name: -regions[name]
    )


def _slices(measure_id: str, region_ids: tuple[str, ...]) -> pd.DataFrame:
    """Return what a measure has in the regions, or anywhere if it has nothing there."""
    everywhere = data.slices(measure_id)
    there = everywhere[everywhere["region_id"].isin(region_ids)]
    return there if len(there) else everywhere


def _measure_labels(measure_ids: Iterable[str]) -> dict[str, str]:
    cards = [data.measure(measure_id) for measure_id in measure_ids]
    return {
        card.measure_id: f"{catalog.domain_label(card.domain)} · {card.label}" for card in cards
    }


def _by_level(region_ids: Iterable[str]) -> dict[str, str]:
    regions = data.regions()
    offered = regions.loc[sorted(region_ids)]
    order = offered["level"].map({level: place for place, level in enumerate(_LEVEL_ORDER)})
    offered = offered.assign(order=order).sort_values(["order", "name"])
    return dict(zip(offered["region_id"], offered["name"], strict=True))
