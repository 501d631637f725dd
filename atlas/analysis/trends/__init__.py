"""Annual percent change, joinpoint regression, seasonal decomposition and change points."""

from atlas.analysis.trends.annual import AnnualChange, annual_percent_change
from atlas.analysis.trends.decomposition import Decomposition, decompose
from atlas.analysis.trends.joinpoint import JoinpointTrend, Segment, joinpoint_trend
from atlas.analysis.trends.shifts import Shifts, change_points

__all__ = [
    "AnnualChange",
    "Decomposition",
    "JoinpointTrend",
    "Segment",
    "Shifts",
    "annual_percent_change",
    "change_points",
    "decompose",
    "joinpoint_trend",
]
