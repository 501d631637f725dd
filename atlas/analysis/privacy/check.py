"""What a table that leaves the product gives away about small counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import as_numbers, require_whole_number
from atlas.analysis.privacy.rates import implied_counts
from atlas.analysis.privacy.recovery import Narrowed, Recovery, recover_hidden
from atlas.analysis.privacy.relations import Key, SumRelation, cell_keys, label

Array = NDArray[np.float64]
_RATE_COLUMNS = ("rate_per_100k", "rate_decimals", "population")
_STATUSES = ("reported", "preliminary", "suppressed", "not_available")


@dataclass(frozen=True)
class SmallCellRule:
    """What a publisher does not show.

    Attributes:
        below: counts below this are suppressed, such as 5 for "< 5"; 1 or more.
        zero_is_shown: whether the publisher shows a 0; a 0 is then a value like any other.
        narrowed_to: number of possible values, 2 or more, from which down a hidden cell counts
            as given away in part; None if only a single value does.
    """

    below: int
    zero_is_shown: bool = True
    narrowed_to: int | None = None

    def __post_init__(self) -> None:
        """Refuse a threshold that would switch the check off."""
        require_whole_number(self.below, 1, "the threshold of a small-cell rule")
        if self.narrowed_to is not None:
            require_whole_number(self.narrowed_to, 2, "narrowed_to")

    def hides(self, count: float) -> bool:
        """Whether the publisher would suppress this count."""
        return count < self.below and not (count == 0 and self.zero_is_shown)


@dataclass(frozen=True)
class _Table:
    shown: dict[Key, float]
    stated: dict[Key, tuple[float, float]]  # limits of suppressed cells, as the publisher says
    limits: dict[Key, tuple[float, float]]  # the same, with what rates imply
    suppressed: set[Key]
    by_rate: set[Key]
    impossible: list[Key]


def disclosure_findings(
    cells: pd.DataFrame,
    keys: Sequence[str],
    rule: SmallCellRule,
    relations: Iterable[SumRelation] = (),
) -> pd.DataFrame:
    """Say which hidden counts a table gives away, and how.

    Looked for are: a shown count that the rule suppresses; a suppressed cell that the shown
    cells determine (by one sum, by several, by the limits of hidden cells, or by its own rate
    and population); a count that the rule suppresses and that no row shows but a difference
    gives, such as January to February less January, or a rate; where the rule asks for it, a
    hidden cell with few possible values; and sums and rates that cannot hold, which are not
    checked. Rates are checked only where their columns are given: a published rate without them
    gives its count away unseen.

    Args:
        cells: one row a cell: the key columns, `value` (whole counts), `status`, `low` and
            `high` (limits of a suppressed cell; NaN where its publisher states none: it can
            then be any count, for it may be hidden to protect another). Where rates are
            published too also `rate_per_100k`, `rate_decimals` (digits printed after the point)
            and `population` (persons, of the denominator), NaN in rows without a rate; the
            status is that of the count.
        keys: columns that name a cell.
        rule: what the publisher does not show.
        relations: sums that hold between cells, as from `sum_relations`.

    Returns:
        One row a finding: the key columns; `kind` (`shown_small`, `recovered_by_one_sum`,
        `recovered_by_several_sums`, `recovered_by_bounds`, `recovered_by_rate`,
        `small_by_difference`, `small_by_rate`, `narrowed`, `contradictory_sum`,
        `contradictory_rate`); `value`, the count (NaN for the last three); `possible_values`,
        their number (1, more for `narrowed`, 0 for the last two); and `how` in words. No row
        means that nothing is given away by these sums and rates; other knowledge of a reader is
        not considered.

    Raises:
        InputError: a column is missing, a key has no value, a status is unknown, a shown value
            is not a whole number from 0 up, a hidden cell has a value, or limits or rates make
            no sense.
        AuditError: the solver gives no verdict; nothing is then known of the table.

    Source:
        Hundepool A et al. Statistical Disclosure Control. Wiley 2012.

    Example:
        >>> from atlas.analysis.privacy import sum_relations
        >>> table = pd.DataFrame({
        ...     "sex": ["all", "female", "male"], "value": [9, 7, None],
        ...     "status": ["reported", "reported", "suppressed"],
        ...     "low": [None, None, 0], "high": [None, None, 4],
        ... })
        >>> sums = sum_relations(table, ["sex"], members={"sex": {"all": ("female", "male")}})
        >>> disclosure_findings(table, ["sex"], SmallCellRule(5), sums).iloc[0].to_dict()
        {'sex': 'male', 'kind': 'recovered_by_one_sum', 'value': 2.0, 'possible_values': 1, \
'how': 'all - female'}
    """
    table = _split(cells, keys)
    rows: list[tuple[Key, str, float, int, str]] = [
        (key, "shown_small", value, 1, f"shown, though below {rule.below}")
        for key, value in table.shown.items()
        if rule.hides(value)
    ]
    result = recover_hidden(table.shown, table.limits, relations, rule.narrowed_to or 1)
    for one in result.recovered:
        by_rate = not one.relations and one.key in table.by_rate
        if one.key in table.suppressed:
            kind = "recovered_by_rate" if by_rate else f"recovered_by_{one.method}"
        elif rule.hides(one.value):
            kind = "small_by_rate" if by_rate else "small_by_difference"
        else:
            continue
        rows.append((one.key, kind, one.value, 1, "rate x population" if by_rate else _how(one)))
    rows += [
        (one.key, "narrowed", np.nan, len(one.values), _values_in_words(one))
        for one in result.narrowed
        if _is_narrowed(one, table, rule)
    ]
    rows += [
        (sum_.whole, "contradictory_sum", np.nan, 0, f"{label(sum_.whole)} is not {_parts(sum_)}")
        for sum_ in result.contradictory
    ]
    rows += [
        (key, "contradictory_rate", np.nan, 0, "no count within its limits has this rate")
        for key in table.impossible
    ]
    named = pd.DataFrame([row[0] for row in rows], columns=list(keys))
    columns = ["kind", "value", "possible_values", "how"]
    found = pd.DataFrame([row[1:] for row in rows], columns=columns)
    types = {"value": float, "possible_values": int}
    return pd.concat([named, found], axis=1).astype(types)


def _split(cells: pd.DataFrame, keys: Sequence[str]) -> _Table:
    wanted = ["value", "status", "low", "high"]
    if set(_RATE_COLUMNS) & set(getattr(cells, "columns", ())):
        wanted += _RATE_COLUMNS
    missing = set(wanted) - set(getattr(cells, "columns", ()))
    if missing:
        raise InputError(f"a table of cells needs columns; missing: {sorted(missing)}")
    table = _Table({}, {}, {}, set(), set(), [])
    values, lows, highs = (_column(cells, name) for name in ("value", "low", "high"))
    implied = _implied(cells) if len(wanted) > 4 else np.tile([0.0, np.inf], (len(cells), 1))
    for key, status, value, low, high, by_rate in zip(
        cell_keys(cells, keys), cells["status"].tolist(), values, lows, highs, implied, strict=True
    ):
        if status not in _STATUSES:
            raise InputError(f"a status is one of {_STATUSES}; {label(key)} has {status}")
        if status in ("reported", "preliminary"):
            table.shown[key] = float(value)
            continue
        if not np.isnan(value):
            raise InputError(f"{label(key)} is {status} and must have no value; got {value:g}")
        stated = (0.0, np.inf)
        if status == "suppressed":
            table.suppressed.add(key)
            stated = (0.0 if np.isnan(low) else low, np.inf if np.isnan(high) else high)
            table.stated[key] = table.limits[key] = stated
        both = (max(stated[0], by_rate[0]), min(stated[1], by_rate[1]))
        if stated[0] <= stated[1] and both[0] > both[1]:
            table.impossible.append(key)
        elif np.isfinite(by_rate[1]):
            table.by_rate.add(key)
            table.limits[key] = both
    return table


def _column(cells: pd.DataFrame, name: str) -> Array:
    return as_numbers(cells[name].to_numpy(dtype=object, na_value=np.nan), name)


def _implied(cells: pd.DataFrame) -> Array:
    """Return the least and the greatest count that each printed rate allows, shape (cells, 2)."""
    rates, decimals, persons = (_column(cells, name) for name in _RATE_COLUMNS)
    limits = np.tile([0.0, np.inf], (len(cells), 1))
    at = ~np.isnan(rates)
    limits[at] = np.column_stack(implied_counts(rates[at], persons[at], decimals[at]))
    return limits


def _is_narrowed(one: Narrowed, table: _Table, rule: SmallCellRule) -> bool:
    """Whether few values are left, and fewer than the publisher itself says."""
    if one.key not in table.suppressed:
        return all(rule.hides(value) for value in one.values)
    low, high = table.stated[one.key]
    return bool(len(one.values) < np.floor(high) - np.ceil(low) + 1)


def _values_in_words(one: Narrowed) -> str:
    source = "; ".join(f"{label(sum_.whole)} = {_parts(sum_)}" for sum_ in one.relations)
    values = ", ".join(f"{value:g}" for value in one.values)
    return f"one of {values}, by {source or 'rate x population'}"


def _parts(relation: SumRelation) -> str:
    return " + ".join(label(part) for part in relation.parts)


def _how(one: Recovery) -> str:
    if one.method == "one_sum":
        relation = one.relations[0]
        if one.key == relation.whole:
            return _parts(relation)
        others = [label(part) for part in relation.parts if part != one.key]
        return " - ".join([label(relation.whole), *others])
    if not one.relations:
        return "its own limits"
    sums = "; ".join(f"{label(sum_.whole)} = {_parts(sum_)}" for sum_ in one.relations)
    return f"limits of the hidden cells with {sums}" if one.method == "bounds" else sums
