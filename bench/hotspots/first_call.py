"""Time imports and first calls in fresh processes, beyond numpy and pandas that every page has.

Run `python -m bench.hotspots.first_call`.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

SETUP = "import time, numpy as np, pandas\nbegun = time.perf_counter()\n"
POINTS = "rng = np.random.default_rng(1); points = rng.random((158, 2)); x = rng.random(158)\n"
IMPORT = "from atlas.analysis.hotspots import *\n"
WEIGHTS = "w = nearest_neighbour_weights(points)\n"
CALLS = {
    "import atlas.analysis.rates": "import atlas.analysis.rates\n",
    "import atlas.analysis.hotspots": "import atlas.analysis.hotspots\n",
    "nearest_neighbour_weights": IMPORT + POINTS + WEIGHTS,
    "getis_ord_star": IMPORT + POINTS + WEIGHTS + "getis_ord_star(x, w)\n",
    "getis_ord_star_permuted": IMPORT + POINTS + WEIGHTS + "getis_ord_star_permuted(x, w, 1)\n",
    "local_moran": IMPORT + POINTS + WEIGHTS + "local_moran(x, w, 1)\n",
    "lees_l": IMPORT + POINTS + WEIGHTS + "lees_l(x, x, w, 1)\n",
    "emerging_hot_spots": IMPORT
    + POINTS
    + WEIGHTS
    + "emerging_hot_spots(rng.random((158, 24)), w)\n",
    "spatial_scan": IMPORT + POINTS + "spatial_scan(rng.poisson(9, 158), 1_000, points, 1)\n",
    "queen_weights": "from shapely import box\n"
    + IMPORT
    + "queen_weights([box(i % 12, i // 12, i % 12 + 1, i // 12 + 1) for i in range(144)])\n",
    "for comparison, import esda.getisord": "import esda.getisord\n",
}


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in CALLS}
    for _ in range(options.repeats):
        for name, code in CALLS.items():
            script = SETUP + code + "print(time.perf_counter() - begun)"
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", script],
                check=True,
                capture_output=True,
                text=True,
            )
            times[name].append(float(done.stdout))
    for name, runs in times.items():
        print(f"{name}: median {statistics.median(runs):.3f} s, least {min(runs):.3f} s")


if __name__ == "__main__":
    main()
