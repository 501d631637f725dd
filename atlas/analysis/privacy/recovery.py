"""Which hidden cells the shown ones determine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers, require_whole_number
from atlas.analysis.privacy.ranges import Sums, possible_values
from atlas.analysis.privacy.relations import Key, SumRelation


@dataclass(frozen=True)
class Recovery:
    """A hidden cell that has one possible value.

    Attributes:
        key: the cell.
        value: what it must be.
        method: `one_sum` (a shown total less its shown other parts), `several_sums`, or
            `bounds` (the sums leave a range, and the limits of hidden cells leave one value).
        relations: the sums that give it; for `bounds`, all that are linked with the cell, and
            none if its own limits leave one value.
    """

    key: Key
    value: float
    method: str
    relations: tuple[SumRelation, ...]


@dataclass(frozen=True)
class Narrowed:
    """A hidden cell that has few possible values.

    Attributes:
        key: the cell.
        values: what it can be, in order, two or more.
        relations: the sums that are linked with it; none if its own limits say it.
    """

    key: Key
    values: tuple[float, ...]
    relations: tuple[SumRelation, ...]


@dataclass(frozen=True)
class RecoveryResult:
    """What can be recovered from a table.

    Attributes:
        recovered: hidden cells with one possible value.
        narrowed: hidden cells with two possible values or more, up to the number asked for.
        contradictory: sums that no values of the hidden cells satisfy together with what is
            shown and the limits; what else follows from them is not said.
    """

    recovered: tuple[Recovery, ...]
    narrowed: tuple[Narrowed, ...]
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
    at_most: int = 1,
) -> RecoveryResult:
    """Find every hidden cell that has one possible value, or few, given what is shown.

    A hidden cell is determined when min x_j = max x_j over all whole x with
    sum of parts = whole for each relation and low <= x <= high. Both are found by integer
    programming, so that no determined cell is missed.

    Args:
        shown: values of the shown cells, whole numbers from 0 up.
        limits: least and greatest value of hidden cells, where a rule says so; a cell that is
            in a relation but neither here nor shown can be any whole number from 0 up.
        relations: the sums that hold.
        at_most: number of possible values up to which a cell is told of, 1 or more.

    Returns:
        The determined cells, those narrowed to `at_most` values, and the sums that cannot hold.

    Raises:
        InputError: a shown value is not a whole number from 0 up, limits are not in order or
            hold no whole number, a cell is both shown and given limits, or `at_most` is not a
            whole number from 1 up.
        AuditError: the solver gives no verdict, so that nothing is known.

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
    at_most = require_whole_number(at_most, 1, "the number of values")
    limits = _sound(shown, limits)
    sums = [_reduced(relation, shown) for relation in relations]
    recovered, rest = _peeled([one for one in sums if one.signs], limits)
    contradictory = [one.relation for one in rest if not one.signs and one.target]
    narrowed = []
    linked_keys = {one.key for one in recovered}
    for linked in _components(rest):
        keys = list(dict.fromkeys(key for one in linked for key in one.signs))
        linked_keys |= set(keys)
        values = _values(linked, keys, limits, at_most)
        if values is None:
            contradictory += [one.relation for one in linked]
            continue
        single = {key: found[0] for key, found in values.items() if len(found) == 1}
        recovered += _explained(linked, keys, single)
        sums_there = tuple(one.relation for one in linked)
        narrowed += [
            Narrowed(key, found, sums_there) for key, found in values.items() if len(found) > 1
        ]
    for key, (low, high) in limits.items():
        if key not in linked_keys and high - low < at_most:
            if low == high:
                recovered.append(Recovery(key, low, "bounds", ()))
            else:
                narrowed.append(Narrowed(key, tuple(np.arange(low, high + 1).tolist()), ()))
    return RecoveryResult(tuple(recovered), tuple(narrowed), tuple(contradictory))


def _sound(
    shown: Mapping[Key, float], limits: Mapping[Key, tuple[float, float]]
) -> dict[Key, tuple[float, float]]:
    """Check what is given, and return the limits as whole numbers."""
    for key, value in shown.items():
        number = as_numbers(value, "shown counts")
        if number.ndim or not (np.isfinite(number) and number >= 0 and number == np.floor(number)):
            raise InputError(f"shown counts must be whole numbers from 0 up; {key} is {value}")
    whole = {}
    for key, (low, high) in limits.items():
        if key in shown:
            raise InputError(f"{key} is shown and cannot have limits")
        if not (as_numbers(low, "limits") >= 0 and as_numbers(high, "limits") >= low):
            raise InputError(f"limits must be from 0 up and in order; {key} has {low} to {high}")
        whole[key] = (float(np.ceil(low)), float(np.floor(high)))
        if not np.isfinite(low) or whole[key][0] > whole[key][1]:
            raise InputError(f"limits must hold a whole number; {key} has {low} to {high}")
    return whole


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


def _values(
    sums: list[_Sum], keys: list[Key], limits: Mapping[Key, tuple[float, float]], at_most: int
) -> dict[Key, tuple[float, ...]] | None:
    """Return the values of cells that have few; None if no values satisfy the sums."""
    target = np.array([one.target for one in sums])
    low, high = np.array([limits.get(key, (0.0, np.inf)) for key in keys]).T
    found = possible_values(Sums(_matrix(sums, keys), target, low, high), at_most)
    if found is None:
        return None
    return {
        key: tuple(sorted(values))
        for key, values in zip(keys, found, strict=True)
        if values is not None
    }


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
