"""Which cells of a table are sums of others, over members and over periods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd

from atlas.analysis.errors import InputError

Key = tuple[Hashable, ...]
Members = Mapping[str, Mapping[Hashable, Sequence[Hashable]]]
# Position of a column among the keys, its total member, the members that add up to it.
Total = tuple[int, Hashable, tuple[Hashable, ...]]


@dataclass(frozen=True)
class SumRelation:
    """One cell is the sum of others.

    Attributes:
        whole: key of the sum.
        parts: keys of what it sums, two or more.
    """

    whole: Key
    parts: tuple[Key, ...]


def sum_relations(
    cells: pd.DataFrame,
    keys: Sequence[str],
    members: Members | None = None,
    period: tuple[str, str] | None = None,
) -> tuple[SumRelation, ...]:
    """List the sums that hold between the cells of a table, shown or not.

    whole = sum of parts, over the members of a column and over periods. All periods are cut at
    every first and last day that occurs, so that a year minus nine months is the last quarter
    even where no row names that quarter.

    Args:
        cells: one row a cell.
        keys: columns that name a cell.
        members: for a column, each total member with the members that add up to it.
        period: columns of the first and the last day, both among `keys`; None if periods are
            not to be compared.

    Returns:
        The relations; their keys are tuples in the order of `keys`, and may name cells that
        the table does not have. Relations that can tell nothing are left out.

    Raises:
        InputError: a key column is missing, repeated or has a row without a value, a cell occurs
            twice, a total has fewer than two parts, or a period is no date or ends before it
            starts.

    Source:
        Hundepool A et al. Statistical Disclosure Control. Wiley 2012 (tables linked
        by additive relations).

    Example:
        >>> table = pd.DataFrame({"sex": ["all", "female", "male"], "value": [9, 5, 4]})
        >>> sum_relations(table, ["sex"], members={"sex": {"all": ("female", "male")}})
        (SumRelation(whole=('all',), parts=(('female',), ('male',))),)
    """
    table = set(cell_keys(cells, keys))
    totals = _totals(keys, members or {})
    universe = _closed(table, totals)
    relations = []
    if period is not None:
        relations = _period_relations(universe, _position(keys, period))
        # Every member has the same periods by now, so this leaves no member out.
        universe |= {part for one in relations for part in one.parts}
    for at, whole, parts in totals:
        wholes = sorted((key for key in universe if key[at] == whole), key=str)
        relations += [
            SumRelation(key, tuple(_put(key, at, member) for member in parts)) for key in wholes
        ]
    return _telling(relations, table)


def cell_keys(cells: pd.DataFrame, keys: Sequence[str]) -> list[Key]:
    """Return the key of each row, checked to be there once.

    Raises:
        InputError: a key column is missing, repeated or has a row without a value, or a cell
            occurs twice.

    Example:
        >>> cell_keys(pd.DataFrame({"area": ["A", "B"]}), ["area"])
        [('A',), ('B',)]
    """
    missing = [column for column in keys if column not in getattr(cells, "columns", ())]
    if missing or not keys or len(set(keys)) < len(keys):
        raise InputError(f"keys need distinct columns of the table; missing: {missing}")
    # NaN is unequal to itself, so a key with one would match no sum and hide nothing.
    empty = [column for column in keys if cells[column].isna().any()]
    if empty:
        raise InputError(f"each cell needs all its keys; rows without a value: {empty}")
    found: list[Key] = list(cells[list(keys)].itertuples(index=False, name=None))
    twice = [key for key, times in Counter(found).items() if times > 1]
    if twice:
        raise InputError(f"each cell may occur once; {label(twice[0])} occurs more often")
    return found


def label(key: Key) -> str:
    """Return a key as words.

    Example:
        >>> label((pd.Timestamp("2024-01-01"), "male"))
        '2024-01-01/male'
    """
    return "/".join(
        str(part.date()) if isinstance(part, pd.Timestamp) else str(part) for part in key
    )


def _put(key: Key, at: int, member: Hashable) -> Key:
    return (*key[:at], member, *key[at + 1 :])


def _position(keys: Sequence[str], period: tuple[str, str]) -> tuple[int, int]:
    if not set(period) <= set(keys):
        raise InputError(f"the period columns {period} must be among the keys {list(keys)}")
    return list(keys).index(period[0]), list(keys).index(period[1])


def _totals(keys: Sequence[str], members: Members) -> list[Total]:
    found = []
    for column, wholes in members.items():
        if column not in keys:
            raise InputError(f"members are given for {column}, which is not among the keys")
        for whole, parts in wholes.items():
            if len(set(parts) - {whole}) < 2 or len(set(parts)) < len(parts) or whole in parts:
                raise InputError(f"the total {whole} of {column} needs two or more other members")
            found.append((list(keys).index(column), whole, tuple(parts)))
    return found


def _closed(cells: set[Key], totals: list[Total]) -> set[Key]:
    """Add the totals and the siblings of each cell, until none is missing."""
    universe: set[Key] = set()
    newer = cells
    while newer:
        universe |= newer
        newer = {
            _put(key, at, member)
            for at, whole, parts in totals
            for key in newer
            if key[at] == whole or key[at] in parts
            for member in (whole, *parts)
        } - universe
    return universe


def _period_relations(universe: set[Key], at: tuple[int, int]) -> list[SumRelation]:
    day = pd.Timedelta(days=1)
    spans: dict[Key, tuple[Any, Any]] = {key: (key[at[0]], key[at[1]]) for key in universe}
    for key, (first, last) in spans.items():
        if not (isinstance(first, pd.Timestamp) and isinstance(last, pd.Timestamp)):
            raise InputError(f"a period needs two dates (timestamps); got {label(key)}")
        if not last >= first:
            raise InputError(f"a period must not end before it starts; got {label(key)}")
    cuts = sorted({edge for first, last in spans.values() for edge in (first, last + day)})
    relations = []
    for key in sorted(universe, key=str):
        first, last = spans[key]
        inside = [cut for cut in cuts if first <= cut <= last + day]
        parts = tuple(
            _put(_put(key, at[0], start), at[1], end - day) for start, end in pairwise(inside)
        )
        if len(parts) > 1:
            relations.append(SumRelation(key, parts))
    return relations


def _telling(relations: Iterable[SumRelation], table: set[Key]) -> tuple[SumRelation, ...]:
    """Leave out sums whose whole, or whose every part, is free: in no row and no other sum."""
    kept = list(relations)
    while True:
        uses = Counter(key for one in kept for key in (one.whole, *one.parts))
        bound = {key for key, times in uses.items() if times > 1} | table
        telling = [one for one in kept if one.whole in bound and not bound.isdisjoint(one.parts)]
        if len(telling) == len(kept):
            return tuple(kept)
        kept = telling
