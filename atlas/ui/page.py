"""What every page does: heading, finding, source line, table, download, notes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import streamlit as st

from atlas import catalog
from atlas.charts.theme import Palette, palette
from atlas.export import to_csv
from atlas.i18n import _, day
from atlas.ui import data, markup


def theme_palette() -> Palette:
    """Return the colours of the reader's theme."""
    return palette(st.context.theme.type or "light")


def show_source(source_ids: Iterable[str]) -> None:
    """Name publisher, title, release, custody, licence and last day of each source."""
    known = data.sources()
    lines = [
        _("{publisher}, {title}. Release {release}, {custody}. {licence}. Data to {day}.").format(
            publisher=source.publisher,
            title=source.title,
            release=source.release_id,
            custody=catalog.custody_label(source.custody),
            licence=source.licence,
            day=day(source.covers_to),
        )
        for source in known.loc[sorted(set(source_ids))].itertuples()
    ]
    st.caption(_("Source: {sources}").format(sources=" ".join(lines)))


def show_download(name: str, **filters: Any) -> None:
    """Offer the figures shown as CSV, made when the reader asks for it."""
    complete = {
        "regions": None, "dimensions": None, "units": None, "period_kinds": None,
        "statuses": None, "from_year": None, "to_year": None, "every_release": False,
    } | filters  # fmt: skip
    st.download_button(
        _("Download CSV"),
        data=lambda: to_csv(data.figures_for_export(**complete)),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"download_{name}",
    )


def show_table(cells: pd.DataFrame) -> None:
    """Show the cells behind a chart, in words, in a panel that opens."""
    regions = data.regions()
    members = data.members().set_index(["dimension", "member"])["label"]
    with st.expander(_("Table")):
        st.dataframe(
            pd.DataFrame(
                {
                    _("Region"): [regions.loc[region, "name"] for region in cells["region_id"]],
                    _("Breakdown"): [
                        members.get(key, "")
                        for key in zip(cells["dimension"], cells["member"], strict=True)
                    ],
                    _("Period"): cells["period"].to_list(),
                    _("Figure"): cells["figure"].to_list(),
                    _("Unit"): [catalog.unit_label(unit) for unit in cells["unit"]],
                    _("Status"): [catalog.status_label(status) for status in cells["status"]],
                    _("Release"): cells["release_id"].to_list(),
                }
            ),
            hide_index=True,
        )


def show_about(measure_ids: Iterable[str]) -> None:
    """Say what each measure counts, and what to be careful about."""
    with st.expander(_("About these figures")):
        for measure in data.measures().loc[list(dict.fromkeys(measure_ids))].itertuples():
            st.markdown(f"**{_plain(measure.label)}**")
            st.markdown(_plain(f"{measure.rule}. {measure.caveat}."))
        notes = data.source_notes()
        sources = {
            source
            for measure_id in measure_ids
            for source in data.figures(measure_id)["source_id"].unique()
        }
        for note in notes[notes["source_id"].isin(sources)].itertuples():
            st.markdown(f"- {_plain(note.text)}")
        st.markdown(
            _(
                "Intervals are exact 95 % Poisson intervals (Garwood) of counts of events. A "
                "comparison gives the rate ratio with its exact conditional interval; a change is "
                "within usual variation if that interval holds 1. Preliminary periods are never "
                "compared. Figures stand side by side; nothing here shows that one caused another."
            )
        )


def show_key(colour: str) -> None:
    """Explain the marks of a time series."""
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


def show_events(events: pd.DataFrame) -> None:
    """List the policy dates that a chart marks."""
    if events.empty:
        return
    lead = _("Policy dates on the chart, for context; a date is not a cause.")
    items = "".join(
        f"<li><b>{markup.escape(event.mark)}</b> {markup.escape(str(event.event_date.date()))}, "
        f"{markup.escape(event.geography)}: {markup.escape(event.title)}"
        f"{'' if event.verified else markup.escape(_(' (not verified)'))}</li>"
        for event in events.itertuples()
    )
    st.caption(lead)
    st.html(f'<ol class="atlas-events">{items}</ol>')


def _plain(text: str) -> str:
    """Escape what Markdown would read as markup or as a formula."""
    return text.replace("$", r"\$").replace("*", r"\*").replace("_", r"\_")
