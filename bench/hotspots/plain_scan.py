"""The scan statistic in plain Python, one window after another: what a fast one must agree with."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

Table = Sequence[Sequence[float]]


def windows(
    exposure: Table, points: Sequence[Sequence[float]], longest: int
) -> Iterator[tuple[list[int], range]]:
    """Yield the areas and periods of every window, at most half of the exposure and time."""
    total = sum(map(sum, exposure))
    periods = len(exposure[0])
    for centre in points:
        distances = [math.dist(centre, point) for point in points]
        for radius in sorted(set(distances)):
            areas = [area for area, distance in enumerate(distances) if distance <= radius]
            if sum(sum(exposure[area]) for area in areas) > total / 2 + 1e-9 * total:
                break
            for length in range(1, longest + 1):
                for first in range(periods - length + 1):
                    yield areas, range(first, first + length)


def ratio(observed: float, expected: float, total: float) -> float:
    """Return the log-likelihood ratio of a window."""
    if observed <= expected:
        return 0.0
    inside = observed * math.log(observed / expected)
    if observed == total:
        return inside
    return inside + (total - observed) * math.log((total - observed) / (total - expected))


def likeliest(
    counts: Table, exposure: Table, points: Sequence[Sequence[float]], longest: int
) -> tuple[float, list[int], range]:
    """Return the largest ratio with its areas and periods."""
    events, at_risk = sum(map(sum, counts)), sum(map(sum, exposure))
    best: tuple[float, list[int], range] = (0.0, [], range(0))
    for areas, periods in windows(exposure, points, longest):
        observed = sum(counts[area][period] for area in areas for period in periods)
        share = sum(exposure[area][period] for area in areas for period in periods) / at_risk
        found = ratio(observed, share * events, events)
        if found > best[0]:
            best = (found, areas, periods)
    return best
