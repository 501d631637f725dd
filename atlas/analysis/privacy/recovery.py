"""Which hidden cells the shown ones determine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from atlas.analysis.errors import InputError
from atlas.analysis.privacy.relations import Key, SumRelation

Array = NDArray[np.float64]
_INFEASIBLE = 2


@dataclass(frozen=True)
class Recovery:
    """A hidden cell that has one possible value.

    Attributes:
        key: the cell.
        value: what it must be.
        method: `one_sum` (a shown total less its shown other parts), `several_sums`, or
            `bounds` (the sums leave a range, and the limits of hidden cells leave one value).
        relations: the sums that give it; for `bounds`, all that are linked with the cell.
    """

    key: Key
    value: float
    method: str
    relations: tuple[SumRelation, ...]


@dataclass(frozen=True)
class RecoveryResult:
    """What can be recovered from a table.

    Attributes:
        recovered: hidden cells with one possible value.
        contradictory: sums that no values of the hidden cells satisfy together with what is
            shown and the limits; what else follows from them is not said.
    """

    recovered: tuple[Recovery, ...]
    contradictory: tuple[SumRelation, ...]


@dataclass(frozen=True)
class _Sum:
    relation: SumRelation
    signs: dict[Key, int]
    target: float


def recover_hidden(
    shown: Mapping[Key, float],
    limits: Mapping[Key, tuple[float, float]],
    relations: Iterable[SumRelation],
) -> RecoveryResult:
    """Find every hidden cell that has one possible value, given what is shown.

    A hidden cell is determined when min x_j = max x_j over all whole x with
    sum of parts = whole for each relation and low <= x <= high. Both are found by integer
    programming, so that no determined cell is missed.

    Args:
        shown: values of the shown cells, whole numbers from 0 up.
        limits: least and greatest value of hidden cells, where a rule says so; a cell that is
            in a relation but neither here nor shown can be any whole number from 0 up.
        relations: the sums that hold.

    Returns:
        The determined cells, and the sums that cannot hold.

    Raises:
        InputError: a shown value is not a whole number from 0 up, limits are not in order, or
            a cell is both shown and given limits.

    Source:
        Hundepool A et al. Statistical Disclosure Control. Wiley 2012 (audit of a
        suppression pattern by the feasibility interval of each hidden cell).

    Example:
        >>> relation = SumRelation(("all",), (("female",), ("male",)))
        >>> found = recover_hidden({("all",): 9, ("female",): 7}, {("male",): (0, 4)}, [relation])
        >>> [(one.key, one.value, one.method) for one in found.recovered]
        [(('male',), 2.0, 'one_sum')]
    """
    relations = tuple(relations)
    _require_sound(shown, limits)
    sums = [_reduced(relation, shown) for relation in relations]
    recovered, rest = _peeled([one for one in sums if one.signs], limits)
    contradictory = [one.relation for one in rest if not one.signs and one.target]
    for linked in _components(rest):
        keys = list(dict.fromkeys(key for one in linked for key in one.signs))
        values = _determined(linked, keys, limits)
        if values is None:
            contradictory += [one.relation for one in linked]
        else:
            recovered += _explained(linked, keys, values)
    return RecoveryResult(tuple(recovered), tuple(contradictory))


def _require_sound(shown: Mapping[Key, float], limits: Mapping[Key, tuple[float, float]]) -> None:
    for key, value in shown.items():
        if not (np.isfinite(value) and value >= 0 and value == np.floor(value)):
            raise InputError(f"shown counts must be whole numbers from 0 up; {key} is {value}")
    for key, (low, high) in limits.items():
        if key in shown:
            raise InputError(f"{key} is shown and cannot have limits")
        if not 0 <= low <= high:
            raise InputError(f"limits must be from 0 up and in order; {key} has {low} to {high}")


def _reduced(relation: SumRelation, shown: Mapping[Key, float]) -> _Sum:
    signs: dict[Key, int] = {}
    target = 0.0
    for key, sign in ((relation.whole, -1), *((part, 1) for part in relation.parts)):
        if key in shown:
            target -= sign * shown[key]
        else:
            signs[key] = signs.get(key, 0) + sign
    return _Sum(relation, signs, target)


def _peeled(
    sums: list[_Sum], limits: Mapping[Key, tuple[float, float]]
) -> tuple[list[Recovery], list[_Sum]]:
    """Solve sums with one hidden cell, put its value into the others, and so on.

    Returns:
        The cells so found, and the sums that are left, without them.
    """
    rest = [_Sum(one.relation, dict(one.signs), one.target) for one in sums]
    uses = _uses(rest)
    found: dict[Key, Recovery] = {}
    waiting = [at for at, one in enumerate(rest) if len(one.signs) == 1]
    for at in waiting:
        if len(rest[at].signs) != 1:
            continue
        ((key, sign),) = rest[at].signs.items()
        value = rest[at].target / sign
        low, high = limits.get(key, (0.0, np.inf))
        if not (low <= value <= high and value >= 0):
            continue  # left for the search, which will find the contradiction
        before = [
            relation
            for other in sums[at].signs
            if other in found
            for relation in found[other].relations
        ]
        chain = tuple(dict.fromkeys([*before, rest[at].relation]))
        method = "one_sum" if len(chain) == 1 else "several_sums"
        found[key] = Recovery(key, value, method, chain)
        for other_at in uses[key]:
            other_sum = rest[other_at]
            target = other_sum.target - other_sum.signs.pop(key) * value
            rest[other_at] = _Sum(other_sum.relation, other_sum.signs, target)
            if len(other_sum.signs) == 1:
                waiting.append(other_at)
    return list(found.values()), rest


def _uses(sums: list[_Sum]) -> dict[Key, list[int]]:
    uses: dict[Key, list[int]] = {}
    for at, one in enumerate(sums):
        for key in one.signs:
            uses.setdefault(key, []).append(at)
    return uses


def _components(sums: list[_Sum]) -> list[list[_Sum]]:
    """Group the sums that share a hidden cell; sums without one are checked by no value."""
    by_key = _uses(sums)
    groups, seen = [], {at for at, one in enumerate(sums) if not one.signs}
    for start in range(len(sums)):
        if start in seen:
            continue
        group, waiting = [], [start]
        seen.add(start)
        while waiting:
            at = waiting.pop()
            group.append(at)
            near = {other for key in sums[at].signs for other in by_key[key]} - seen
            seen |= near
            waiting += near
        groups.append([sums[at] for at in sorted(group)])
    return groups


def _matrix(sums: list[_Sum], keys: list[Key]) -> csr_array:
    column = {key: at for at, key in enumerate(keys)}
    entries = [
        (row, column[key], sign) for row, one in enumerate(sums) for key, sign in one.signs.items()
    ]
    rows, columns, signs = zip(*entries, strict=True)
    return csr_array((np.array(signs, dtype=float), (rows, columns)), (len(sums), len(keys)))


def _determined(
    sums: list[_Sum], keys: list[Key], limits: Mapping[Key, tuple[float, float]]
) -> dict[Key, float] | None:
    """Return the cells with one possible value; None if no values satisfy the sums."""
    target = np.array([one.target for one in sums])
    low, high = np.array([limits.get(key, (0.0, np.inf)) for key in keys]).T
    # Any two solutions differ within this cap: what is shown and limited, and room above it.
    cap = 2 * (np.abs(target).sum() + high[np.isfinite(high)].sum() + low.sum() + len(keys) + 1)
    bounds = Bounds(low, np.minimum(high, cap))
    constraint = LinearConstraint(_matrix(sums, keys), target, target)

    whole = np.ones(len(keys), dtype=int)

    def solve(objective: Array) -> Array | None:
        found = milp(objective, constraints=constraint, bounds=bounds, integrality=whole)
        if found.x is None and found.status != _INFEASIBLE:
            raise RuntimeError(f"the check of {len(keys)} hidden cells failed: {found.message}")
        return None if found.x is None else np.rint(found.x)

    first, second = solve(np.ones(len(keys))), solve(-np.ones(len(keys)))
    if first is None or second is None:
        return None
    one_value = first == second
    for at in range(len(keys)):
        for sign in (1.0, -1.0):
            if one_value[at]:
                objective = np.zeros(len(keys))
                objective[at] = sign
                other = solve(objective)
                # The sums have a solution, so this one is never None.
                one_value &= first == other
    return {keys[at]: float(first[at]) for at in np.flatnonzero(one_value)}


def _explained(sums: list[_Sum], keys: list[Key], values: dict[Key, float]) -> list[Recovery]:
    """Say of each cell whether the sums alone give it, or only with the limits of others."""
    if not values:
        return []
    units = np.array([[float(key == one) for one in values] for key in keys])
    across = _matrix(sums, keys).T
    # A cell that is a combination of the sums is in their span.
    weights, *_rest = np.linalg.lstsq(across.toarray(), units, rcond=None)
    spanned = np.isclose(across @ weights, units, atol=1e-8).all(axis=0)
    found = []
    for at, (key, value) in enumerate(values.items()):
        used = np.abs(weights[:, at]) > 1e-8 if spanned[at] else np.ones(len(sums), dtype=bool)
        relations = tuple(one.relation for one, uses in zip(sums, used, strict=True) if uses)
        found.append(Recovery(key, value, "several_sums" if spanned[at] else "bounds", relations))
    return found
