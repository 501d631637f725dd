"""Cached reads and figures, dropped when another warehouse takes the file's place."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from atlas import i18n, warehouse

P = ParamSpec("P")
R = TypeVar("R")


def cached(function: Callable[P, R]) -> Callable[P, R]:
    """Keep a function's results by its arguments, the language and the warehouse's version.

    Results are shared between readers and must not be changed.
    """
    name = f"{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        key = (name, warehouse.version(), i18n.language())
        return _keep(key, lambda: function(*args, **kwargs), args, kwargs)

    return call


@st.cache_resource(show_spinner=False, max_entries=2_000)
def _keep(key: tuple[object, ...], _make: Callable[[], R], args: object, kwargs: object) -> R:
    return _make()
