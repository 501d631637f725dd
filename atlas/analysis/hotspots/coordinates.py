"""Guard against default and offset coordinates, which make hot spots that are not there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.hotspots.weights import require_points
from atlas.analysis.inputs import Array, require_level, require_positive
from atlas.analysis.results import FrozenArrays

CANNOT_BE_SEEN = (
    "Coordinates that were moved at random or to the middle of a block cannot be told from true "
    "ones by the points alone: ask the publisher how they were made."
)
# Cells of a quarter of the tolerance keep the number of pairs in proportion to that of points.
_CELLS = 4


@dataclass(frozen=True, eq=False)
class CrowdedPoints(FrozenArrays):
    """Places that hold more incidents than a place should.

    Attributes:
        points: x and y of each, the median of its incidents; most incidents first, shape
            (crowded points, 2).
        incidents: number of incidents there, shape (crowded points,).
        share: share of all incidents, same shape.
        at_crowded: which incidents lie there, shape (incidents,).
        note: what this cannot see; show it beside the result.
    """

    points: Array
    incidents: NDArray[np.intp]
    share: Array
    at_crowded: NDArray[np.bool_]
    note: str = CANNOT_BE_SEEN


def crowded_points(points: ArrayLike, most: float = 0.01, tolerance: float = 1.0) -> CrowdedPoints:
    """Find single places that hold more than a share of all incidents.

    Such a place is often a headquarters, the middle of a city, or the corner that an address is
    moved to. A lone incident is never crowded, however few there are. The place with the most
    incidents around it goes first and takes them; then the next among those that are left.

    It finds points that were put in one place. It cannot find points that were moved about at
    random, or each to the middle of its own block: such a map looks like a true one.

    Args:
        points: x and y of each incident in metres of a projected system, shape (incidents, 2). In
            degrees a tolerance of 1 m is about 1e-5.
        most: largest share of incidents that a place may hold, between 0 and 1.
        tolerance: how far apart incidents of one place may lie, metres, above 0; kept to about a
            third of it.

    Returns:
        The crowded places, none if all is well. Look at them before any hot spot is shown.

    Raises:
        InputError: a coordinate is not finite, the shape is another, the share is not between 0
            and 1, or the tolerance is not above 0.

    Source:
        A rule of this project; the share of 1 % is a convention, not a test.

    Example:
        >>> found = crowded_points([[0, 0], [0, 0.1], [0, 0.2]] + [[9 * x, 9] for x in range(97)])
        >>> found.points.tolist(), found.share.tolist(), int(found.at_crowded.sum())
        ([[0.0, 0.1]], [0.03], 3)
    """
    from scipy.sparse import csr_array
    from scipy.spatial import KDTree

    places = require_points(points)
    limit = max(require_level(most) * len(places), 1)
    radius = require_positive(tolerance, "tolerance")
    if not len(places):
        return _crowded(places, [])
    cells = np.floor((places - places.min(axis=0)) * (_CELLS / radius))
    _, first, cell, held = np.unique(
        cells, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    pairs = KDTree(places[first]).query_pairs(radius, output_type="ndarray")
    heads, tails = np.concatenate(
        [pairs, pairs[:, ::-1], np.arange(len(first))[:, None] * [1, 1]]
    ).T
    near = csr_array((np.ones(len(heads)), (heads, tails)), shape=(len(first), len(first)))
    found: list[NDArray[np.intp]] = []
    left = held.astype(float)
    while True:
        around = near @ left
        best = int(around.argmax())
        if around[best] <= limit:
            return _crowded(places, found)
        taken = near.indices[near.indptr[best] : near.indptr[best + 1]]
        taken = taken[left[taken] > 0]
        found.append(np.flatnonzero(np.isin(cell.ravel(), taken)))
        left[taken] = 0


def _crowded(places: Array, found: list[NDArray[np.intp]]) -> CrowdedPoints:
    counts = np.array([len(members) for members in found], dtype=np.intp)
    at_crowded = np.zeros(len(places), dtype=bool)
    at_crowded[np.concatenate([*found, []]).astype(np.intp)] = True
    middles = [np.median(places[members], axis=0) for members in found]
    share = counts / max(len(places), 1)
    return CrowdedPoints(np.reshape(middles, (-1, 2)), counts, share, at_crowded)
