"""Time several ways of doing one thing, in turn, so that a busy machine slows all of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def in_turn(ways: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Run each way once unmeasured, then in turn; print and return medians in ms.

    The ratio that is printed is to the first way.
    """
    runs: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(repeats + 1):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            if repeat:
                runs[name].append((time.perf_counter() - begun) * 1e3)
    medians = {name: statistics.median(times) for name, times in runs.items()}
    first = next(iter(medians.values()))
    for name, times in runs.items():
        print(
            f"  {name}: median {medians[name]:,.2f} ms, least {min(times):,.2f} ms, "
            f"{len(times)} runs, {medians[name] / first:,.1f} x the first"
        )
    return medians
