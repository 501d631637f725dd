"""Cached reads and figures, dropped when another warehouse takes the file's place."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from atlas import i18n, warehouse

P = ParamSpec("P")
R = TypeVar("R")


def cached(function: Callable[P, R], most: int = 1_000) -> Callable[P, R]:
    """Keep `most` of a function's results by its arguments, the language and the warehouse.

    Results are shared between readers and must not be changed. Streamlit's own cache inspects
    the function at every hit (0.7 ms), which a page with 70 hits pays for at every rerun.
    """

    @lru_cache(maxsize=most)
    def keep(_version: tuple[int, int], _language: str, *args: Any, **kwargs: Any) -> R:
        return function(*args, **kwargs)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        hashable: Any = kwargs
        return keep(warehouse.version(), i18n.language(), *args, **hashable)

    return call
