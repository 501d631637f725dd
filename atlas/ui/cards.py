"""The four cards of the overview: value, period, comparison, interval, usual variation or not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import streamlit as st

from atlas import catalog
from atlas.analysis.headline import Headline, Unknown, latest_headline
from atlas.charts.theme import Palette, palette
from atlas.frames import records
from atlas.i18n import _, number, period
from atlas.ui import data, page
from atlas.ui.cache import cached
from atlas.ui.comparability import breaks_of, comparable_from, reporting_populations
from atlas.ui.sentences import cell_period, change_sentence, figure_text, named


@dataclass(frozen=True)
class Card:
    """What one domain shows for a region.

    Attributes:
        domain: its domain.
        measure_id: measure shown; None if the domain has no figure near the region.
        region_id: region that the figure is for, which may not be the one asked for.
        headline: the figure with its comparison.
    """

    domain: str
    measure_id: str | None
    region_id: str | None
    headline: Headline | None


@cached
def domain_card(domain: str, region_id: str, preferred_measure: str) -> Card:
    """Choose a domain's measure and place for a region: the preferred measure, else the nearest.

    The region itself comes before one that contains it, and that before a city within it.
    """
    where = data.headline_regions()
    where = where[where["domain"] == domain]
    offered = list(where.loc[where["on_card"], "measure_id"].unique())
    if domain == data.measure(preferred_measure).domain:
        offered.insert(0, preferred_measure)
    found: list[tuple[bool, str, str]] = []
    for measure_id in offered:
        places = set(data.slices(measure_id)["region_id"])
        nearest = catalog.nearest_with_figures(region_id, places, data.regions())
        if nearest:
            found.append((nearest != region_id, measure_id, nearest))
    for _elsewhere, measure_id, place in sorted(found, key=lambda item: item[0]):
        headline = region_headline(measure_id, place)
        if headline:
            return Card(domain, measure_id, place, headline)
    return Card(domain, None, None, None)


@cached
def region_headline(measure_id: str, region_id: str) -> Headline | None:
    """Return the latest final figure of a measure in a region, with its comparison."""
    cells = data.figures(measure_id, region_id)
    cells = cells[cells["dimension"] == "total"]
    people = data.populations(region_id)
    if region_id == "CA" and len(reporting_populations(measure_id)):
        people = reporting_populations(measure_id)
    if not cells["unit"].isin(("count", "per_100k")).any():
        # A rate of the population aged 12 and over has no denominator here.
        cells = cells.assign(unit=cells["unit"].replace("per_100k_12_plus", "per_100k"))
        people = people.iloc[:0]
    headline = latest_headline(
        cells[cells["unit"].isin(("count", "per_100k"))],
        people,
        bool(data.measure(measure_id).counts_events),
    )
    start = comparable_from(measure_id, region_id)
    if headline and headline.base and start is not None and headline.base.start < start:
        reason = "coverage" if region_id == "CA" else "break"
        return replace(headline, change=None, obstacle=reason)
    return headline


def show_cards(cards: list[Card], asked: str, measure_id: str) -> None:
    """Draw the cards in one row, two a row on a phone."""
    body = "".join(_card_html(card, asked, measure_id, page.theme()) for card in cards)
    st.html(f'<div class="atlas-cards">{body}</div>')


@cached
def _card_html(card: Card, asked: str, chosen: str, theme: str) -> str:
    colour = palette(theme).domains[card.domain]
    head = (
        f'<section class="atlas-card" style="--domain:{colour}">'
        f"<h3>{escape(catalog.domain_label(card.domain))}</h3>"
    )
    if card.headline is None or card.measure_id is None or card.region_id is None:
        return f"{head}{_paragraph(_no_figure(card.domain))}</section>"
    headline, latest = card.headline, card.headline.latest
    measure, place = data.measure(card.measure_id), data.region_name(card.region_id)
    when = cell_period(latest)
    if latest.count is not None:
        value, detail = number(latest.count), _rate_detail(card)
        below = named(when, detail) if detail else when
    else:
        value = number(latest.rate or 0, 1)
        unit = data.measure(card.measure_id).unit
        below = f"{catalog.unit_label(unit if unit.startswith('per_') else 'per_100k')}, {when}"
    lines = [
        _paragraph(f"{measure.label}, {place}"),
        f'<p class="value">{escape(value)}</p>',
        _paragraph(below),
        f"<p>{_arrow(headline, measure.up_is, palette(theme))}"
        f"{escape(change_sentence(headline))}</p>",
    ]
    lines += [
        _paragraph(f"{note}.", "muted")
        for note in breaks_of(card.measure_id, card.region_id)["text"]
    ]
    if headline.preliminary:
        lines.append(_paragraph(_preliminary(headline), "muted"))
    if card.domain == data.measure(chosen).domain and card.measure_id != chosen:
        lines.append(
            _paragraph(
                _("{measure} is not published here; this stands in its place.").format(
                    measure=data.measure(chosen).label
                ),
                "muted",
            )
        )
    if card.region_id != asked:
        lines.append(
            _paragraph(
                _("Not published for {region}; {place} is the nearest.").format(
                    region=data.region_name(asked), place=place
                ),
                "muted",
            )
        )
    if headline.unknown:
        lines.append(_paragraph(_unknown_text(headline.unknown), "muted"))
    if headline.counts_implied and headline.change:
        lines.append(
            _paragraph(
                _("Where only a rate is published, the test uses the count that it implies."),
                "muted",
            )
        )
    if headline.per_day_only and headline.change:
        lines.append(
            _paragraph(
                _("Compared by day; no yearly population is loaded for this place."), "muted"
            )
        )
    return head + "".join(lines) + "</section>"


def _unknown_text(unknown: Unknown) -> str:
    when = period(unknown.start, unknown.end, unknown.kind)
    return named(when, catalog.status_label(unknown.status).lower())


def _paragraph(text: str, style: str = "") -> str:
    return f'<p class="{style}">{escape(text)}</p>' if style else f"<p>{escape(text)}</p>"


def _arrow(headline: Headline, up_is: str, colours: Palette) -> str:
    """Return the direction of a change beyond usual variation, coloured by what up means."""
    change = headline.change
    if change is None or headline.within_usual_variation:
        return ""
    rises = change.ratio > 1
    colour = colours.text
    if up_is != "neutral":
        colour = colours.hot if rises == (up_is == "worse") else colours.cold
    return f'<span style="color:{colour}">{"▲" if rises else "▼"}</span> '


def _rate_detail(card: Card) -> str:
    latest = card.headline.latest if card.headline else None
    if latest is None or latest.rate is None or card.measure_id is None:
        return ""
    cells = data.figures(card.measure_id, card.region_id)
    (row,) = records(
        cells[
            (cells["dimension"] == "total")
            & (cells["unit"] == "per_100k")
            & (cells["period_start"] == latest.start)
            & (cells["period_kind"] == latest.kind)
        ]
    )
    rate = _("{rate} per 100,000").format(rate=figure_text(row))
    if row.unstable:
        return _("{figure}, unstable: fewer than 20 events").format(figure=rate)
    return rate


def _preliminary(headline: Headline) -> str:
    cell = headline.preliminary
    if cell is None:
        return ""
    count = number(cell.count) if cell.count is not None else ""
    rate = (
        _("{rate} per 100,000, annualised").format(rate=number(cell.rate, 1))
        if cell.rate is not None
        else ""
    )
    figures = "; ".join(text for text in (count, rate) if text)
    return _("{period}, preliminary: {figures}. Not compared.").format(
        period=cell_period(cell), figures=figures
    )


def _no_figure(domain: str) -> str:
    return {
        "overdose": _("No public overdose figure for this place yet."),
        "crime": _(
            "For Canada as a whole, the Crime Severity Index is in Trends. Choose a province or "
            "a city for this card."
        ),
        "homelessness": _(
            "No public monthly figure for this place. The nearest that exists is the City of "
            "Toronto’s shelter system: choose Ontario or Toronto."
        ),
        "response": _(
            "For Canada as a whole, clearance rates are in Trends. Choose a province or a city "
            "for this card."
        ),
    }[domain]
