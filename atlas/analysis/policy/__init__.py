"""What changed after a policy date, in one series or beside other places."""

from atlas.analysis.policy.caveats import CAVEATS
from atlas.analysis.policy.differences import DifferenceInDifferences, difference_in_differences
from atlas.analysis.policy.interrupted import InterruptedSeries, interrupted_series
from atlas.analysis.policy.ratio import RatioChange
from atlas.analysis.policy.synthetic import LeftOut, SyntheticControl, synthetic_control

__all__ = [
    "CAVEATS",
    "DifferenceInDifferences",
    "InterruptedSeries",
    "LeftOut",
    "RatioChange",
    "SyntheticControl",
    "difference_in_differences",
    "interrupted_series",
    "synthetic_control",
]
