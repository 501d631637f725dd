"""Time Gi* side by side with esda: same rates, neighbours, number of permutations and seed.

Run `python -m bench.hotspots.gi_star`. Both draw one set of random neighbours from the seed and use
it for every area, in one process on one core, from weights that are ready; esda gets a Graph with
its diagonal filled, the fastest form it takes, and keeps no simulations. It has no numba here.
"""

from __future__ import annotations

import argparse
import math
import resource
import warnings

import numpy as np
import scipy.sparse
from esda.getisord import G_Local
from libpysal.graph import Graph

from atlas.analysis.hotspots import (
    distance_band_weights,
    getis_ord_star,
    getis_ord_star_permuted,
    local_moran,
)
from bench.hotspots.timing import in_turn

SEED = 20_240_601


def compare(areas: int, permutations: int, repeats: int, esda_repeats: int) -> None:
    """Print the times of both, the ratio, and by how much their results differ."""
    random = np.random.default_rng(SEED)
    points = random.random((areas, 2))
    weights = distance_band_weights(points, math.sqrt(6 / math.pi / areas))
    star = scipy.sparse.coo_array(weights.matrix + scipy.sparse.eye_array(areas))
    graph = Graph.from_sparse(star)
    rates = random.gamma(4, 25, areas)
    print(f"\n{areas:,} areas, {weights.neighbours.mean():.1f} neighbours on average")

    def esda(count: int) -> G_Local:
        return G_Local(
            rates,
            graph,
            transform="B",
            star=True,
            permutations=count,
            keep_simulations=False,
            n_jobs=1,
            seed=SEED,
        )

    in_turn(
        {"ours, analytic": lambda: getis_ord_star(rates, weights), "esda": lambda: esda(0)},
        repeats,
    )
    gap = np.abs(getis_ord_star(rates, weights).z - esda(0).Zs).max()
    print(f"  largest difference of z: {gap:.1e}")

    print(f"  {permutations:,} permutations:")
    ours = {"ours": lambda: getis_ord_star_permuted(rates, weights, SEED, permutations)}
    in_turn(ours | {"esda": lambda: esda(permutations)}, esda_repeats)
    p_value = getis_ord_star_permuted(rates, weights, SEED, permutations).p_value
    gap = np.abs(p_value / 2 - esda(permutations).p_sim)
    bound = math.sqrt(0.25 * 2 / permutations)
    print(f"  one-sided p-values differ by at most {gap.max():.4f}; one standard error {bound:.4f}")
    in_turn(
        {
            "ours, 9,999 permutations": lambda: getis_ord_star_permuted(rates, weights, SEED),
            "ours, 99,999 permutations": lambda: getis_ord_star_permuted(
                rates, weights, SEED, 99_999
            ),
            "local Moran, 9,999 permutations": lambda: local_moran(rates, weights, SEED),
        },
        repeats,
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--largest", type=int, default=50_000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    # A full run of esda on the largest map takes minutes, so it is timed once there.
    for areas, esda_repeats in ((158, 5), (5_000, 3), (50_000, 1)):
        if areas <= options.largest:
            compare(areas, 9_999, options.repeats, esda_repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"\npeak memory: {peak:.2f} GB")


if __name__ == "__main__":
    main()
