"""What every page does: heading, finding, source line, table, download, notes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import streamlit as st

from atlas import catalog
from atlas.charts.theme import palette
from atlas.export import to_csv
from atlas.frames import records
from atlas.i18n import _, day, month
from atlas.ui import data, markup
from atlas.ui.cache import cached
from atlas.ui.sentences import named

ALL_FIGURES: dict[str, Any] = {
    "regions": None,
    "dimensions": None,
    "units": None,
    "period_kinds": None,
    "statuses": None,
    "from_year": None,
    "to_year": None,
    "every_release": False,
}


def hashable(filters: dict[str, Any]) -> dict[str, Any]:
    """Return filters that a cache can keep results by: lists become tuples."""
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in filters.items()
    }


def theme() -> str:
    """Return the reader's theme, `light` or `dark`."""
    return st.context.theme.type or "light"


def sources_of(measure_ids: Iterable[str]) -> set[str]:
    """Return the ids of the sources of some measures."""
    return {source for measure_id in measure_ids for source in data.sources_of(measure_id)}


def show_source(source_ids: Iterable[str]) -> None:
    """Name publisher, title, release, custody, licence and last day of each source."""
    st.caption(_source_line(tuple(sorted(set(source_ids)))))


@cached
def _source_line(source_ids: tuple[str, ...]) -> str:
    lines = [
        _("{publisher}, {title}. Release {release}, {custody}. {licence}. Data to {day}.").format(
            publisher=source.publisher,
            title=source.title,
            release=source.release_id,
            custody=catalog.custody_label(source.custody),
            licence=source.licence,
            day=day(source.covers_to),
        )
        for source in records(data.sources().loc[list(source_ids)])
    ]
    return _("Source: {sources}").format(sources=" ".join(lines))


def show_download(name: str, **filters: Any) -> None:
    """Offer the figures shown as CSV, made when the reader asks for it."""
    complete = ALL_FIGURES | hashable(filters)
    st.download_button(
        _("Download CSV"),
        data=lambda: to_csv(data.figures_for_export(**complete)),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"download_{name}",
    )


def cells_table(cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells in words, as `with_texts` gives them, as a table to show."""
    members = data.members().set_index(["dimension", "member"])["label"].to_dict()
    keys = zip(cells["dimension"], cells["member"], strict=True)
    return pd.DataFrame(
        {
            _("Region"): cells["region_id"].map(data.regions()["name"]).to_list(),
            _("Breakdown"): [members[key] for key in keys],
            _("Period"): cells["period"].to_list(),
            _("Figure"): cells["figure"].to_list(),
            _("Unit"): cells["unit"].map(catalog.unit_label).to_list(),
            _("Status"): cells["status"].map(catalog.status_label).to_list(),
            _("Release"): cells["release_id"].to_list(),
        }
    )


def show_table(table: pd.DataFrame) -> None:
    """Show the table behind a chart in a panel that opens."""
    with st.expander(_("Table")):
        st.dataframe(table, hide_index=True)


def show_about(measure_ids: Iterable[str]) -> None:
    """Say what each measure counts, and what to be careful about."""
    with st.expander(_("About these figures")):
        st.markdown(_about(tuple(dict.fromkeys(measure_ids))))


@cached
def _about(measure_ids: tuple[str, ...]) -> str:
    parts = [
        f"**{_plain(measure.label)}**\n\n{_plain(f'{measure.rule}. {measure.caveat}.')}"
        for measure in records(data.measures().loc[list(measure_ids)])
    ]
    sources = sources_of(measure_ids)
    notes = data.source_notes()
    own = notes[notes["source_id"].isin(sources)]
    parts.append("\n".join(f"- {_plain(note)}" for note in own["text"]))
    parts.append(
        _(
            "Intervals are exact 95 % Poisson intervals (Garwood) of counts of events. A "
            "comparison gives the rate ratio with its exact conditional interval; a change is "
            "within usual variation if that interval holds 1. Preliminary periods are never "
            "compared. Usual variation means what chance alone gives in counting; other "
            "differences between years come on top. Where only rates are published, the counts "
            "that they imply are used, where the population is known. Figures stand side by side; "
            "nothing here shows that one led to another."
        )
    )
    return "\n\n".join(parts)


def show_key(domain: str) -> None:
    """Explain the marks of a time series in its domain's colour."""
    colour = palette(theme()).domains[domain]
    items = (
        ("line", _("final")),
        ("line dashed", _("preliminary")),
        ("shade", _("preliminary period")),
        ("band", _("95 % interval")),
        ("suppressed", _("suppressed")),
        ("", _("not available")),
    )
    swatches = "".join(
        f'<span><span class="swatch {style}"></span>{label}</span>' for style, label in items
    )
    st.html(f'<div class="atlas-key" style="--domain:{colour}">{swatches}</div>')


def event_day(when: pd.Timestamp, precision: str) -> str:
    """Write an event's date as precisely as it is known: day, month or year."""
    return {"day": day(when), "month": month(when), "year": str(when.year)}[precision]


def show_events(events: pd.DataFrame) -> None:
    """List the policy dates that a chart marks."""
    if events.empty:
        return
    places = data.regions()["name"]
    lead = _("Policy dates on the chart, for context; a date is not a cause.")
    doubt = _("(not verified)")
    items = "".join(
        f"<li><b>{markup.escape(event.mark)}</b> "
        f"{markup.escape(event_day(event.event_date, event.precision))}, "
        f"{markup.escape(named(str(places[event.region_id]), event.title))}"
        f"{'' if event.verified else markup.escape(f' {doubt}')}</li>"
        for event in records(events)
    )
    st.caption(lead)
    st.html(f'<ol class="atlas-events">{items}</ol>')


def _plain(text: str) -> str:
    """Escape what Markdown would read as markup or as a formula."""
    return text.replace("$", r"\$").replace("*", r"\*").replace("_", r"\_")
