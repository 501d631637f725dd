"""Control of the false discovery rate over many areas or regions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import Array, require_values


def benjamini_hochberg(p_values: ArrayLike) -> Array:
    """Adjust p-values so that those at or below a level keep the false discovery rate at it.

    With p sorted upwards, q_(i) = min over j >= i of min(1, p_(j) m / j). (statsmodels'
    `multipletests` gives the same, but takes a second to import.)

    Args:
        p_values: one for each test, shape (tests,), 0 to 1.

    Returns:
        Adjusted p-values, same shape.

    Raises:
        InputError: a p-value is NaN or not between 0 and 1, or there is none.

    Source:
        Benjamini Y, Hochberg Y. Controlling the false discovery rate. Journal of the Royal
        Statistical Society B 1995;57:289-300.

    Example:
        >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.20]).round(4).tolist()
        [0.04, 0.0533, 0.0533, 0.2]
    """
    p = require_values(p_values, name="p-values")
    if (p < 0).any() or (p > 1).any():
        raise InputError("p-values lie between 0 and 1")
    order = np.argsort(p)
    stepped = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1)
    return adjusted
