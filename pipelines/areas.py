"""Boundary files to the simplified map layers in `static/areas/`."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipelines.declaration import Layer
from pipelines.errors import PipelineError

AREAS = Path(__file__).parent.parent / "static" / "areas"
# Of the width of a region: a small one keeps its shape where a large one loses detail.
_COARSEST = 0.03
_PASSES = 6
_LONGEST_DEGREES = 1.0


def simplify(geometries: np.ndarray, layer: Layer) -> np.ndarray:
    """Simplify polygons together, so that neighbours keep a common edge.

    Args:
        geometries: polygons in degrees.
        layer: tolerance in degrees, digits kept.

    Returns:
        Valid polygons with clockwise outer rings, in the same order.
    """
    mended = [_polygons_only(geometry) for geometry in shapely.make_valid(geometries)]
    # Edges that nearly meet are joined, and what two regions claim is given to one.
    coverage = shapely.coverage_clean(mended)  # type: ignore[attr-defined]  # stubs are of 2.1
    simplified = _simplify_by_width(coverage, layer.tolerance_degrees)
    # d3 draws an edge along a great circle: a long one along a parallel would bow.
    split = shapely.segmentize(simplified, _LONGEST_DEGREES)
    rounded = shapely.transform(split, lambda points: np.round(points, layer.decimals))
    polygons = [_polygons_only(geometry) for geometry in shapely.make_valid(rounded)]
    # d3, and so Vega, reads a counter-clockwise outer ring as the rest of the globe.
    return np.asarray(shapely.orient_polygons(np.array(polygons), exterior_cw=True))


def _simplify_by_width(coverage: np.ndarray, tolerance: float) -> np.ndarray:
    """Simplify a coverage, each edge as much as the smaller of its two regions allows."""
    west, south, east, north = shapely.total_bounds(coverage)
    frame = shapely.box(west - 1, south - 1, east + 1, north + 1)
    # With the rest of the map as a region too, coasts are edges between regions.
    regions = np.append(coverage, frame.difference(shapely.coverage_union_all(coverage)))
    allowed = np.minimum(tolerance, _COARSEST * np.sqrt(shapely.area(regions)))
    for step in range(_PASSES):
        chosen = allowed >= tolerance / 2**step
        regions[chosen] = shapely.coverage_simplify(
            regions[chosen], tolerance / 2**step, simplify_boundary=False
        )
    return regions[:-1]


def _polygons_only(geometry: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    nested = [
        part
        for group in shapely.get_parts(geometry)
        if group.geom_type == "MultiPolygon"
        for part in shapely.get_parts(group)
    ]
    return shapely.MultiPolygon(parts + nested)


def _label_point(geometry: shapely.Geometry, layer: Layer) -> dict[str, float]:
    largest = max(shapely.get_parts(geometry), key=shapely.area)
    point = shapely.maximum_inscribed_circle(largest).coords[0]
    return {
        "longitude": round(point[0], layer.decimals),
        "latitude": round(point[1], layer.decimals),
    }


def write_layer(
    regions: pd.Series, boundaries: gpd.GeoDataFrame, layer: Layer, folder: Path = AREAS
) -> Path:
    """Write `<folder>/<layer>.geojson`, one feature a region, in order of region id.

    Args:
        regions: region ids, aligned with the rows of `boundaries`.
        boundaries: features in EPSG:4326.
        layer: name and simplification.
        folder: where layers are served from.

    Raises:
        PipelineError: a region has no area, or lies within another.
    """
    geometries = simplify(boundaries.geometry.to_numpy(), layer)
    for region_id, geometry in zip(regions, geometries, strict=True):
        if geometry.is_empty:
            raise PipelineError(f"layer {layer.name}: {region_id} has no area of its own")
    features = sorted(
        (
            {
                "type": "Feature",
                "id": region_id,
                "properties": {"region_id": region_id, **_label_point(geometry, layer)},
                "geometry": shapely.geometry.mapping(geometry),
            }
            for region_id, geometry in zip(regions, geometries, strict=True)
        ),
        key=lambda feature: str(feature["id"]),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{layer.name}.geojson"
    collection = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(collection, separators=(",", ":")) + "\n", encoding="utf-8")
    return path
