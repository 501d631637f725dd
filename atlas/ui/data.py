"""Cached reads of the warehouse, by the words a page uses."""

from __future__ import annotations

from typing import Any

import pandas as pd

from atlas import catalog, export
from atlas.figures import with_intervals
from atlas.frames import records
from atlas.ui.cache import cached
from atlas.warehouse import query

measures = cached(catalog.measures)
regions = cached(catalog.regions)
members = cached(catalog.members)
sources = cached(catalog.sources)
# The whole warehouse is 270 MB as a frame: keep only the slice at hand and the one before.
figures_for_export = cached(export.figures_for_export, most=2)


@cached
def _measure_cards() -> dict[str, Any]:
    return {card.measure_id: card for card in records(measures())}


def measure(measure_id: str) -> Any:
    """Return a measure's card: `label`, `domain`, `counts_events`, `up_is`, `rule`, `caveat`..."""
    return _measure_cards()[measure_id]


@cached
def region_name(region_id: str) -> str:
    """Return a region's name in the reader's language."""
    return str(regions().loc[region_id, "name"])


@cached
def dimension_labels() -> dict[str, str]:
    """Return the breakdowns' names by id, in the order in which they are shown."""
    return {row.dimension: row.dimension_label for row in records(members())}


@cached
def releases() -> pd.DataFrame:
    """Return every release of every source, newest first."""
    return query("releases")


@cached
def source_notes() -> pd.DataFrame:
    """Return suppression rules, breaks and limits by source."""
    return catalog.labelled(query("source_notes"), "text")


@cached
def checks() -> pd.DataFrame:
    """Return each check's result by source."""
    return catalog.labelled(query("checks"), "message")


@cached
def newest_by_domain() -> pd.Series:
    """Return the last day of the newest figure by domain."""
    return query("newest_by_domain").set_index("domain")["newest"]


@cached
def slices(measure_id: str) -> pd.DataFrame:
    """Return where, in which breakdown, unit and period a measure has figures."""
    return query("slices", measure=measure_id)


@cached
def headline_regions() -> pd.DataFrame:
    """Return the regions that have figures of each headline measure."""
    return query("headline_regions")


@cached
def figures(measure_id: str, region_id: str | None = None) -> pd.DataFrame:
    """Return the current figures of a measure, in one region or all, with intervals."""
    regions = None if region_id is None else [region_id]
    rows = query(
        "figures",
        measures=[measure_id], regions=regions, dimensions=None, units=None, period_kinds=None,
    )  # fmt: skip
    counts = rows[rows["unit"] == "count"]
    events, people = measure(measure_id).counts_events, july_populations()
    return with_intervals(rows, counts, events, people, export.rate_only_sources(measure_id))


@cached
def sources_of(measure_id: str) -> tuple[str, ...]:
    """Return the ids of the sources that give a measure."""
    return tuple(query("measure_sources", measure=measure_id)["source_id"])


@cached
def july_populations() -> pd.DataFrame:
    """Return every region's population of 1 July: `region_id`, `year`, `persons`."""
    return query("july_populations")


@cached
def populations(region_id: str) -> pd.DataFrame:
    """Return a region's population estimates in time order."""
    return query("populations", regions=[region_id])


@cached
def policy_events(region_ids: tuple[str, ...]) -> pd.DataFrame:
    """Return the policy dates that apply to any of the regions."""
    return catalog.policy_events(region_ids)


@cached
def coverage(region_ids: tuple[str, ...], measure_ids: tuple[str, ...]) -> pd.DataFrame:
    """Return the state of each measure, region and year."""
    return query("coverage", regions=list(region_ids), measures=list(measure_ids))
