"""Results whose arrays nobody can change by accident."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)


def frozen(array: NDArray[Kind]) -> NDArray[Kind]:
    """Return a read-only view of an array; writing to the view raises ValueError.

    The array itself stays writable: give it one that nobody else holds, or a copy.

    Args:
        array: any shape and type.

    Returns:
        A view of the same shape and type.

    Example:
        >>> frozen(np.zeros(2))[0] = 1
        Traceback (most recent call last):
        ...
        ValueError: assignment destination is read-only
    """
    view = np.asarray(array).view()
    view.setflags(write=False)
    return view


class FrozenArrays:
    """Base of a frozen dataclass: its fields that are arrays become read-only.

    Such a dataclass needs `eq=False`, for == of arrays is no single answer.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True, eq=False)
        ... class Found(FrozenArrays):
        ...     rate: NDArray[np.float64]
        >>> Found(np.ones(2)).rate.flags.writeable
        False
    """

    def __post_init__(self) -> None:
        """Replace each array by a read-only view of it."""
        for field in fields(self):  # type: ignore[arg-type]
            value: Any = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                object.__setattr__(self, field.name, frozen(value))
