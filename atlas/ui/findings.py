"""The sentence at the top of a page that answers its question."""

from __future__ import annotations

from atlas.i18n import _, number
from atlas.ui import data
from atlas.ui.cards import Card
from atlas.ui.sentences import cell_period, change_sentence


def overview_finding(cards: list[Card], region_id: str) -> str:
    """Answer with the overdose card: figure, period, comparison, usual variation or not."""
    card = cards[0]
    if card.headline is None or card.measure_id is None or card.region_id is None:
        return _("No overdose figure is published for {region}.").format(
            region=data.region_name(region_id)
        )
    latest = card.headline.latest
    figure = (
        number(latest.count)
        if latest.count is not None
        else _("{rate} per 100,000").format(rate=number(latest.rate or 0, 1))
    )
    return _("{place}, {period}: {figure} {measure}. {change}").format(
        place=data.region_name(card.region_id),
        period=cell_period(latest),
        figure=figure,
        measure=_lower_first(data.measure(card.measure_id).label),
        change=change_sentence(card.headline),
    )


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
