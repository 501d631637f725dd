"""Words, numbers and dates in the reader's language."""

from __future__ import annotations

import gettext
import io
from contextvars import ContextVar
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = {"en": "English", "fr": "Français"}
_LOCALES = {"en": Locale("en", "CA"), "fr": Locale("fr", "CA")}
_CATALOGUES = Path(__file__).parent / "locale"
_language: ContextVar[str] = ContextVar("language", default="en")


def set_language(language: str) -> None:
    """Choose the language of this script run; an unknown one is English."""
    _language.set(language if language in LANGUAGES else "en")


def language() -> str:
    """Return the language of this script run."""
    return _language.get()


def _(message: str) -> str:
    """Translate a message; one without a translation stays English."""
    return _catalogue(language()).gettext(message)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    source = _CATALOGUES / code / "LC_MESSAGES" / "atlas.po"
    if not source.is_file():
        return gettext.NullTranslations()
    with source.open("rb") as file:
        messages = read_po(file)
    compiled = io.BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def number(value: float, decimals: int = 0) -> str:
    """Write a number as the language does: `8,020` or `8 020`, with fixed decimals."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, format=pattern, locale=_LOCALES[language()]))


def interval(low: float, high: float, decimals: int) -> str:
    """Write an interval as `(1.0 to 2.0)`."""
    return _("({low} to {high})").format(low=number(low, decimals), high=number(high, decimals))


def separators() -> str:
    """Return the decimal and the thousands separator, as Plotly takes them."""
    return ",\u00a0" if language() == "fr" else ".,"


def day(value: date) -> str:
    """Write a date in full: `30 September 2025`, `1er janvier 2025`."""
    pattern = "d'er' MMMM y" if language() == "fr" and value.day == 1 else "d MMMM y"
    return str(format_date(value, format=pattern, locale=_LOCALES[language()]))


def month(value: date) -> str:
    """Write a month: `Sep 2025`."""
    return str(format_skeleton("yMMM", value, locale=_LOCALES[language()]))


def period(start: date, end: date, kind: str) -> str:
    """Write a period: `2024`, `2024 Q3`, `May 2025`, `January to September 2025`."""
    if kind == "year":
        return str(start.year)
    if kind == "quarter":
        return _("{year} Q{quarter}").format(year=start.year, quarter=(start.month + 2) // 3)
    if kind == "month":
        return month(start)
    if kind == "part_year":
        return _("{first} to {last} {year}").format(
            first=format_skeleton("MMM", start, locale=_LOCALES[language()]),
            last=format_skeleton("MMM", end, locale=_LOCALES[language()]),
            year=start.year,
        )
    if kind == "day":
        return day(start)
    if kind == "twelve_months":
        return _("twelve months to {month}").format(month=month(end))
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return _("{first_year} to {last_year}").format(first_year=start.year, last_year=end.year)
    return _("{first} to {last}").format(first=day(start), last=day(end))
