"""Which areas neighbour which: queen contiguity, k nearest, or a distance band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import Array, as_numbers, require_positive, require_whole_number
from atlas.analysis.results import frozen

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class SpatialWeights:
    """Binary weights: 1 where area j neighbours area i, 0 elsewhere and on the diagonal.

    Attributes:
        matrix: shape (areas, areas); every row holds at least one neighbour.
        islands: areas without a neighbour of their own, which got the nearest one; shape
            (areas,).
    """

    matrix: csr_array
    islands: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Make the weights read-only."""
        object.__setattr__(self, "islands", frozen(self.islands))
        if isinstance(self.matrix, csr_array):
            parts = (self.matrix.data, self.matrix.indices, self.matrix.indptr)
            object.__setattr__(
                self,
                "matrix",
                csr_array(tuple(frozen(part) for part in parts), shape=self.matrix.shape),
            )

    @property
    def neighbours(self) -> Indices:
        """Number of neighbours of each area, shape (areas,)."""
        return np.diff(self.matrix.indptr).astype(np.intp)


def queen_weights(
    polygons: Sequence[Polygon | MultiPolygon], tolerance: float = 1e-5
) -> SpatialWeights:
    """Join polygons that share at least one point of their borders (queen contiguity).

    An island is joined, both ways, with the polygon whose boundary is nearest.

    Args:
        polygons: valid shapely polygons or multipolygons in one plane, shape (areas,).
        tolerance: largest gap between neighbours, in the unit of the coordinates, from 0 up; 0
            asks for a common point. Rounded borders leave slivers as wide as the last digit. The
            default is right for degrees with five digits (1 m); give 0.01 for metres with two.

    Returns:
        Symmetric weights.

    Raises:
        InputError: fewer than two polygons, one that is empty or not a polygon, or a tolerance
            that is negative or not finite.

    Source:
        The definition of libpysal's `Graph.build_contiguity`, found with shapely's tree: libpysal
        takes a second to import, and its `strict=True` loses neighbours whose borders were
        rounded.

    Example:
        >>> from shapely import box
        >>> found = queen_weights([box(0, 0, 1, 1), box(1, 0, 2, 1), box(5, 0, 6, 1)])
        >>> found.matrix.toarray().astype(int).tolist(), found.islands.tolist()
        ([[0, 1, 0], [1, 0, 1], [0, 1, 0]], [False, False, True])
    """
    from shapely import STRtree

    gap = as_numbers(tolerance, "tolerance")
    if gap.ndim or not (np.isfinite(gap) and gap >= 0):
        raise InputError(f"tolerance must be from 0 up and finite; got {tolerance!r}")
    _require_areas(len(polygons), 2)
    for at, polygon in enumerate(polygons):
        if getattr(polygon, "geom_type", None) not in ("Polygon", "MultiPolygon"):
            raise InputError(f"areas must be polygons; got {polygon!r} at position {at}")
        if polygon.is_empty:
            raise InputError(f"areas must be polygons that are not empty; see position {at}")
    shapes = np.array(polygons, dtype=object)
    tree = STRtree(shapes)
    heads, tails = tree.query(shapes, predicate="dwithin", distance=float(gap))
    heads, tails = heads[heads != tails], tails[heads != tails]
    islands = _without_neighbour(heads, len(shapes))
    lonely = np.flatnonzero(islands)
    _, near = tree.query_nearest(shapes[lonely], exclusive=True, all_matches=False)
    return _symmetric(heads, tails, lonely, near, islands)


