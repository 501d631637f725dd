"""What must be said beside a policy result."""

from types import MappingProxyType

CAVEATS = MappingProxyType(
    {
        "associated_only": (
            "One series shows what a date is associated with; "
            "whatever else changed in the same months is in the figure too."
        ),
        "headline_is_placebo_rank": (
            "The p to read is the rank among placebo dates; "
            "the model's own p takes straight lines and an unchanging season for granted."
        ),
        "placebo_floor": (
            "The placebo p cannot go below one over the number of dates or places compared."
        ),
        "parallel_trends": (
            "The comparison holds only if both places would have moved alike; "
            "the difference within the earlier periods shows whether they did."
        ),
        "contamination": (
            "A comparison place that had the same policy, or one like it, pulls the difference "
            "towards none. The 2020-08 federal guideline on simple possession reached every "
            "province."
        ),
        "poor_earlier_fit": (
            "The weighted places do not follow the place before the date, "
            "so the gap after it says little."
        ),
    }
)
"""Sentence in English by the key that a result carries in `caveats`."""
