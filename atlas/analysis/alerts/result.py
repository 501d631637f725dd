"""What an alarm rule answers, the same for all rules, and the list of past alarms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from atlas.analysis.alerts.cells import Cells, Flags, Words
from atlas.analysis.errors import InputError
from atlas.analysis.inputs import Array
from atlas.analysis.results import FrozenArrays

if TYPE_CHECKING:
    import pandas as pd


SHORT_HISTORY = "short_history"
FEW_EVENTS = "few_events"
NO_FIT = "no_fit"
NOT_ASKED = "not_asked"


@dataclass(frozen=True, eq=False)
class Alarms(FrozenArrays):
    """The verdict of a rule on each cell, of the shape of its counts.

    A count above its threshold is an alarm. A cell that the rule cannot judge has an
    obstacle, NaN in place of numbers, and no alarm.

    Attributes:
        rule: name of the rule.
        count: events; NaN where suppressed or not available.
        expected: events that the rule expects.
        standard_deviation: of the count about `expected`, in events.
        threshold: events; a count above it is an alarm.
        exceedance: (count - expected) / (threshold - expected): above 1 in an alarm, infinite
            if the threshold equals what is expected and the count is above.
        p_value: probability of such a count or a higher one if nothing has changed; NaN
            throughout for a rule that has none.
        alarm: whether the count is above the threshold.
        obstacle: why a cell is not judged: `suppressed`, `not_available`, `preliminary`,
            `short_history` (too few reported periods), `few_events` (too few events in the
            history to fit a model), `no_fit` (the model does not settle, or cannot tell what to
            expect), `not_asked` (before the latest periods); empty if the cell is judged.
    """

    rule: str
    count: Array
    expected: Array
    standard_deviation: Array
    threshold: Array
    exceedance: Array
    p_value: Array
    alarm: Flags
    obstacle: Words

    @property
    def judged(self) -> Flags:
        """Which cells the rule could judge."""
        return np.asarray(self.obstacle == "")


def conclude(
    rule: str,
    cells: Cells,
    obstacle: Words,
    expected: Array,
    standard_deviation: Array,
    threshold: Array,
    p_value: Array | None = None,
    score: Array | None = None,
) -> Alarms:
    """Compare counts with thresholds, and give the answer the shape of what was asked.

    Args:
        rule: name of the rule.
        cells: what was asked.
        obstacle: shape (regions, periods), empty where a cell is judged; the state of a cell
            that is not reported takes its place.
        expected: events, same shape.
        standard_deviation: same shape.
        threshold: events, same shape.
        p_value: same shape; None if the rule has none.
        score: the rule's own exceedance, 1 at the threshold.

    Returns:
        The verdict, of the shape of the counts as they were given.

    Example:
        >>> from atlas.analysis.alerts.cells import require_cells
        >>> cells = require_cells([3, 9], None)
        >>> five = np.full((1, 2), 5.0)
        >>> conclude("by hand", cells, np.full((1, 2), ""), five, five / 5, five + 2).alarm.tolist()
        [False, True]
    """
    obstacle = np.where(cells.reported, obstacle, cells.status)
    judged = obstacle == ""
    count = np.where(cells.known, cells.counts, np.nan)
    alarm = judged & (cells.counts > threshold)
    if score is None:
        with np.errstate(divide="ignore", invalid="ignore"):
            score = (count - expected) / (threshold - expected)
        score = np.where(count == expected, 0.0, score)
    if p_value is None:
        p_value = np.full(count.shape, np.nan)

    def answer(part: Array) -> Array:
        return np.where(judged, part, np.nan).reshape(cells.shape)

    return Alarms(
        rule=rule,
        count=count.reshape(cells.shape),
        expected=answer(expected),
        standard_deviation=answer(standard_deviation),
        threshold=answer(threshold),
        exceedance=answer(score),
        p_value=answer(p_value),
        alarm=alarm.reshape(cells.shape),
        obstacle=obstacle.reshape(cells.shape),
    )


def alert_history(alarms: Alarms, regions: Sequence[Any], periods: ArrayLike) -> pd.DataFrame:
    """List every alarm of a rule, oldest first.

    Args:
        alarms: a rule's verdict, shape (periods,) or (regions, periods).
        regions: a name for each region; one if the counts have one dimension.
        periods: a label for each period.

    Returns:
        `region`, `period`, `count`, `expected`, `threshold`, `exceedance`, `p_value`; one row
        an alarm.

    Raises:
        InputError: labels do not fit the shape of the alarms.

    Source:
        A listing; nothing is computed.

    Example:
        >>> from atlas.analysis.alerts import ears_alarms
        >>> found = ears_alarms([4, 5, 3, 4, 6, 5, 4, 20], "C1")
        >>> history = alert_history(found, ["Toronto"], np.arange("2025-01-01", "2025-01-09",
        ...     dtype="datetime64[D]"))
        >>> history[["region", "count", "threshold"]].round(2).values.tolist()
        [['Toronto', 20.0, 7.44]]
    """
    # Costs more to import than all rules together.
    import pandas as pd

    try:
        labels = np.asarray(periods)
    except ValueError as error:
        raise InputError("periods need one label each; got a ragged list") from error
    shape = (len(regions), labels.shape[0] if labels.ndim == 1 else -1)
    if np.atleast_2d(alarms.alarm).shape != shape:
        raise InputError(
            f"alarms of shape {alarms.alarm.shape} need a name for each region and a label for "
            f"each period; got {len(regions)} and {labels.shape}"
        )
    period, region = np.nonzero(np.atleast_2d(alarms.alarm).T)
    columns = ("count", "expected", "threshold", "exceedance", "p_value")
    return pd.DataFrame(
        {
            "region": [regions[int(at)] for at in region],
            "period": labels[period],
            **{name: np.atleast_2d(getattr(alarms, name))[region, period] for name in columns},
        }
    )
