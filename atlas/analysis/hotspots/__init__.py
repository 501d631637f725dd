"""Hot spots: neighbours, local statistics of rates, patterns over time, and scan statistics."""

from atlas.analysis.false_discovery import benjamini_hochberg
from atlas.analysis.hotspots.coordinates import CrowdedPoints, crowded_points
from atlas.analysis.hotspots.emerging import (
    NO_PATTERN,
    EmergingHotSpots,
    classify_pattern,
    emerging_hot_spots,
)
from atlas.analysis.hotspots.getis_ord import HotSpots, getis_ord_star, getis_ord_star_permuted
from atlas.analysis.hotspots.lee import LeesL, lees_l
from atlas.analysis.hotspots.moran import (
    NOT_SIGNIFICANT,
    LocalMoran,
    bivariate_local_moran,
    local_moran,
)
from atlas.analysis.hotspots.scan import Scan, ScanCluster, space_time_scan, spatial_scan
from atlas.analysis.hotspots.trend import MannKendall, mann_kendall
from atlas.analysis.hotspots.weights import (
    SpatialWeights,
    distance_band_weights,
    nearest_neighbour_weights,
    queen_weights,
)

__all__ = [
    "NOT_SIGNIFICANT",
    "NO_PATTERN",
    "CrowdedPoints",
    "EmergingHotSpots",
    "HotSpots",
    "LeesL",
    "LocalMoran",
    "MannKendall",
    "Scan",
    "ScanCluster",
    "SpatialWeights",
    "benjamini_hochberg",
    "bivariate_local_moran",
    "classify_pattern",
    "crowded_points",
    "distance_band_weights",
    "emerging_hot_spots",
    "getis_ord_star",
    "getis_ord_star_permuted",
    "lees_l",
    "local_moran",
    "mann_kendall",
    "nearest_neighbour_weights",
    "queen_weights",
    "space_time_scan",
    "spatial_scan",
]
