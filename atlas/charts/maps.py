"""Canada by province or territory: one Vega-Lite specification, geometry by URL."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from atlas.charts.theme import FONT, Palette
from atlas.frames import records
from atlas.i18n import _, number

PROVINCES_URL = "app/static/areas/provinces.geojson"
CLASSES = 5
SELECTION = "place"


def class_breaks(rates: pd.Series, classes: int = CLASSES) -> list[float]:
    """Return the inner limits of quantile classes over every period, so maps compare in time.

    Args:
        rates: all values that a map of this measure may show; NaN is left out.
        classes: number of classes, at most 7.
    """
    shares = np.linspace(0, 1, classes + 1)[1:-1]
    values = rates.dropna()
    if values.empty:
        return []
    return sorted({round(float(limit), 1) for limit in values.quantile(shares)})


def class_labels(breaks: list[float]) -> list[str]:
    """Name the classes that the breaks make, lowest first."""
    if not breaks:
        return [_("all values")]
    between = [
        _("{low} to {high}").format(low=number(low, 1), high=number(high, 1))
        for low, high in pairwise(breaks)
    ]
    return [
        _("under {limit}").format(limit=number(breaks[0], 1)),
        *between,
        _("{limit} and over").format(limit=number(breaks[-1], 1)),
    ]


def canada_map(
    cells: pd.DataFrame, breaks: list[float], domain: str, selected: str, palette: Palette
) -> dict[str, Any]:
    """Draw provinces and territories by class of rate.

    Args:
        cells: one row a region: `region_id`, `name`, `value`, `status`, `text` (the figure in
            words, for the tooltip), `label` (on the map).
        breaks: inner class limits, as `class_breaks` gives them.
        domain: gives the colour.
        selected: region drawn with a heavy outline.
        palette: colours of the theme.

    Returns:
        A Vega-Lite specification with the point selection `place` on `region_id`.
    """
    labels = class_labels(breaks)
    suppressed, missing = _("Suppressed"), _("Not available")
    shown = cells.assign(
        state=[
            suppressed
            if row.status == "suppressed"
            else missing
            if pd.isna(row.value)
            else labels[int(np.searchsorted(breaks, row.value, side="right"))]
            for row in records(cells)
        ]
    )
    fields = ["name", "text", "label", "state"]
    place = alt.selection_point(name=SELECTION, fields=["region_id"], on="click", empty=False)
    # json.dumps quotes the id, so that nothing in a URL becomes an expression.
    chosen = f"datum.region_id === {json.dumps(selected)}"
    base = (
        alt.Chart(
            alt.Data(url=PROVINCES_URL, format=alt.DataFormat(type="json", property="features"))
        )
        .transform_calculate(region_id="datum.properties.region_id")
        .transform_lookup(
            lookup="region_id",
            from_=alt.LookupData(
                data=alt.Data(values=shown[["region_id", *fields]].to_dict("records")),
                key="region_id",
                fields=fields,
            ),
        )
    )
    shapes = (
        base.mark_geoshape(cursor="pointer")
        .encode(
            color=alt.Color(
                "state:N",
                scale=alt.Scale(
                    domain=[*labels, suppressed, missing],
                    range=[
                        *palette.tints(domain, max(len(labels), 2))[-len(labels) :],
                        palette.suppressed,
                        palette.background,
                    ],
                ),
                legend=alt.Legend(
                    orient="bottom",
                    title=None,
                    columns=3,
                    symbolStrokeWidth=1,
                    symbolStrokeColor=palette.muted,
                    symbolType="square",
                ),
            ),
            stroke=alt.condition(chosen, alt.value(palette.text), alt.value(palette.muted)),
            strokeWidth=alt.condition(chosen, alt.value(2.5), alt.value(0.6)),
            tooltip=[
                alt.Tooltip("name:N", title=_("Region")),
                alt.Tooltip("text:N", title=_("Figure")),
            ],
        )
        .add_params(place)
    )
    # A halo below each name keeps it legible on pale and on dark fills.
    halo, names = (
        base.mark_text(
            fontSize=11, font=FONT, fontWeight=600, color=colour, stroke=colour, strokeWidth=width
        ).encode(
            longitude="properties.longitude:Q", latitude="properties.latitude:Q", text="label:N"
        )
        for colour, width in ((palette.background, 3.5), (palette.text, 0))
    )
    chart = (
        (shapes + halo + names)
        .project(type="conicConformal", rotate=[96, 0, 0], parallels=[49, 77])
        .properties(width="container", height=460, background="transparent")
        .configure(font=FONT)
        .configure_view(stroke=None)
        .configure_legend(labelColor=palette.text, labelFontSize=12, labelLimit=220)
    )
    return dict(chart.to_dict())
