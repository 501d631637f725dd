"""Boundary files: what is read, how shapes are simplified, and the layers that ship."""

import json
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyreadr
import pytest
import shapely

from pipelines.areas import AREAS, simplify, write_layer
from pipelines.declaration import Layer, Layout, Source, load_sources
from pipelines.errors import PipelineError, SourceFileError
from pipelines.rawfile import open_raw

LAYERS = {
    "bc_local_health_areas": 89,
    "calgary_communities": 242,
    "census_divisions": 293,
    "edmonton_neighbourhoods": 394,
    "health_regions": 99,
    "montreal_boroughs": 34,
    "provinces": 13,
    "toronto_neighbourhoods": 158,
    "us_counties": 3230,
    "us_states": 56,
    "vancouver_local_areas": 22,
}
EXACT = Layer("exact", 0.0001, 4)
COARSE = Layer("coarse", 1.0, 4)


def features_of(name: str) -> list[dict[str, Any]]:
    text = (AREAS / f"{name}.geojson").read_text("utf-8")
    features: list[dict[str, Any]] = json.loads(text)["features"]
    return features


def on_the_ground(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoSeries:
    """Valid shapes in the equal-area Albers projection of the country: square metres."""
    flat = frame.geometry.make_valid().to_crs(
        "ESRI:102003" if name.startswith("us_") else "ESRI:102001"
    )
    return flat.make_valid().buffer(0)


def declared(name: str) -> Source:
    (source,) = [source for source in load_sources() if source.layer and source.layer.name == name]
    return source


# What is read


def vertices(path: Path, rings: list[tuple[str, int, bool, shapely.Polygon]]) -> Path:
    """Write rings as R's ggplot fortifies them: one row a vertex."""
    rows = [
        {
            "long": x, "lat": y, "order": order, "hole": hole, "piece": str(piece),
            "group": f"{code}.{piece}", "code": float(code),
        }
        for code, piece, hole, ring in rings
        for order, (x, y) in enumerate(ring.exterior.coords)
    ]  # fmt: skip
    pyreadr.write_rdata(str(path), pd.DataFrame(rows), df_name="areas")
    return path


VERTICES = Layout("geojson", {"code": "VARCHAR"}, crs="EPSG:4326")


def test_pieces_of_a_region_are_one_shape_and_holes_are_left_out(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    whole, inner, island = (
        shapely.box(0, 0, 9, 9),
        shapely.box(3, 3, 6, 6),
        shapely.box(20, 0, 21, 1),
    )
    rings = [("1", 1, False, whole), ("1", 2, True, inner), ("1", 3, False, island)]
    frame = open_raw(
        codes, VERTICES, vertices(tmp_path / "a.rda", [*rings, ("2", 1, False, inner)])
    )
    assert frame is not None
    assert codes.execute("SELECT line, code FROM raw").fetchall() == [(1, "1.0"), (2, "2.0")]
    assert frame.geometry[0].equals(shapely.union_all([whole.difference(inner), island]))
    assert frame.geometry[1].equals(inner)


def test_a_file_of_vertices_without_holes_is_read(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    frame = open_raw(
        codes,
        VERTICES,
        vertices(tmp_path / "a.rda", [("7", 1, False, shapely.box(0, 0, 9, 9))]),
    )
    assert frame is not None
    assert frame.geometry[0].equals(shapely.box(0, 0, 9, 9))


def topology(path: Path, *names: str) -> Path:
    objects = {
        name: {
            "type": "GeometryCollection",
            "geometries": [{"type": "Polygon", "arcs": [[number]], "id": name, "properties": {}}],
        }
        for number, name in enumerate(names)
    }
    arcs = [[[n, 0], [n, 1], [n + 1, 1], [n + 1, 0], [n, 0]] for n in range(0, 2 * len(names), 2)]
    path.write_text(json.dumps({"type": "Topology", "objects": objects, "arcs": arcs}), "utf-8")
    return path


def test_the_declared_object_of_a_topology_is_read(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    layout = Layout("geojson", {"id": "VARCHAR"}, member="states", crs="EPSG:4326")
    frame = open_raw(codes, layout, topology(tmp_path / "a.json", "counties", "states"))
    assert frame is not None
    assert codes.execute("SELECT line, id FROM raw").fetchall() == [(1, "states")]
    assert frame.geometry[0].equals(shapely.box(2, 0, 3, 1))


def test_a_topology_without_the_declared_object_is_refused(
    codes: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    layout = Layout("geojson", {"id": "VARCHAR"}, member="states", crs="EPSG:4326")
    with pytest.raises(
        SourceFileError, match=r"a\.json: expected an object 'states'; got 'counties'"
    ):
        open_raw(codes, layout, topology(tmp_path / "a.json", "counties"))


# How shapes are simplified


def test_neighbours_keep_a_common_edge_where_theirs_nearly_met() -> None:
    wavy = [(1, 0), (1.0001, 0.5), (1, 1)]
    left = shapely.Polygon([(0, 0), *wavy, (0, 1)])
    right = shapely.Polygon([(2, 0), (1, 0), (1.0002, 0.3), (1, 1), (2, 1)])
    shapes = simplify(np.array([left, right]), EXACT)
    assert shapely.coverage_is_valid(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(2, rel=1e-3)


def test_a_small_region_keeps_its_shape_where_a_large_one_loses_detail() -> None:
    zigzag = [(9 + 0.02 * (step % 2), step) for step in range(1, 10)]
    large = shapely.Polygon([(0, 0), (9, 0), *zigzag, (9, 10), (0, 10)])
    small = shapely.Point(20, 20).buffer(0.1)
    coarse_large, coarse_small = simplify(np.array([large, small]), COARSE)
    tooth = shapely.Point(9.015, 5)
    assert large.covers(tooth)
    assert not coarse_large.covers(tooth)
    lost = shapely.area(shapely.symmetric_difference(coarse_small, small))
    assert lost / shapely.area(small) < 0.05


def test_outer_rings_are_clockwise_and_a_broken_shape_is_mended() -> None:
    bow_tie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    (mended,) = simplify(np.array([bow_tie]), EXACT)
    assert mended.is_valid
    assert mended.area == pytest.approx(2)
    assert not any(part.exterior.is_ccw for part in mended.geoms)


def test_a_long_edge_along_a_parallel_is_split() -> None:
    """A map draws an edge along a great circle, which leaves the parallel."""
    (shape,) = simplify(np.array([shapely.box(-120, 49, -110, 60)]), EXACT)
    points = shapely.get_coordinates(shape)
    assert np.abs(np.diff(points, axis=0)).max() <= 1


def test_a_region_within_another_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9), shapely.box(3, 3, 6, 6)])
    with pytest.raises(PipelineError, match="layer exact: CA-AB has no area of its own"):
        write_layer(pd.Series(["CA-BC", "CA-AB"]), frame, EXACT, tmp_path)


# The layers that ship


def test_every_layer_is_known_here() -> None:
    assert {source.layer.name for source in load_sources() if source.layer} == set(LAYERS)
    assert sum(path.stat().st_size for path in AREAS.glob("*.geojson")) < 4_500_000


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_known_regions_once_in_order(
    name: str, codes: duckdb.DuckDBPyConnection
) -> None:
    ids = [feature["id"] for feature in features_of(name)]
    known = codes.execute("SELECT region_id FROM codes.regions").fetchall()
    assert len(set(ids)) == len(ids) == LAYERS[name]
    assert ids == sorted(ids, key=str)
    assert {(region_id,) for region_id in ids} <= set(known)
    assert (AREAS / f"{name}.geojson").stat().st_size < max(500_000, 600 * len(ids))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_valid_shapes_with_clockwise_outer_rings(name: str) -> None:
    for feature in features_of(name):
        geometry = shapely.geometry.shape(feature["geometry"])
        assert geometry.is_valid, feature["id"]
        assert not geometry.is_empty, feature["id"]
        for polygon in shapely.get_parts(geometry):
            assert not polygon.exterior.is_ccw, feature["id"]
            assert all(ring.is_ccw for ring in polygon.interiors), feature["id"]


@pytest.mark.parametrize("name", LAYERS)
def test_a_label_lies_in_its_region_and_neighbours_do_not_overlap(name: str) -> None:
    frame = gpd.read_file(AREAS / f"{name}.geojson")
    labels = gpd.GeoSeries(gpd.points_from_xy(frame["longitude"], frame["latitude"]), crs=4326)
    assert frame.geometry.contains(labels).all()
    ground = on_the_ground(frame, name)
    assert ground.area.sum() - ground.union_all().area < ground.area.sum() * 1e-4


@pytest.mark.parametrize("name", LAYERS)
def test_a_region_covers_what_the_publisher_draws(
    name: str, raw_root: Path, codes: duckdb.DuckDBPyConnection
) -> None:
    source = declared(name)
    layout = source.layouts[""]
    published = open_raw(codes, layout, raw_root / source.releases[0].parts[0].file)
    assert published is not None
    lines = codes.execute(f"FROM ({layout.staging_sql}) ORDER BY line").df()
    if "reject_reason" in lines:
        lines = lines[lines["reject_reason"].isna()].reset_index()
    drawn = on_the_ground(published.iloc[lines["line"] - 1].set_index(lines["region_id"]), name)
    shipped = gpd.read_file(AREAS / f"{name}.geojson").set_index("region_id")
    ours = on_the_ground(shipped, name).loc[drawn.index]

    assert ours.union_all().area == pytest.approx(drawn.union_all().area, rel=0.005)
    shared = ours.intersection(drawn).area / ours.union(drawn).area
    assert shared.min() > 0.93
    assert shared.quantile(0.05) > 0.96
