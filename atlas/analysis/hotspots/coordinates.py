"""Guard against default and offset coordinates, which make hot spots that are not there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from atlas.analysis.hotspots.weights import require_points
from atlas.analysis.inputs import Array, require_level


@dataclass(frozen=True, eq=False)
class CrowdedPoints:
    """Points that hold more incidents than a place should.

    Attributes:
        points: x and y of each, most incidents first, shape (crowded points, 2).
        incidents: number of incidents there, shape (crowded points,).
        share: share of all incidents, same shape.
        at_crowded: which incidents lie there, shape (incidents,).
    """

    points: Array
    incidents: NDArray[np.intp]
    share: Array
    at_crowded: NDArray[np.bool_]


def crowded_points(points: ArrayLike, most: float = 0.01) -> CrowdedPoints:
    """Find single points that hold more than a share of all incidents.

    Such a point is often a headquarters, the middle of a city, or the corner that an address is
    moved to. A lone incident is never crowded, however few there are.

    Args:
        points: x and y of each incident as published, any unit, shape (incidents, 2).
        most: largest share of incidents that a point may hold, between 0 and 1.

    Returns:
        The crowded points, none if all is well. Look at them before any hot spot is shown.

    Raises:
        InputError: a coordinate is not finite, the shape is another, or the share is not between
            0 and 1.

    Source:
        A rule of this project; the share of 1 % is a convention, not a test.

    Example:
        >>> found = crowded_points([[0, 0]] * 3 + [[x, 1] for x in range(97)])
        >>> found.points.tolist(), found.share.tolist(), int(found.at_crowded.sum())
        ([[0.0, 0.0]], [0.03], 3)
    """
    places = require_points(points)
    limit = require_level(most) * len(places)
    if not len(places):
        return CrowdedPoints(
            places, np.zeros(0, dtype=np.intp), np.zeros(0), np.zeros(0, dtype=bool)
        )
    distinct, member, counts = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    crowded = (counts > limit) & (counts > 1)
    order = np.flatnonzero(crowded)[np.argsort(-counts[crowded], kind="stable")]
    return CrowdedPoints(
        distinct[order], counts[order], counts[order] / len(places), crowded[member.ravel()]
    )
