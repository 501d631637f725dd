"""The windows of a scan statistic, and the likelihood ratios of counts in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.inputs import Array
from atlas.analysis.results import FrozenArrays

Indices = NDArray[np.intp]

_BLOCK = 400_000


@dataclass(frozen=True, eq=False)
class Window(FrozenArrays):
    """All windows around one area.

    Attributes:
        order: positions of areas, nearest first, as far as the largest window reaches.
        ends: position in `order` of the last area of each circle, shape (circles,).
        spans: first and last period of each run, shape (runs, 2).
        share: share of the exposure in each window, shape (circles, runs).
    """

    order: Indices
    ends: Indices
    spans: Indices
    share: Array

    def sizes_clear_of(self, taken: NDArray[np.bool_]) -> int:
        """Return how many circles, smallest first, hold no taken area."""
        blocked = taken[self.order]
        reach = int(blocked.argmax()) if blocked.any() else len(self.order)
        return int(np.searchsorted(self.ends, reach))


def find_windows(share: Array, places: Array, longest: int) -> list[Window]:
    """List the windows of each area that has any.

    Circles take in areas that lie equally far together, and hold at most half of the exposure.

    Args:
        share: share of the exposure, shape (areas, periods), sum 1.
        places: x and y, shape (areas, 2).
        longest: most periods of a run.

    Example:
        >>> places = np.array([[0, 0], [1, 0], [3, 0], [9, 0]])
        >>> [window.order.tolist() for window in find_windows(np.full((4, 1), 0.25), places, 1)]
        [[0, 1], [1, 0], [2, 1], [3, 2]]
    """
    periods = share.shape[1]
    runs = np.array(
        [(first, first + n - 1) for n in range(1, longest + 1) for first in range(periods - n + 1)]
    )
    by_area, windows = share.sum(axis=1), []
    for place in places:
        distance = np.hypot(*(places - place).T)
        order = np.argsort(distance, kind="stable")
        held = np.cumsum(by_area[order])
        farther = np.diff(distance[order], append=np.inf) > 1e-9 * distance.max()
        ends = np.flatnonzero(farther & (held <= 0.5 + 1e-12))
        if not len(ends):
            continue
        order = order[: ends[-1] + 1]
        windows.append(Window(order, ends, runs, _within(share[order], ends, runs)))
    return windows


def window_ratios(events: Array, window: Window, total: int) -> Array:
    """Return the likelihood ratio of each window, shape (circles, runs).

    Example:
        >>> share = np.full((4, 1), 0.25)
        >>> window = find_windows(share, np.array([[0, 0], [1, 0], [3, 0], [9, 0]]), 1)[0]
        >>> window_ratios(np.array([[8.0], [0], [2], [2]]), window, 12).round(3).ravel().tolist()
        [4.603, 0.68]
    """
    observed = _within(events[window.order], window.ends, window.spans)
    return log_likelihood_ratio(observed, window.share * total, total)


def log_likelihood_ratio(observed: ArrayLike, expected: ArrayLike, total: float) -> Array:
    """Return c ln(c / E) + (C - c) ln((C - c) / (C - E)) where c > E, else 0.

    Args:
        observed: events c in a window, any shape.
        expected: events E expected there, same shape, above 0 and below C.
        total: events C in all.

    Source:
        Kulldorff 1997, as in `spatial_scan`.

    Example:
        >>> log_likelihood_ratio([8, 3], [4, 4], 20).round(4).tolist()
        [2.093, 0.0]
    """
    inside, chance = np.asarray(observed, dtype=float), np.asarray(expected, dtype=float)
    outside = total - inside
    # The logarithm of 0 goes with 0 events, whose term is 0.
    ratio = inside * np.log(np.maximum(inside, 1e-300) / chance)
    ratio += outside * np.log(np.maximum(outside, 1e-300) / (total - chance))
    # Equal but for the last digits of a sum of shares is equal.
    return np.asarray(np.where(inside > chance * (1 + 1e-9), ratio, 0.0), dtype=float)


def largest_ratios(drawn: NDArray[np.int64], windows: list[Window], total: int) -> Array:
    """Return the largest likelihood ratio over all windows of each simulation.

    Ratios are worked out only in windows that can exceed the least of the largest ratios so far.
    As LLR <= (c - E)^2 / (2 E (1 - E / C)) for E < c <= C - E, that takes c of at least
    E + sqrt(2 LLR E (1 - E / C)), which is one comparison of whole numbers a window.

    Args:
        drawn: simulated events, shape (simulations, areas, periods).
        windows: windows to search.
        total: events of each simulation.

    Example:
        >>> windows = find_windows(np.full((4, 1), 0.25), np.eye(4)[:, :2], 1)
        >>> largest_ratios(np.array([[[9], [1], [1], [1]]]), windows, 12).round(3).tolist()
        [6.592]
    """
    simulations, _, periods = drawn.shape
    kind = np.int16 if total < 2**15 else np.int32
    cells = max(len(window.order) for window in windows) * (periods + 1)
    step = max(16, _BLOCK // cells)
    return np.concatenate(
        [
            _largest(drawn[start : start + step].astype(kind), windows, total)
            for start in range(0, simulations, step)
        ]
    )


def _largest(drawn: NDArray[np.signedinteger], windows: list[Window], total: int) -> Array:
    simulations, areas, periods = drawn.shape
    # Simulations last, so that sums and comparisons run along memory.
    so_far = np.zeros((areas, periods + 1, simulations), dtype=drawn.dtype)
    so_far[:, 1:] = np.cumsum(drawn, axis=2, dtype=drawn.dtype).transpose(1, 2, 0)
    largest = np.zeros(simulations)
    for window in windows:
        held = np.cumsum(so_far[window.order], axis=0, dtype=drawn.dtype)[window.ends]
        expected = window.share * total
        spread = 2 * expected * (1 - window.share)
        least = np.minimum(expected + np.sqrt(largest.min() * spread), total - expected)
        least = np.ceil(least - 1e-9).astype(drawn.dtype)
        at = 0
        while at < len(window.spans):
            length = window.spans[at, 1] - window.spans[at, 0] + 1
            runs = slice(at, at + periods - length + 1)
            inside = held[:, length:] - held[:, :-length]
            candidate = np.flatnonzero(inside >= least[:, runs, None])
            which = candidate % simulations
            ratio = log_likelihood_ratio(
                inside.ravel()[candidate],
                expected[:, runs].ravel()[candidate // simulations],
                total,
            )
            np.maximum.at(largest, which, ratio)
            at = runs.stop
    return largest


def _within(values: Array, ends: Indices, runs: Indices) -> Array:
    so_far = np.zeros((len(ends), values.shape[1] + 1))
    so_far[:, 1:] = np.cumsum(np.cumsum(values, axis=0)[ends], axis=1)
    return np.asarray(so_far[:, runs[:, 1] + 1] - so_far[:, runs[:, 0]], dtype=float)
