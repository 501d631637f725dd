"""What a portal answers in JSON, read with a check of every value that is used."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn, TypeVar

from pipelines.web import FetchError, shown

ODD = "The portal's interface may have changed: open the address in a browser."
_WHOLE = re.compile(r"[0-9]{1,12}")
_Kind = TypeVar("_Kind")


class Number(str):
    """A JSON number as it was written, so that no digit is lost."""

    __slots__ = ()


_KINDS: dict[type, str] = {
    bool: "true or false",
    dict: "an object",
    list: "a list",
    str: "text",
    Number: "a number",
}


def parse(url: str, text: str) -> Any:
    """Read JSON, its numbers as `Number`.

    Raises:
        FetchError: it is none.
    """
    try:
        return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise FetchError(url, "JSON", f"{error}: {shown(text)}", ODD) from error


def dict_of(url: str, data: Any) -> dict[str, Any]:
    """Require an object."""
    if not isinstance(data, dict):
        odd(url, "an object", data)
    return data


def get(url: str, data: Any, key: str, kind: type[_Kind]) -> _Kind:
    """Take a value of one kind out of an object."""
    value = dict_of(url, data).get(key)
    if not isinstance(value, kind):
        odd(url, f"{key!r} as {_KINDS[kind]}", value)
    return value


def whole(url: str, data: Any, key: str, kind: type[str] = Number) -> int:
    """Take a whole number out of an object; `kind` is `str` where it is sent as text."""
    value = get(url, data, key, kind)
    if not _WHOLE.fullmatch(value):
        odd(url, f"{key!r} as a whole number", value)
    return int(value)


def cells_of(url: str, record: Any, fields: list[str]) -> list[str]:
    """Give a record as cells of CSV, in order of `fields`."""
    row = dict_of(url, record)
    cells = []
    for field in fields:
        if field not in row:
            odd(url, f"{field!r} in every row", sorted(row))
        value = row[field]
        if value is None or isinstance(value, bool):
            cells.append({None: "", True: "true", False: "false"}[value])
        elif isinstance(value, str):
            cells.append(value)
        else:
            odd(url, f"{field!r} as text, a number or nothing", value)
    return cells


def odd(url: str, expected: str, got: object) -> NoReturn:
    """Refuse an answer."""
    raise FetchError(url, expected, shown(repr(got)), ODD)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
