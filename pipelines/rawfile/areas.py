"""Boundary files: GeoJSON, TopoJSON, and R data frames of vertices."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import geopandas as gpd
import pyreadr
import shapely

from pipelines.declaration import Layout
from pipelines.errors import SourceFileError
from pipelines.rawfile.content import TRUNCATED
from pipelines.rawfile.words import shown, some


def load_areas(
    con: duckdb.DuckDBPyConnection, layout: Layout, plain: Path, name: str
) -> gpd.GeoDataFrame:
    """Create `raw` with the declared properties, all text; return the features in degrees.

    Raises:
        SourceFileError: no features, other properties, no geometry, or no known coordinates.
    """
    frame = (
        _read_vertices(plain, name)
        if plain.suffix == ".rda"
        else _read_features(layout, plain, name)
    )
    missing = [column for column in layout.columns if column not in frame.columns]
    if missing:
        raise SourceFileError(name, f"properties {some(missing)}", some(list(frame.columns)))
    frame = _in_degrees(frame, layout, name)
    shapeless = [number for number, shape in enumerate(frame.geometry, 1) if shape is None]
    if shapeless:
        raise SourceFileError(name, f"feature {shapeless[0]} with a geometry", "none")
    # A property table of features is small; text keeps codes such as "073" whole.
    properties = frame[list(layout.columns)].astype("string").reset_index(drop=True)
    properties.insert(0, "line", range(1, len(properties) + 1))
    con.register("properties", properties)
    con.execute("CREATE OR REPLACE TEMP TABLE raw AS SELECT * FROM properties")
    con.unregister("properties")
    return frame.reset_index(drop=True)


def _read_features(layout: Layout, plain: Path, name: str) -> gpd.GeoDataFrame:
    try:
        features = json.loads(plain.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise SourceFileError(name, "whole JSON", error.msg, error.lineno, TRUNCATED) from error
    except RecursionError as error:
        raise SourceFileError(name, "a collection of features", "JSON nested too deep") from error
    topology = isinstance(features, dict) and features.get("type") == "Topology"
    if not isinstance(features, dict) or not (topology or features.get("features")):
        raise SourceFileError(name, "a collection of features", shown(features))
    if not topology:
        return gpd.read_file(plain)
    if layout.member not in features["objects"]:
        raise SourceFileError(name, f"an object {layout.member!r}", some(list(features["objects"])))
    return gpd.read_file(plain, layer=layout.member)


def _read_vertices(plain: Path, name: str) -> gpd.GeoDataFrame:
    try:
        (vertices,) = pyreadr.read_r(plain).values()
    except (pyreadr.custom_errors.LibrdataError, ValueError) as error:
        raise SourceFileError(name, "one R data frame", str(error)) from error
    wanted = ["long", "lat", "order", "hole", "piece", "group"]
    missing = [column for column in wanted if column not in vertices.columns]
    if missing:
        raise SourceFileError(name, f"columns {some(missing)}", some(list(vertices.columns)))
    keys = [column for column in vertices.columns if column not in (*wanted, "id")]
    rings = vertices.sort_values("order").groupby("group", observed=True, sort=False)
    polygons = [shapely.Polygon(ring[["long", "lat"]].to_numpy()) for _, ring in rings]
    frame = gpd.GeoDataFrame(
        rings.first()[[*keys, "hole"]].reset_index(drop=True), geometry=polygons
    )
    hole = frame.pop("hole").astype(bool)
    regions, holes = (frame[part].dissolve(by=keys, observed=True) for part in (~hole, hole))
    regions.loc[holes.index, "geometry"] = regions.loc[holes.index].difference(holes.geometry)
    return regions.reset_index()


def _in_degrees(frame: gpd.GeoDataFrame, layout: Layout, name: str) -> gpd.GeoDataFrame:
    if layout.crs:
        frame = frame.set_crs(layout.crs, allow_override=True).to_crs("EPSG:4326")
    # A file that names no system is taken for degrees, so its numbers have to be degrees too.
    west, south, east, north = frame.total_bounds
    degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if frame.crs is None or frame.crs.to_epsg() != 4326 or not degrees:
        raise SourceFileError(
            name,
            "longitude and latitude (EPSG:4326)",
            f"{frame.crs} from {west:g}, {south:g} to {east:g}, {north:g}",
        )
    return frame
