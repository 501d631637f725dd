"""Names and cells as messages and SQL show them."""

from __future__ import annotations


def shown(cell: object, most: int = 120) -> str:
    """Show a cell, cut where it is long."""
    text = repr(cell)
    return text if len(text) <= most else f"{text[:most]}... ({len(text):,} characters)"


def some(names: list[str], most: int = 8) -> str:
    """Show the first names of a list."""
    listed = ", ".join(repr(name) for name in names[:most])
    return f"{listed} and {len(names) - most} more" if len(names) > most else listed


def identifier(name: str) -> str:
    """Quote a declared name as an SQL identifier; it is never a name that a file brings."""
    return '"' + name.replace('"', '""') + '"'
