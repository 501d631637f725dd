"""Rows of frames as records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame with their columns as attributes.

    `itertuples` does the same, but its type says that every attribute may be any scalar.
    """
    yield from frame.itertuples()
