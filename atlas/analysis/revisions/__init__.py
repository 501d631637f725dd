"""How figures change from release to release, and what an early figure is likely to become."""

from atlas.analysis.revisions.history import Grain, reporting_triangle, revision_history
from atlas.analysis.revisions.prediction import (
    MINIMUM_STEPS,
    Development,
    development,
    predicted_values,
)

__all__ = [
    "MINIMUM_STEPS",
    "Development",
    "Grain",
    "development",
    "predicted_values",
    "reporting_triangle",
    "revision_history",
]
