"""The sources page: publisher, licence, custody, coverage, release, checksum, checks."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st
from pandas.api.typing import NaTType

from atlas import catalog
from atlas.frames import records
from atlas.i18n import _, day, number
from atlas.ui import data, markup

_SHORT_SHA = 12


def finding() -> str:
    """Count sources, publishers, figures and checks."""
    sources, checks = data.sources(), data.checks()
    failed = int((~checks["passed"]).sum())
    verdict = (
        _("every check passed")
        if not failed
        else _("{count} checks failed").format(count=number(failed))
    )
    return _(
        "{sources} sources of {publishers} publishers; {rules} checks a source, {verdict}."
    ).format(
        sources=number(len(sources)),
        publishers=number(sources["publisher"].nunique()),
        rules=number(checks["rule"].nunique()),
        verdict=verdict,
    )


def show_summary() -> None:
    """Draw one row a source."""
    header = (
        _("Source"), _("Publisher"), _("Licence"), _("Custody"), _("Coverage"), _("Release"),
        _("Rows"), _("Checksum (SHA-256)"), _("Checks passed"),
    )  # fmt: skip
    st.html(markup.table(header, [_summary(source) for source in records(data.sources())]))


def _summary(source: Any) -> tuple[str, ...]:
    checks = data.checks()
    own = checks[checks["source_id"] == source.source_id]
    passed = (
        _("{passed} of {all}").format(passed=number(int(own["passed"].sum())), all=number(len(own)))
        if len(own)
        else _("no figures to check")
    )
    return (
        source.title,
        source.publisher,
        source.licence,
        catalog.custody_label(source.custody),
        coverage_text(source.covers_from, source.covers_to),
        source.release_id,
        number(source.rows),
        source.sha256[:_SHORT_SHA],
        passed,
    )


def coverage_text(first: pd.Timestamp | NaTType, last: pd.Timestamp) -> str:
    """Say from when to when; a boundary has no period."""
    if pd.isna(first):
        return _("boundaries")
    return _("{first} to {last}").format(first=day(first), last=day(last))


def show_details() -> None:
    """Draw a panel a source: address, attribution, notes, every release, every check."""
    releases, notes, checks = data.releases(), data.source_notes(), data.checks()
    for source in records(data.sources()):
        with st.expander(f"{source.title} · {source.publisher}"):
            st.markdown(
                _("Publisher’s page: {url}").format(url=f"<{source.landing_url}>")
                + "  \n"
                + _("Attribution: {attribution}").format(attribution=source.attribution)
                + "  \n"
                + _("Updated: {cadence}").format(cadence=cadence_label(source.cadence))
            )
            for note in records(notes[notes["source_id"] == source.source_id]):
                st.markdown(f"- {note.text}".replace("$", r"\$"))
            own = releases[releases["source_id"] == source.source_id]
            st.html(
                markup.table(
                    (_("Release"), _("Published"), _("Coverage"), _("Rows"), "SHA-256"),
                    [
                        (
                            row.release_id,
                            row.published,
                            coverage_text(row.covers_from, row.covers_to),
                            number(row.rows),
                            row.sha256,
                        )
                        for row in records(own)
                    ],
                    _("Releases; the checksum is of the publisher’s file that was read."),
                )
            )
            results = checks[checks["source_id"] == source.source_id]
            if results.empty:
                continue
            st.html(
                markup.table(
                    (_("Check"), _("Result")),
                    [
                        (row.message, _("passed") if row.passed else number(row.failures))
                        for row in records(results)
                    ],
                )
            )


def cadence_label(cadence: str) -> str:
    """Say how often a source is updated."""
    return {
        "daily": _("daily"),
        "weekly": _("weekly"),
        "monthly": _("monthly"),
        "quarterly": _("quarterly"),
        "yearly": _("yearly"),
        "irregular": _("irregularly"),
    }[cadence]
