"""Time the scan statistic side by side with plain Python and with numpy a simulation at a time.

Run `python -m bench.hotspots.scan`. All search the same windows of the same simulated counts. Plain
Python is slow, so it gets a small map and few simulations, and so do the others beside it.
"""

from __future__ import annotations

import argparse
import resource

import numpy as np

from atlas.analysis.hotspots import space_time_scan, spatial_scan
from atlas.analysis.hotspots.scan_windows import find_windows, largest_ratios, window_ratios
from bench.hotspots.plain_scan import likeliest
from bench.hotspots.timing import in_turn

SEED = 20_240_601


def compare(areas: int, periods: int, simulations: int, repeats: int, plain: bool) -> None:
    """Print the times of each way and by how much their largest ratios differ."""
    random = np.random.default_rng(SEED)
    points = random.random((areas, 2))
    exposure = random.integers(5_000, 20_000, (areas, periods)).astype(float)
    share, longest = exposure / exposure.sum(), max(1, periods // 2)
    total = 3 * areas * periods
    drawn = random.multinomial(total, share.ravel(), simulations)
    tables = drawn.reshape(simulations, areas, periods)
    as_floats = tables.astype(float)
    windows = find_windows(share, points, longest)
    print(
        f"\n{areas} areas, {periods} periods, {sum(one.share.size for one in windows):,} windows, "
        f"{simulations} simulations"
    )

    def at_once() -> np.ndarray:
        return largest_ratios(tables, find_windows(share, points, longest), total)

    def one_by_one() -> np.ndarray:
        found = find_windows(share, points, longest)
        return np.array(
            [max(window_ratios(one, window, total).max() for window in found) for one in as_floats]
        )

    def in_plain_python() -> np.ndarray:
        lists = exposure.tolist(), points.tolist()
        return np.array([likeliest(one.tolist(), *lists, longest)[0] for one in tables])

    ways = {"ours": at_once, "numpy, one simulation at a time": one_by_one}
    if plain:
        ways["plain Python"] = in_plain_python
    in_turn(ways, repeats)
    gap = max(np.abs(way() - at_once()).max() for way in ways.values())
    print(f"  largest difference of ratios: {gap:.1e}")


def whole(areas: int, periods: int, repeats: int) -> None:
    """Print the time of a whole scan of 999 simulations."""
    random = np.random.default_rng(SEED)
    points, exposure = random.random((areas, 2)), np.full((areas, periods), 1_000.0)
    counts = random.poisson(3, (areas, periods))
    if periods == 1:
        ways = {"whole": lambda: spatial_scan(counts[:, 0], exposure[:, 0], points, SEED)}
    else:
        ways = {"whole": lambda: space_time_scan(counts, exposure, points, SEED)}
    print(f"\n{areas} areas, {periods} periods, 999 simulations, from counts to clusters")
    in_turn(ways, repeats)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    compare(40, 1, 99, options.repeats, plain=True)
    compare(25, 12, 20, options.repeats, plain=True)
    compare(158, 12, 99, options.repeats, plain=False)
    for areas, periods in ((158, 1), (158, 12), (158, 24), (158, 60), (1_000, 1)):
        whole(areas, periods, 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"\npeak memory: {peak:.2f} GB")


if __name__ == "__main__":
    main()
