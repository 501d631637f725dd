"""The snapshot and map layers that ship are those that the publishers' files give."""

import json
from pathlib import Path

import duckdb
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from pipelines.declaration import load_sources
from pipelines.snapshot import write_snapshot

ROOT = Path(__file__).parent.parent.parent
SNAPSHOT = ROOT / "data" / "snapshot"
AREAS = ROOT / "static" / "areas"
LAYERS = {"provinces": 13, "health_regions": 99, "toronto_neighbourhoods": 158}


def contents(folder: Path, pattern: str) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob(pattern)}


def test_the_files_that_ship_can_be_made_again_to_the_byte(tmp_path: Path, raw_root: Path) -> None:
    snapshot, areas = tmp_path / "snapshot", tmp_path / "areas"
    stale = snapshot / "an_old_source" / "2019-01.parquet"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"figures of a release that is no longer declared")

    written = write_snapshot(raw_root, snapshot, areas)

    for made, shipped, pattern in ((snapshot, SNAPSHOT, "*/*"), (areas, AREAS, "*.geojson")):
        ours, theirs = contents(made, pattern), contents(shipped, pattern)
        assert ours.keys() == theirs.keys()
        assert [name for name in ours if ours[name] != theirs[name]] == []
    assert sorted(written) == sorted((*snapshot.glob("*/*"), *areas.glob("*.geojson")))
    assert {path.name for path in tmp_path.iterdir()} == {"snapshot", "areas"}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_every_region_once_in_order(name: str, warehouse_path: Path) -> None:
    features = json.loads((AREAS / f"{name}.geojson").read_text("utf-8"))["features"]
    ids = [feature["properties"]["region_id"] for feature in features]
    with duckdb.connect(str(warehouse_path), read_only=True) as con:
        regions = {key for (key,) in con.execute("SELECT region_id FROM marts.region").fetchall()}
    assert len(set(ids)) == len(ids) == LAYERS[name]
    assert ids == sorted(ids)
    assert [feature["id"] for feature in features] == ids
    assert set(ids) <= regions


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_valid_shapes_with_clockwise_outer_rings(name: str) -> None:
    features = json.loads((AREAS / f"{name}.geojson").read_text("utf-8"))["features"]
    for feature in features:
        geometry = shapely.geometry.shape(feature["geometry"])
        assert geometry.is_valid, feature["id"]
        assert not geometry.is_empty, feature["id"]
        for polygon in shapely.get_parts(geometry):
            assert not polygon.exterior.is_ccw, feature["id"]
            assert all(ring.is_ccw for ring in polygon.interiors), feature["id"]


@pytest.mark.parametrize("name", LAYERS)
def test_neighbours_of_a_layer_do_not_overlap(name: str) -> None:
    shapes = _on_the_ground(AREAS / f"{name}.geojson").geometry
    overlap = shapes.area.sum() - shapes.union_all().area
    assert overlap < shapes.area.sum() * 1e-4


@pytest.mark.parametrize(
    ("name", "scheme", "code"),
    [
        ("provinces", "pruid", "pruid"),
        ("health_regions", "hruid", "hruid"),
        ("toronto_neighbourhoods", "hood_158", "HOOD_ID"),
    ],
)
def test_a_region_covers_what_the_publisher_draws(
    name: str, scheme: str, code: str, raw_root: Path
) -> None:
    (source,) = [source for source in load_sources() if source.layer and source.layer.name == name]
    regions = pd.read_csv(ROOT / "data" / "codes" / "crosswalk_regions" / "canada.csv", dtype=str)
    region_of = regions[regions["scheme"] == scheme].set_index("publisher_code")["region_id"]
    published = _on_the_ground(raw_root / source.releases[0].parts[0].file)
    codes = published[code].astype(str).str.removesuffix(".0")
    published.index = pd.Index(codes.map(region_of), name="region_id")
    shipped = _on_the_ground(AREAS / f"{name}.geojson").set_index("region_id")

    assert shipped.area.sum() == pytest.approx(published.area.sum(), rel=0.01)
    common = shipped.geometry.intersection(published.geometry.loc[shipped.index]).area
    assert (common / published.area.loc[shipped.index]).min() > 0.9


def _on_the_ground(path: Path) -> gpd.GeoDataFrame:
    # Canada's equal-area Albers projection: areas in square metres.
    frame = gpd.read_file(path).to_crs("ESRI:102001")
    return frame.set_geometry(frame.geometry.make_valid())
