"""What a table that leaves the product gives away about small counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from atlas.analysis.errors import InputError
from atlas.analysis.privacy.recovery import Recovery, recover_hidden
from atlas.analysis.privacy.relations import Key, SumRelation, cell_keys, label

_STATUSES = ("reported", "preliminary", "suppressed", "not_available")


@dataclass(frozen=True)
class SmallCellRule:
    """What a publisher does not show.

    Attributes:
        below: counts below this are suppressed, such as 5 for "< 5".
        zero_is_shown: whether the publisher shows a 0; a 0 is then a value like any other.
    """

    below: int
    zero_is_shown: bool = True

    def hides(self, count: float) -> bool:
        """Whether the publisher would suppress this count."""
        return count < self.below and not (count == 0 and self.zero_is_shown)


def disclosure_findings(
    cells: pd.DataFrame,
    keys: Sequence[str],
    rule: SmallCellRule,
    relations: Iterable[SumRelation] = (),
) -> pd.DataFrame:
    """Say which hidden counts a table gives away, and how.

    Four things are looked for: a shown count that the rule suppresses; a suppressed cell that
    the shown cells determine (by one sum, by several, or by the limits of hidden cells); a
    count that the rule suppresses and that no row shows but a difference gives, such as
    January to February less January; and sums that cannot hold, which are not checked.

    Args:
        cells: one row a cell: the key columns, `value` (whole counts), `status`, `low` and
            `high` (limits of a suppressed cell; NaN where its publisher states none: it can
            then be any count, for it may be hidden to protect another).
        keys: columns that name a cell.
        rule: what the publisher does not show.
        relations: sums that hold between cells, as from `sum_relations`.

    Returns:
        One row a finding: the key columns, `kind` (`shown_small`, `recovered_by_one_sum`,
        `recovered_by_several_sums`, `recovered_by_bounds`, `small_by_difference`,
        `contradictory_sum`), `value` (NaN for the last) and `how` in words. No row means that
        nothing is given away by these sums; other knowledge of a reader is not considered.

    Raises:
        InputError: a column is missing, a status is unknown, a shown value is not a whole
            number from 0 up, a hidden cell has a value, or the rule is below 1.

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
        {'sex': 'male', 'kind': 'recovered_by_one_sum', 'value': 2.0, 'how': 'all - female'}
    """
    shown, limits, suppressed = _split(cells, keys)
    if rule.below < 1:
        raise InputError(f"a small-cell rule needs a threshold of 1 or more; got {rule.below}")
    rows: list[tuple[Key, str, float, str]] = [
        (key, "shown_small", value, f"shown, though below {rule.below}")
        for key, value in shown.items()
        if rule.hides(value)
    ]
    result = recover_hidden(shown, limits, relations)
    for one in result.recovered:
        if one.key in suppressed:
            rows.append((one.key, f"recovered_by_{one.method}", one.value, _how(one)))
        elif rule.hides(one.value):
            rows.append((one.key, "small_by_difference", one.value, _how(one)))
    rows += [
        (sum_.whole, "contradictory_sum", np.nan, f"{label(sum_.whole)} is not {_parts(sum_)}")
        for sum_ in result.contradictory
    ]
    named = pd.DataFrame([row[0] for row in rows], columns=list(keys))
    found = pd.DataFrame([row[1:] for row in rows], columns=["kind", "value", "how"])
    return pd.concat([named, found], axis=1).astype({"value": float})


def _split(
    cells: pd.DataFrame, keys: Sequence[str]
) -> tuple[dict[Key, float], dict[Key, tuple[float, float]], set[Key]]:
    missing = {"value", "status", "low", "high"} - set(cells.columns)
    if missing:
        raise InputError(f"a table of cells needs columns; missing: {sorted(missing)}")
    shown: dict[Key, float] = {}
    limits: dict[Key, tuple[float, float]] = {}
    suppressed = set()
    numbers = cells[["value", "low", "high"]].astype(float).to_numpy()
    statuses = cells["status"].tolist()
    for key, status, (value, low, high) in zip(
        cell_keys(cells, keys), statuses, numbers, strict=True
    ):
        if status not in _STATUSES:
            raise InputError(f"a status is one of {_STATUSES}; {label(key)} has {status}")
        if status in ("reported", "preliminary"):
            shown[key] = float(value)
            continue
        if not np.isnan(value):
            raise InputError(f"{label(key)} is {status} and must have no value; got {value:g}")
        if status == "suppressed":
            suppressed.add(key)
            limits[key] = (
                0.0 if np.isnan(low) else float(low),
                np.inf if np.isnan(high) else float(high),
            )
    return shown, limits, suppressed


def _parts(relation: SumRelation) -> str:
    return " + ".join(label(part) for part in relation.parts)


def _how(one: Recovery) -> str:
    if one.method == "one_sum":
        relation = one.relations[0]
        if one.key == relation.whole:
            return _parts(relation)
        others = [label(part) for part in relation.parts if part != one.key]
        return " - ".join([label(relation.whole), *others])
    sums = "; ".join(f"{label(sum_.whole)} = {_parts(sum_)}" for sum_ in one.relations)
    return f"limits of the hidden cells with {sums}" if one.method == "bounds" else sums
