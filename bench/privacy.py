"""Time the privacy check on a table as large as a year of British Columbia's health areas.

158 areas in 16 regions by 12 months, with totals by region, by province and by year; every small
count is suppressed, and every tenth large one too. Prints the median and quartiles for single
values and for narrowed ones. Run it from the root of the project: python -m bench.privacy
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from atlas.analysis.privacy import SmallCellRule, disclosure_findings, sum_relations
from atlas.analysis.privacy.relations import Members

AREAS, REGIONS, MONTHS = 158, 16, 12
PERIOD = ("first", "last")
KEYS = [*PERIOD, "area"]


def suppressed_table(seed: int) -> tuple[pd.DataFrame, Members]:
    """Return the cells and the members of each total."""
    random = np.random.default_rng(seed)
    areas = [f"area {at}" for at in range(AREAS)]
    regions = {f"region {at}": tuple(areas[at::REGIONS]) for at in range(REGIONS)}
    months = pd.period_range("2024-01", periods=MONTHS, freq="M")
    counts = pd.DataFrame(
        random.negative_binomial(
            1.5, 1.5 / (1.5 + random.gamma(1, 6, (AREAS, 1))), (AREAS, MONTHS)
        ),
        index=areas,
        columns=months,
    )
    for region, parts in regions.items():
        counts.loc[region] = counts.loc[list(parts)].sum()
    counts.loc["province"] = counts.loc[list(regions)].sum()
    rows = [
        (month.start_time, month.end_time.normalize(), area, count)
        for area, row in zip(counts.index, counts.to_numpy(), strict=True)
        for month, count in zip(months, row, strict=True)
    ]
    year = (months[0].start_time, months[-1].end_time.normalize())
    rows += [(*year, area, counts.loc[area].sum()) for area in counts.index]
    table = pd.DataFrame(rows, columns=[*KEYS, "value"]).astype({"value": float})
    hidden = table["value"].between(1, 4)
    hidden |= table["area"].isin(areas) & (random.random(len(table)) < 0.1)
    table["status"] = np.where(hidden, "suppressed", "reported")
    table["low"], table["high"] = np.where(hidden, 0.0, np.nan), np.nan
    # A small count is published as "< 5"; the others are hidden to protect it.
    table.loc[hidden & (table["value"] < 5), "high"] = 4.0
    return table.assign(value=table["value"].mask(hidden)), {
        "area": dict([*regions.items(), ("province", tuple(regions))])
    }


def report(name: str, call: Callable[[], object], runs: int) -> None:
    """Print median and quartiles of the seconds of each run."""
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    low, middle, high = statistics.quantiles(seconds, n=4)
    print(f"{name}: median {middle:.2f} s (quartiles {low:.2f} to {high:.2f}), {runs} runs")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    table, members = suppressed_table(20_250_101)
    hidden = int((table["status"] == "suppressed").sum())
    relations = sum_relations(table, KEYS, members, PERIOD)
    print(f"{len(table)} cells, {hidden} suppressed, {len(relations)} sums")
    report("sums", lambda: sum_relations(table, KEYS, members, PERIOD), runs)
    for narrowed_to in (None, 3):
        rule = SmallCellRule(5, narrowed_to=narrowed_to)
        found = disclosure_findings(table, KEYS, rule, relations)
        print(found["kind"].value_counts().to_dict())
        report(
            f"findings, narrowed to {narrowed_to}",
            lambda rule=rule: disclosure_findings(table, KEYS, rule, relations),  # type: ignore[misc]
            runs,
        )


if __name__ == "__main__":
    main()
