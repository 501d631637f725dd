"""The sentence at the top of a page that answers its question."""

from __future__ import annotations

from atlas.i18n import _, number
from atlas.ui import data
from atlas.ui.cards import Card
from atlas.ui.sentences import cell_period, change_sentence


def overview_finding(cards: list[Card], region_id: str, measure_id: str) -> str:
    """Answer with the card of the chosen measure's domain, and say if it is for another place."""
    domain = data.measure(measure_id).domain
    card = next((card for card in cards if card.domain == domain), cards[0])
    asked = data.region_name(region_id)
    if card.headline is None or card.measure_id is None or card.region_id is None:
        return _("No figure of this kind is published for {region}.").format(region=asked)
    latest = card.headline.latest
    figure = (
        number(latest.count)
        if latest.count is not None
        else _("{rate} per 100,000").format(rate=number(latest.rate or 0, 1))
    )
    answer = _("{place}, {period}: {figure} {measure}. {change}").format(
        place=data.region_name(card.region_id),
        period=cell_period(latest),
        figure=figure,
        measure=_lower_first(data.measure(card.measure_id).label),
        change=change_sentence(card.headline),
    )
    if card.region_id == region_id:
        return answer
    return _("Not published for {region}. {answer}").format(region=asked, answer=answer)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
