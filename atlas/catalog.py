"""Measure cards, sources, regions, breakdowns and policy events, read from the warehouse."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from atlas.i18n import _, language
from atlas.warehouse import query

DOMAINS = ("overdose", "crime", "homelessness", "response")


def domain_label(domain: str) -> str:
    """Name a domain."""
    return {
        "overdose": _("Overdose"),
        "crime": _("Crime"),
        "homelessness": _("Homelessness"),
        "response": _("Police response"),
        "settlement": _("Settlement"),
        "population": _("Population"),
    }[domain]


def unit_label(unit: str) -> str:
    """Name a unit."""
    return {
        "count": _("Count"),
        "per_100k": _("Rate per 100,000 population"),
        "per_100k_12_plus": _("Rate per 100,000 population aged 12 and over"),
        "per_100k_18_plus": _("Rate per 100,000 population aged 18 and over"),
        "per_100k_12_to_17": _("Rate per 100,000 population aged 12 to 17"),
        "per_100k_age_adjusted": _("Age-adjusted rate per 100,000 population"),
        "percent": _("Percent"),
        "index": _("Index"),
    }[unit]


def period_kind_label(kind: str) -> str:
    """Name a kind of period."""
    return {
        "year": _("Years"),
        "part_year": _("Part year"),
        "quarter": _("Quarters"),
        "month": _("Months"),
        "week": _("Weeks"),
        "day": _("Days"),
        "twelve_months": _("Twelve months"),
        "pooled": _("Pooled period"),
    }[kind]


def status_label(status: str) -> str:
    """Name a cell state."""
    return {
        "reported": _("Reported"),
        "preliminary": _("Preliminary"),
        "suppressed": _("Suppressed"),
        "not_available": _("Not available"),
    }[status]


def custody_label(custody: str) -> str:
    """Say whose hands a file passed through before it came here."""
    return {
        "publisher": _("the publisher’s own file"),
        "resaved": _("the publisher’s table, saved again by others"),
        "compiled": _("compiled by others from the publisher’s figures"),
        "transcribed": _("transcribed by others from the publisher’s report"),
        "cleaned": _("cleaned by others before it came here"),
    }[custody]


def measures() -> pd.DataFrame:
    """Return one row a measure that has figures, headline measures first, indexed by id."""
    return _by_id(labelled(query("measures"), "label", "caveat", "rule"), "measure_id")


def regions() -> pd.DataFrame:
    """Return one row a region, indexed by id, with `name` in the reader's language."""
    return _by_id(labelled(query("regions"), "name"), "region_id")


def members() -> pd.DataFrame:
    """Return one row a breakdown and member, in the order in which they are shown."""
    return labelled(query("members"), "dimension", "label", keep=("dimension",))


def sources() -> pd.DataFrame:
    """Return one row a source with its latest release, indexed by id."""
    return _by_id(query("sources"), "source_id")


def policy_events(region_ids: Iterable[str]) -> pd.DataFrame:
    """Return the events that apply to any of the regions: their own and their parents'."""
    applies = {parent for region_id in region_ids for parent in lineage(region_id)}
    events = labelled(query("policy_events"), "title")
    return events[events["region_id"].isin(applies)]


def lineage(region_id: str) -> list[str]:
    """Return a region and those that contain it, as its path says, nearest first.

    Example:
        >>> lineage("CA-ON-toronto-073")
        ['CA-ON-toronto-073', 'CA-ON-toronto', 'CA-ON', 'CA']
    """
    parts = region_id.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _by_id(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    # The id stays a column too; an index of the same name would be ambiguous in a merge.
    return frame.set_index(column, drop=False).rename_axis(None)


def labelled(frame: pd.DataFrame, *fields: str, keep: tuple[str, ...] = ()) -> pd.DataFrame:
    """Add `<field>` in the reader’s language; a kept field becomes `<field>_label`."""
    names = {field: f"{field}_label" if field in keep else field for field in fields}
    return frame.assign(**{name: frame[f"{field}_{language()}"] for field, name in names.items()})


def nearest_with_figures(
    region_id: str, available: set[str], all_regions: pd.DataFrame
) -> str | None:
    """Return the region itself, else the nearest that contains it, else a city within it.

    Canada has no nearest: a city does not stand for a country.

    Args:
        region_id: the region asked for.
        available: regions that have figures.
        all_regions: `regions()`.
    """
    for container in lineage(region_id):
        if container in available and (container != "CA" or region_id == "CA"):
            return container
    within = all_regions[
        (all_regions["parent_id"] == region_id) & (all_regions["level"] == "city")
    ]["region_id"]
    return next((city for city in within if city in available and region_id != "CA"), None)
