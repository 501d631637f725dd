"""Kulldorff's scan statistic in space, and in space and time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.errors import InputError
from atlas.analysis.hotspots.scan_windows import (
    Window,
    find_windows,
    largest_ratios,
    log_likelihood_ratio,
    window_ratios,
)
from atlas.analysis.hotspots.weights import require_points
from atlas.analysis.inputs import (
    Array,
    as_numbers,
    require_counts,
    require_exposure,
    require_generator,
    require_level,
    require_whole_number,
)
from atlas.analysis.results import FrozenArrays

SIMULATIONS = 999


@dataclass(frozen=True, eq=False)
class ScanCluster(FrozenArrays):
    """A window with more events than its exposure tells.

    Attributes:
        areas: positions of its areas, nearest to the centre first.
        first_period: position of its first period; 0 in a scan of space alone.
        last_period: position of its last period.
        observed: events in it.
        expected: events that its share of the exposure would hold.
        relative_risk: rate inside over rate outside; infinite without events outside.
        log_likelihood_ratio: how much better a raised rate inside fits.
        p_value: rank of that ratio among the largest ones of simulated data.
    """

    areas: NDArray[np.intp]
    first_period: int
    last_period: int
    observed: int
    expected: float
    relative_risk: float
    log_likelihood_ratio: float
    p_value: float


@dataclass(frozen=True, eq=False)
class Scan(FrozenArrays):
    """Clusters that a scan found.

    Attributes:
        clusters: most likely first, whether it is significant or not; then those that share no
            area with a likelier one and are significant. Empty without events, or if no window
            has more than expected.
        null_ratios: largest ratio of each simulation, shape (simulations,).
    """

    clusters: tuple[ScanCluster, ...]
    null_ratios: Array


def spatial_scan(
    counts: ArrayLike,
    exposure: ArrayLike,
    points: ArrayLike,
    seed: int | np.random.Generator,
    simulations: int = SIMULATIONS,
    level: float = 0.05,
) -> Scan:
    """Scan for circles of areas with too many events.

    Circles around each point, up to half of the exposure. With c events and E expected of C in
    all, LLR = c ln(c / E) + (C - c) ln((C - c) / (C - E)) if c > E, else 0. p = rank of the LLR
    among the largest LLR of simulations / (simulations + 1), each a multinomial spread of the C
    events by exposure; so p holds for all windows together.

    Args:
        counts: events, shape (areas,).
        exposure: persons, or persons x days, same shape, above 0.
        points: x and y of each area in metres of a projected system, shape (areas, 2).
        seed: seed or generator; the same seed gives the same result.
        simulations: at least 99.
        level: error rate up to which secondary clusters are given.

    Returns:
        Clusters, and the simulated ratios that p rests on.

    Raises:
        InputError: a count is negative, not whole or NaN (suppressed), an exposure is not above
            0, a coordinate is not finite, shapes differ, every circle holds more than half of the
            exposure, there are fewer than 99 simulations, or no seed.

    Source:
        Kulldorff M. A spatial scan statistic. Communications in Statistics: Theory and Methods
        1997;26:1481-1496.

    Example:
        >>> points = [[x, y] for x in range(5) for y in range(5)]
        >>> counts = [20, 22] + [4] * 3 + [19, 5] + [4] * 18
        >>> best = spatial_scan(counts, [1_000] * 25, points, seed=1).clusters[0]
        >>> sorted(best.areas.tolist()), best.observed, round(best.expected, 1), best.p_value
        ([0, 1, 5], 61, 18.0, 0.001)
    """
    events = require_counts(counts)
    at_risk = require_exposure(exposure, events)
    return _scan(events[:, None], at_risk[:, None], points, 1, seed, simulations, level)


def space_time_scan(
    counts: ArrayLike,
    exposure: ArrayLike,
    points: ArrayLike,
    seed: int | np.random.Generator,
    simulations: int = SIMULATIONS,
    level: float = 0.05,
) -> Scan:
    """Scan for cylinders, circles of areas over a run of periods, with too many events.

    As `spatial_scan`, over every run of up to half of the periods. The null spreads events by
    exposure alone: a rise everywhere, or an area that is always high, is found as a cluster too.

    Args:
        counts: events in time order, shape (areas, periods), at least 2 periods.
        exposure: persons x days, same shape, above 0.
        points: x and y of each area in metres of a projected system, shape (areas, 2).
        seed: seed or generator; the same seed gives the same result.
        simulations: at least 99.
        level: error rate up to which secondary clusters are given.

    Returns:
        Clusters, and the simulated ratios that p rests on.

    Raises:
        InputError: as `spatial_scan`, or fewer than 2 periods.

    Source:
        Kulldorff M, Athas WF, Feurer EJ, Miller BA, Key CR. Evaluating cluster alarms: a
        space-time scan statistic and brain cancer in Los Alamos, New Mexico. American Journal of
        Public Health 1998;88:1377-1380.

    Example:
        >>> points = [[x, 0] for x in range(8)]
        >>> counts = np.full((8, 6), 3)
        >>> counts[:2, 4:] = 15
        >>> best = space_time_scan(counts, np.ones((8, 6)), points, seed=1).clusters[0]
        >>> sorted(best.areas.tolist()), best.first_period, best.last_period, best.p_value
        ([0, 1], 4, 5, 0.001)
    """
    table = as_numbers(counts, "counts")
    if table.ndim != 2 or table.shape[1] < 2:
        raise InputError(f"counts need shape (areas, periods), 2 or more; got {table.shape}")
    at_risk = as_numbers(exposure, "exposure")
    if at_risk.shape != table.shape:
        raise InputError(f"exposure needs the shape of counts {table.shape}; got {at_risk.shape}")
    events = require_counts(table.ravel())
    at_risk = require_exposure(at_risk.ravel(), events).reshape(table.shape)
    longest = table.shape[1] // 2
    return _scan(events.reshape(table.shape), at_risk, points, longest, seed, simulations, level)


def _scan(
    events: Array,
    exposure: Array,
    points: ArrayLike,
    longest: int,
    seed: int | np.random.Generator,
    simulations: int,
    level: float,
) -> Scan:
    places = require_points(points)
    if len(places) != len(events):
        raise InputError(f"each area needs a point; got {len(places)} for {len(events)}")
    if require_whole_number(simulations, 1, "simulations") < 99:
        raise InputError(f"at least 99 simulations are needed; got {simulations}")
    level = require_level(level)
    share = exposure / exposure.sum()
    windows = find_windows(share, places, longest)
    if not windows:
        raise InputError("there is no window: every circle holds more than half of the exposure")
    total = int(events.sum())
    if not total:
        return Scan((), np.zeros(simulations))
    random = require_generator(seed)
    drawn = random.multinomial(total, share.ravel(), size=simulations)
    null = largest_ratios(drawn.reshape(simulations, *events.shape), windows, total)
    return Scan(tuple(_clusters(events, windows, total, null, level)), null)


def _clusters(
    events: Array, windows: list[Window], total: int, null: Array, level: float
) -> list[ScanCluster]:
    ratios = [window_ratios(events, window, total) for window in windows]
    taken = np.zeros(len(events), dtype=bool)
    found: list[ScanCluster] = []
    while True:
        best = max(range(len(windows)), key=lambda at: float(ratios[at].max(initial=0)))
        largest = float(ratios[best].max(initial=0))
        # Simulated ratios of the same counts may differ in their last digits.
        p_value = (1 + int((null >= largest - 1e-9).sum())) / (len(null) + 1)
        if largest <= 0 or (found and p_value > level):
            return found
        cluster = _cluster(events, windows[best], ratios[best], total, p_value)
        found.append(cluster)
        taken[cluster.areas] = True
        for at, window in enumerate(windows):
            ratios[at] = ratios[at][: window.sizes_clear_of(taken)]


def _cluster(
    events: Array, window: Window, ratios: Array, total: int, p_value: float
) -> ScanCluster:
    size, span = np.unravel_index(int(ratios.argmax()), ratios.shape)
    first, last = window.spans[span]
    areas = window.order[: window.ends[size] + 1]
    observed = float(events[areas, first : last + 1].sum())
    expected = float(window.share[size, span]) * total
    outside = (total - observed) / (total - expected)
    return ScanCluster(
        areas=areas,
        first_period=int(first),
        last_period=int(last),
        observed=int(observed),
        expected=expected,
        relative_risk=observed / expected / outside if outside else np.inf,
        log_likelihood_ratio=float(log_likelihood_ratio(observed, expected, total)),
        p_value=p_value,
    )
