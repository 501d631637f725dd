"""Small pieces of HTML; every value that goes in is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st

_STYLE = """
<style>
:root { --atlas-line: rgba(120,128,140,.35); --atlas-muted: color-mix(in srgb, currentColor 72%, transparent); }
[data-testid="stMainBlockContainer"] { padding-top: 3.6rem; padding-bottom: 2rem; }
[data-testid="stMainBlockContainer"] h1 { font-size: 1.7rem; padding: 0; }
[data-testid="stMainBlockContainer"] h3 { font-size: 1.15rem; }
[data-testid="stMainBlockContainer"] h4 { font-size: 1.2rem; line-height: 1.35; padding: .2rem 0; }
.atlas-cards { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .75rem; }
@media (max-width: 1000px) { [data-testid="stMainBlockContainer"] { padding-top: 3.6rem; padding-bottom: 2rem; }
[data-testid="stMainBlockContainer"] h1 { font-size: 1.7rem; padding: 0; }
[data-testid="stMainBlockContainer"] h3 { font-size: 1.15rem; }
[data-testid="stMainBlockContainer"] h4 { font-size: 1.2rem; line-height: 1.35; padding: .2rem 0; }
.atlas-cards { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
.atlas-card { border: 1px solid var(--atlas-line); border-top: 4px solid var(--domain); border-radius: 6px; padding: .7rem .8rem .8rem; overflow-wrap: anywhere; }
.atlas-card h3 { margin: 0; padding: 0; font-size: .8rem; letter-spacing: .04em; text-transform: uppercase; color: var(--domain); font-weight: 650; }
.atlas-card p { margin: .25rem 0 0; font-size: .85rem; line-height: 1.35; }
.atlas-card .value { font-size: 1.9rem; line-height: 1.15; font-weight: 650; font-variant-numeric: tabular-nums; }
.atlas-card .muted, .atlas-muted { color: var(--atlas-muted); }
.atlas-card .muted { font-size: .78rem; }
.atlas-scroll { overflow-x: auto; }
.atlas-table { border-collapse: collapse; font-size: .85rem; width: 100%; font-variant-numeric: tabular-nums; }
.atlas-table caption { text-align: left; padding-bottom: .4rem; color: var(--atlas-muted); }
.atlas-table th, .atlas-table td { border-bottom: 1px solid var(--atlas-line); padding: .35rem .5rem; text-align: left; vertical-align: top; }
.atlas-table thead th { font-weight: 600; white-space: nowrap; }
.atlas-grid td.state { text-align: center; padding: .2rem; min-width: 1.9rem; border: 1px solid var(--atlas-line); font-size: .75rem; }
.atlas-grid tbody th { font-weight: 500; min-width: 11rem; }
.atlas-grid td { white-space: nowrap; }
.atlas-grid td.state { vertical-align: middle; }
.atlas-grid .reported { background: color-mix(in srgb, var(--domain) 30%, transparent); }
.atlas-grid .preliminary { background: repeating-linear-gradient(90deg, color-mix(in srgb, var(--domain) 26%, transparent) 0 4px, transparent 4px 8px); }
.atlas-grid .suppressed, .atlas-key .suppressed { background: repeating-linear-gradient(45deg, rgba(120,128,140,.55) 0 2px, transparent 2px 6px); }
.atlas-key { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; font-size: .8rem; align-items: center; margin: .1rem 0 .3rem; }
.atlas-key span.swatch { display: inline-block; width: 1.4rem; height: .8rem; margin-right: .35rem; vertical-align: -1px; border: 1px solid var(--atlas-line); }
.atlas-key span.line { height: 0; border: 0; border-top: 2.5px solid var(--domain); vertical-align: 4px; }
.atlas-key span.dashed { border-top-style: dashed; }
.atlas-key .band { background: color-mix(in srgb, var(--domain) 22%, transparent); }
.atlas-key .shade { background: rgba(90,98,112,.18); }
.atlas-events { columns: 3; column-gap: 2rem; font-size: .8rem; padding-left: 0; list-style: none; margin: .2rem 0; }
@media (max-width: 800px) { .atlas-events { columns: 1; } }
.atlas-events li { break-inside: avoid; margin: 0 0 .25rem; }
.atlas-source { font-size: .8rem; color: var(--atlas-muted); margin: .2rem 0 .6rem; }
.stMultiSelect [data-baseweb="tag"], .stMultiSelect [data-baseweb="tag"] svg { color: #14171b; }
.stMultiSelect [data-baseweb="tag"] { background: #cfdbe8; }
@media print { header, [data-testid="stToolbar"], .stSelectbox svg { display: none !important; } .atlas-card { break-inside: avoid; } }
</style>
"""


def add_style() -> None:
    """Add the atlas's style sheet to the page, once a run."""
    st.html(_STYLE)


def table(
    header: Iterable[str], rows: Iterable[Iterable[str]], caption: str = ""
) -> str:
    """Return a table; the first cell of a row is its header. Cells are text."""
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = []
    for row in rows:
        first, *rest = row
        cells = "".join(f"<td>{escape(cell)}</td>" for cell in rest)
        body.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    words = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="atlas-scroll" tabindex="0"><table class="atlas-table">{words}'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
