"""The values that each hidden cell of some linked sums can have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

Array = NDArray[np.float64]
_INFEASIBLE = 2


class AuditError(RuntimeError):
    """A table that the solver gave no verdict on; nothing is known of what it gives away."""


@dataclass(frozen=True)
class Sums:
    """Sums over hidden cells: `matrix` x = `target`, x whole, `low` <= x <= `high`.

    Attributes:
        matrix: -1, 0 or 1, shape (sums, cells).
        target: shape (sums,).
        low: finite, shape (cells,).
        high: may be infinite, shape (cells,).
    """

    matrix: csr_array
    target: Array
    low: Array
    high: Array


def possible_values(sums: Sums, at_most: int) -> list[set[float] | None] | None:
    """Return the possible values of each cell that has no more than `at_most` of them.

    A cell without an upper limit is free if some direction d >= 0 with matrix d = 0, and d = 0
    for every limited cell, has d_j > 0: added to any solution it gives another. All such cells
    come from one linear program, for the sum of two directions is one too. What is left has a
    least and a greatest value, found by integer programming, and so are the values between.

    Args:
        sums: the sums and limits.
        at_most: number of values, 1 or more.

    Returns:
        For each cell its values, or None if there are more; None for all if no whole numbers
        satisfy the sums.

    Raises:
        AuditError: the solver gives no verdict.

    Source:
        Hundepool A et al. Statistical Disclosure Control. Wiley 2012 (feasibility intervals);
        Schrijver A. Theory of Linear and Integer Programming. Wiley 1986, section 16.2 (a
        rational polyhedron and its integer hull have the same directions).

    Example:
        >>> pair = csr_array(np.ones((1, 2)))
        >>> possible_values(Sums(pair, np.array([7.0]), np.zeros(2), np.full(2, 4.0)), 2)
        [{3.0, 4.0}, {3.0, 4.0}]
    """
    first = _solve(sums, np.ones(len(sums.low)), sums.low)
    if first is None:
        return None
    candidate = ~_free(sums)
    seen: list[set[float]] = [{value} for value in first.tolist()]

    def look(objective: Array, low: Array) -> Array | None:
        found = _solve(sums, objective, low)
        # Each solution is a witness for every cell, so that few cells need a search of their own.
        if found is not None:
            for at in np.flatnonzero(candidate):
                seen[at].add(float(found[at]))
                candidate[at] = len(seen[at]) <= at_most
        return found

    look(-candidate.astype(float), sums.low)
    for at in np.flatnonzero(candidate):
        unit = np.zeros(len(sums.low))
        unit[at] = 1
        if candidate[at]:
            look(-unit, sums.low)
        low = sums.low.copy()
        # From the least value up: some between can be missing, as the odd ones of x + x.
        while candidate[at]:
            found = look(unit, low)
            if found is None or found[at] == max(seen[at]):
                break
            low[at] = found[at] + 1
    return [values if keep else None for values, keep in zip(seen, candidate, strict=True)]


def _free(sums: Sums) -> NDArray[np.bool_]:
    """Say which cells can grow without end."""
    size = len(sums.low)
    open_ended = np.isinf(sums.high)
    if not open_ended.any():
        return open_ended
    # Largest sum of t with t <= d and t <= 1: directions can be scaled, so t is 0 or 1.
    none = csr_array(sums.matrix.shape)
    found = milp(
        np.append(np.zeros(size), -np.ones(size)),
        constraints=[
            LinearConstraint(hstack([sums.matrix, none], format="csr"), 0, 0),
            LinearConstraint(hstack([-eye_array(size), eye_array(size)], format="csr"), ub=0),
        ],
        bounds=Bounds(
            np.zeros(2 * size), np.append(np.where(open_ended, np.inf, 0), np.ones(size))
        ),
    )
    if found.x is None:
        raise AuditError(f"the check of {size} hidden cells failed: {found.message}")
    return np.asarray(found.x[size:] > 0.5)


def _solve(sums: Sums, objective: Array, low: Array) -> Array | None:
    found = milp(
        objective,
        constraints=LinearConstraint(sums.matrix, sums.target, sums.target),
        bounds=Bounds(low, sums.high),
        integrality=np.ones(len(objective), dtype=int),
    )
    if found.x is None and found.status != _INFEASIBLE:
        raise AuditError(f"the check of {len(objective)} hidden cells failed: {found.message}")
    return None if found.x is None else np.rint(found.x)
