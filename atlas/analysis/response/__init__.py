"""Police response: deflection from charges, and naloxone administered by police."""

from atlas.analysis.response.deflection import (
    Deflection,
    OffenceResponse,
    RecordedOffences,
    deflection_share,
)
from atlas.analysis.response.naloxone import (
    NaloxoneReport,
    NaloxoneSummary,
    ServiceMonth,
    naloxone_summary,
)
from atlas.analysis.response.shares import ShareInterval, wilson_share

__all__ = [
    "Deflection",
    "NaloxoneReport",
    "NaloxoneSummary",
    "OffenceResponse",
    "RecordedOffences",
    "ServiceMonth",
    "ShareInterval",
    "deflection_share",
    "naloxone_summary",
    "wilson_share",
]