def nearest_neighbour_weights(points: ArrayLike, k: int = 8) -> SpatialWeights:
    """Join each point with the k points nearest to it.

    The relation runs one way: i may be nearest to j while j is not nearest to i.

    Args:
        points: x and y in metres of a projected system, shape (areas, 2).
        k: neighbours of each, a whole number from 1 up.

    Returns:
        Weights with k neighbours in every row; no point is an island.

    Raises:
        InputError: k is not a whole number from 1 up, there are not more than k points, or a
            coordinate is not finite.

    Source:
        Euclidean distance, scipy's k-d tree.

    Example:
        >>> nearest_neighbour_weights([[0, 0], [1, 0], [3, 0]], 1).matrix.toarray().tolist()
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    places = require_points(points)
    k = require_whole_number(k, 1, "k")
    _require_areas(len(places), k + 1)
    heads = np.repeat(np.arange(len(places)), k)
    tails = _nearest(places, k, np.arange(len(places))).ravel()
    return _weights(heads, tails, np.zeros(len(places), dtype=bool))


def distance_band_weights(points: ArrayLike, distance: float) -> SpatialWeights:
    """Join points that lie no farther apart than a distance.

    An island is joined, both ways, with the point nearest to it.

    Args:
        points: x and y in metres of a projected system, shape (areas, 2).
        distance: largest distance of neighbours, metres, above 0.

    Returns:
        Symmetric weights.

    Raises:
        InputError: fewer than two points, a coordinate is not finite, or the distance is not
            above 0.

    Source:
        Euclidean distance, scipy's k-d tree.

    Example:
        >>> found = distance_band_weights([[0, 0], [1, 0], [3, 0]], 1.5)
        >>> found.matrix.toarray().astype(int).tolist(), found.islands.tolist()
        ([[0, 1, 0], [1, 0, 1], [0, 1, 0]], [False, False, True])
    """
    from scipy.spatial import KDTree

    places = require_points(points)
    _require_areas(len(places), 2)
    distance = require_positive(distance, "a distance")
    pairs = KDTree(places).query_pairs(distance, output_type="ndarray")
    heads, tails = np.concatenate([pairs, pairs[:, ::-1]]).T
    islands = _without_neighbour(heads, len(places))
    lonely = np.flatnonzero(islands)
    return _symmetric(heads, tails, lonely, _nearest(places, 1, lonely)[:, 0], islands)


def require_points(points: ArrayLike) -> Array:
    """Return finite coordinates, shape (points, 2).

    Args:
        points: x and y of each.

    Raises:
        InputError: another shape, NaN or infinite.

    Example:
        >>> require_points([[0, 1]]).tolist()
        [[0.0, 1.0]]
    """
    places = as_numbers(points, "points")
    if places.ndim != 2 or places.shape[1] != 2:
        raise InputError(f"points need x and y, shape (points, 2); got {places.shape}")
    bad = ~np.isfinite(places).all(axis=1)
    if bad.any():
        raise InputError(f"coordinates must be finite; see position {int(bad.argmax())}")
    return places


def require_weights(weights: SpatialWeights, areas: int) -> SpatialWeights:
    """Return weights that are binary neighbours of so many areas.

    Args:
        weights: of one of the functions of this module, or made by hand.
        areas: number of areas that they must be of.

    Raises:
        InputError: not `SpatialWeights`, another number of areas, or a matrix that is not a
            square sparse one of ones, with a zero diagonal and a neighbour in every row.

    Example:
        >>> alone = SpatialWeights(csr_array((3, 3)), np.zeros(3, dtype=bool))
        >>> require_weights(alone, 3)
        Traceback (most recent call last):
        ...
        atlas.analysis.errors.InputError: every area needs a neighbour; area 0 has none
    """
    if not isinstance(weights, SpatialWeights):
        raise InputError(f"weights must be SpatialWeights; got {type(weights).__name__}")
    matrix = weights.matrix
    if not (issparse(matrix) and matrix.format == "csr"):
        raise InputError(f"weights need a sparse matrix by rows; got {type(matrix).__name__}")
    if matrix.shape[0] != areas:
        raise InputError(f"weights are of {matrix.shape[0]} areas, values of {areas}")
    if matrix.shape != (areas, areas) or weights.islands.shape != (areas,):
        raise InputError(
            f"weights need shape (areas, areas) and (areas,); got {matrix.shape} and "
            f"{weights.islands.shape}"
        )
    heads = np.repeat(np.arange(areas), weights.neighbours)
    pairs = heads * areas + matrix.indices
    # Rows in order, the usual case, show repeats without a sort.
    once = (np.diff(pairs) > 0).all() or len(np.unique(pairs)) == len(pairs)
    if (matrix.data != 1).any() or not once:
        raise InputError("weights must be 1 for neighbours, each named once, and 0 elsewhere")
    if (heads == matrix.indices).any():
        raise InputError("no area is its own neighbour: the diagonal of weights must be 0")
    if (weights.neighbours == 0).any():
        at = int((weights.neighbours == 0).argmax())
        raise InputError(f"every area needs a neighbour; area {at} has none")
    return weights


def _require_areas(areas: int, minimum: int) -> None:
    if areas < minimum:
        raise InputError(f"at least {minimum} areas are needed; got {areas}")


def _nearest(places: Array, k: int, of: Indices) -> Indices:
    from scipy.spatial import KDTree

    found = np.asarray(KDTree(places).query(places[of], k + 1)[1])
    # Of points in one place, a point need not come first among its own nearest, or at all.
    own = found == of[:, None]
    own[~own.any(axis=1), -1] = True
    return np.asarray(found[~own].reshape(len(of), k), dtype=np.intp)


def _without_neighbour(heads: Indices, areas: int) -> NDArray[np.bool_]:
    return np.asarray(np.bincount(heads, minlength=areas) == 0)


def _symmetric(
    heads: Indices, tails: Indices, lonely: Indices, near: Indices, islands: NDArray[np.bool_]
) -> SpatialWeights:
    heads, tails = np.concatenate([heads, lonely, near]), np.concatenate([tails, near, lonely])
    return _weights(heads, tails, islands)


def _weights(heads: Indices, tails: Indices, islands: NDArray[np.bool_]) -> SpatialWeights:
    areas = len(islands)
    matrix = csr_array((np.ones(len(heads)), (heads, tails)), shape=(areas, areas))
    # Two islands that are nearest to each other are named twice.
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return SpatialWeights(matrix, islands)
