"""The best positions of up to three joins, over all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A swept hinge of unit length with less than this left is a sum of the others.
_LEAST_PIVOT = 1e-12


def best_joins(
    logs: Array, base: Array, years: Array, whitening: Array, margin: int, most: int
) -> list[tuple[tuple[int, ...], float]]:
    """Find the joins of least residual sum of squares, for 0 to `most` joins.

    The base terms are swept out of the response and of all hinges (t - j)+ once (Frisch-Waugh).
    With G the cross-products of the swept hinges and c those with the response, a set S lowers
    the sum of squares by c_S' G_S^-1 c_S; further joins are swept one at a time, which leaves a
    closed form for the last one. All sets are looked at.

    Args:
        logs: log rates, shape (periods,).
        base: terms of every model, shape (periods, terms).
        years: time, shape (periods,).
        whitening: matrix that makes errors independent and of one size, shape (periods, periods).
        margin: least number of points from the ends and from each other.
        most: 0 to 3 joins.

    Returns:
        For 0, 1, ... joins: their positions and the residual sum of squares; fewer entries where
        the series is too short.

    Source:
        Kim HJ, Fay MP, Feuer EJ, Midthune DN. Stat Med 2000;19:335-351 (grid search).

    Example:
        >>> years = np.arange(9.0)
        >>> lines = np.column_stack([np.ones(9), years])
        >>> found = best_joins(np.abs(years - 4), lines, years, np.eye(9), 3, 1)
        >>> found[1][0]
        (4,)
    """
    positions = np.arange(margin, len(years) - margin)
    orthogonal = np.linalg.qr(whitening @ base)[0]

    def sweep(columns: Array) -> Array:
        columns = columns - orthogonal @ (orthogonal.T @ columns)
        # Twice is enough to hold orthogonality to rounding.
        swept: Array = columns - orthogonal @ (orthogonal.T @ columns)
        return swept

    response = sweep(whitening @ logs)
    hinges = sweep(whitening @ np.maximum(years[:, None] - years[positions], 0))
    hinges /= np.maximum(np.linalg.norm(hinges, axis=0), np.finfo(float).tiny)
    gram, cross = hinges.T @ hinges, hinges.T @ response
    total = float(response @ response)
    found: list[tuple[tuple[int, ...], float]] = [((), total)]
    for joins in range(1, most + 1):
        if len(positions) < 1 + (joins - 1) * margin:
            break
        _drop, picked = _best(gram, cross, joins, margin)
        # The residual sum is taken from the residuals: a difference would lose all digits.
        used = hinges[:, picked]
        left = response - used @ np.linalg.lstsq(used, response, rcond=None)[0]
        found.append((tuple(int(positions[at]) for at in picked), float(left @ left)))
    return found


def _best(gram: Array, cross: Array, joins: int, margin: int) -> tuple[float, list[int]]:
    """Give the largest drop of the residual sum of squares and the columns that give it."""
    diagonal = np.diagonal(gram)
    kept = diagonal > _LEAST_PIVOT
    gains = np.where(kept, cross**2 / np.where(kept, diagonal, 1), -1)
    if joins == 1:
        at = int(gains.argmax())
        return float(gains[at]), [at]
    safe = np.where(kept, diagonal, 1)
    if joins == 2:
        share = gram / safe[:, None]
        pivots = diagonal - share * gram
        fine = (
            kept[:, None] & (pivots > _LEAST_PIVOT) & ~np.tri(len(cross), k=margin - 1, dtype=bool)
        )
        further = (cross - share * cross[:, None]) ** 2 / np.where(fine, pivots, 1)
        pairs = np.where(fine, gains[:, None] + further, -1)
        one, two = divmod(int(pairs.argmax()), len(cross))
        return float(pairs[one, two]), [one, two]
    best: tuple[float, list[int]] = (-1.0, [])
    for at in np.flatnonzero(kept[: len(cross) - (joins - 1) * margin]).tolist():
        rest = np.s_[at + margin :]
        share = gram[at, rest] / diagonal[at]
        left = gram[rest, rest] - np.outer(share, gram[at, rest])
        gain, picked = _best(left, cross[rest] - share * cross[at], joins - 1, margin)
        if gains[at] + gain > best[0]:
            best = (float(gains[at] + gain), [at, *(at + margin + by for by in picked)])
    return best
