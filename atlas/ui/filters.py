"""Filters that live in the URL: the address is the state, so it can be shared.

The URL holds ids, not labels, so that an address means the same in both languages.
A value that is not among the options is treated as if it were absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import streamlit as st

from atlas.i18n import _

_SEPARATOR = ","


def choose(label: str, key: str, options: Mapping[str, str], default: str) -> str:
    """Offer one of `options` (label by id) in a list; return its id."""
    _take_from_url(key, options, default)
    return str(
        st.selectbox(
            label, list(options), format_func=options.__getitem__, key=_widget(key),
            on_change=_put_in_url, args=(key, default),
        )
    )  # fmt: skip


def choose_segment(label: str, key: str, options: Mapping[str, str], default: str) -> str:
    """Offer one of a few `options` side by side; return its id."""
    _take_from_url(key, options, default)
    return str(
        st.segmented_control(
            label, list(options), format_func=options.__getitem__, key=_widget(key),
            on_change=_put_in_url, args=(key, default), required=True,
        )
    )  # fmt: skip


def choose_many(
    label: str,
    key: str,
    options: Mapping[str, str],
    default: Sequence[str] = (),
    most: int | None = None,
    placeholder: str | None = None,
    instead: Sequence[str] = (),
) -> list[str]:
    """Offer any of `options`, at most `most`; return their ids.

    Where the address asks for some and none of them is known, `instead` is chosen.
    """
    in_url = st.query_params.get(key)
    asked = list(default) if in_url is None else in_url.split(_SEPARATOR)
    known = dict.fromkeys(value for value in asked if value in options)
    _tell_unknown(asked, options)
    if asks_in_vain(key, options):
        known = dict.fromkeys(instead)
    st.session_state[_widget(key)] = list(known)[:most]
    return list(
        st.multiselect(
            label, list(options), format_func=options.__getitem__, key=_widget(key),
            on_change=_put_in_url, args=(key, _SEPARATOR.join(default)),
            max_selections=most, placeholder=placeholder, wrap=True,
        )
    )  # fmt: skip


def asks_in_vain(key: str, options: Mapping[str, str]) -> bool:
    """Say whether the address asks for values of a filter, and none of them is known."""
    asked = [value for value in st.query_params.get(key, "").split(_SEPARATOR) if value]
    return bool(asked) and not any(value in options for value in asked)


def set_choice(key: str, value: str) -> None:
    """Choose `value` from a callback, as if the reader had picked it."""
    st.query_params[key] = value


def _tell_unknown(values: Iterable[str], options: Mapping[str, str]) -> None:
    """Say which values of the address are not among the options, shortened and escaped."""
    unknown = [value for value in values if value and value not in options]
    if unknown:
        shown = ", ".join(value[:40] for value in unknown[:3])
        note = escape(_("Not known here: {values}.").format(values=shown))
        st.html(f'<p class="atlas-source">{note}</p>')


def _widget(key: str) -> str:
    return f"filter_{key}"


def _take_from_url(key: str, options: Mapping[str, str], default: str) -> None:
    in_url = st.query_params.get(key)
    _tell_unknown([in_url or ""], options)
    chosen = in_url if in_url in options else default
    st.session_state[_widget(key)] = chosen if chosen in options else next(iter(options))


def _put_in_url(key: str, default: str) -> None:
    value = st.session_state[_widget(key)]
    text = value if isinstance(value, str) else _SEPARATOR.join(value)
    if text == default:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = text
