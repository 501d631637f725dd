"""Time the alarm rules on arrays as large as the dashboard's, beside a loop of single fits.

Prints the median and quartiles of each rule, and what the same negative binomial alarms would
take one fit at a time with statsmodels, timed in the same run on some of the cells. Run it from
the root of the project: python -m bench.alerts
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from atlas.analysis.alerts import (
    Alarms,
    SeriesModel,
    ears_alarms,
    false_discovery_alarms,
    farrington_alarms,
    negative_binomial_alarms,
    odmap_style_alarms,
)

ROOT = Path(__file__).parent.parent
REGIONS, MONTHS, WEEKS, DAYS = 300, 120, 300, 730
SINGLE_FITS = 40
IMPORT = """import time
begun = time.perf_counter()
import {}
print(time.perf_counter() - begun)"""


def season(mean: float, periods: int, per_year: float) -> np.ndarray:
    """Return a mean with a yearly wave and a slow rise."""
    years = np.arange(periods) / per_year
    return mean * np.exp(0.3 * np.sin(2 * np.pi * years) + 0.03 * years)


def report(name: str, seconds: list[float]) -> float:
    """Print median and quartiles; return the median in seconds."""
    low, middle, high = statistics.quantiles(seconds, n=4)
    print(
        f"{name}: median {middle * 1e3:.0f} ms (quartiles {low * 1e3:.0f} to {high * 1e3:.0f}), "
        f"{len(seconds)} runs"
    )
    return middle


def timed(call: Callable[[], object], runs: int) -> list[float]:
    """Return the seconds of each run."""
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return seconds


def single_fit(counts: np.ndarray, exposure: np.ndarray, month: int) -> float:
    """Fit one region up to one month with statsmodels; return the expected count."""
    from statsmodels.discrete.discrete_model import NegativeBinomial

    t = np.arange(MONTHS)
    waves = [wave(k * np.pi * t / 6) for k in (1, 2) for wave in (np.cos, np.sin)]
    design = np.column_stack((np.ones(MONTHS), t / 12, *waves))
    past = slice(month - 1)
    model = NegativeBinomial(counts[past], design[past], exposure=exposure[past])
    fitted = model.fit(disp=0, maxiter=200)
    return float(np.exp(design[month] @ fitted.params[:-1]) * exposure[month])


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    random = np.random.default_rng(20_250_101)
    months = np.datetime64("2015-01", "M") + np.arange(MONTHS)
    days = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)
    exposure = random.uniform(2e4, 1e6, (REGIONS, 1)) * days
    level = random.uniform(0.3, 3, (REGIONS, 1))
    counts = random.negative_binomial(level * season(20, MONTHS, 12), 0.5)
    weekly = SeriesModel(season(12, WEEKS, 52.18), 1.5).draw(REGIONS, random)
    weeks = np.datetime64("2019-01-07") + 7 * np.arange(WEEKS)
    daily = SeriesModel(season(2, DAYS, 365.25)).draw(REGIONS, random)

    for module in ("scipy.special", "atlas.analysis.alerts"):
        command = [sys.executable, "-c", IMPORT.format(module)]
        imports = [float(subprocess.check_output(command, cwd=ROOT)) for _ in range(runs)]
        report(f"import {module}", imports)

    def all_months() -> Alarms:
        return negative_binomial_alarms(counts, months, exposure)

    alarms = all_months()
    cells = int(alarms.judged.sum())
    batch = report(
        f"negative binomial, {cells} months of {REGIONS} regions", timed(all_months, runs)
    )
    report(
        f"negative binomial, last month of {REGIONS} regions",
        timed(lambda: negative_binomial_alarms(counts, months, exposure, latest=1), runs),
    )
    report(
        f"false-discovery control, {REGIONS} regions x {MONTHS} months",
        timed(lambda: false_discovery_alarms(alarms), runs),
    )
    report(
        f"Farrington-Noufaily, last week of {REGIONS} regions",
        timed(lambda: farrington_alarms(weekly, weeks, latest=1), runs),
    )
    report(
        f"EARS C3, {DAYS} days of {REGIONS} regions",
        timed(lambda: ears_alarms(daily, "C3"), runs),
    )
    report(
        f"ODMAP-style, {DAYS} days of {REGIONS} regions",
        timed(lambda: odmap_style_alarms(daily), runs),
    )

    single_fit(counts[0], exposure[0], MONTHS - 1)
    picks = random.permutation(np.argwhere(alarms.judged))[:SINGLE_FITS]
    seconds = []
    for region, month in picks:
        begun = time.perf_counter()
        single_fit(counts[region], exposure[region], month)
        seconds.append(time.perf_counter() - begun)
    each = report("statsmodels NegativeBinomial, one region up to one month", seconds)
    print(f"all {cells} months one by one: {each * cells:.0f} s, {each * cells / batch:.0f} times")


if __name__ == "__main__":
    main()
