"""Small pieces of HTML; every value that goes in is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import streamlit as st

_STYLE = Path(__file__).parent / "atlas.css"


def add_style() -> None:
    """Add the atlas's style sheet to the page, once a run."""
    st.html(_STYLE)


def set_page_language(language: str) -> None:
    """Tell the browser, and so a screen reader, which language the page is in."""
    code = {"en": "en-CA", "fr": "fr-CA"}[language]
    st.html(
        f"<script>document.documentElement.lang = '{code}'</script>",
        unsafe_allow_javascript=True,
    )


def table(header: Sequence[str], rows: Iterable[Iterable[str]], caption: str = "") -> str:
    """Return a table; the first cell of a row is its header. Cells are text.

    On a phone each row becomes a block, its cells named by the header.
    """
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    body = []
    for row in rows:
        first, *rest = row
        cells = "".join(
            f'<td data-label="{escape(name)}">{escape(cell)}</td>'
            for name, cell in zip(header[1:], rest, strict=True)
        )
        body.append(f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>')
    words = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="atlas-scroll" tabindex="0"><table class="atlas-table atlas-stack">{words}'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
