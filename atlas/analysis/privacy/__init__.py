"""Find what a table gives away about the cells that it hides."""

from atlas.analysis.privacy.check import SmallCellRule, disclosure_findings
from atlas.analysis.privacy.ranges import AuditError
from atlas.analysis.privacy.rates import implied_counts
from atlas.analysis.privacy.recovery import Narrowed, Recovery, RecoveryResult, recover_hidden
from atlas.analysis.privacy.relations import Key, SumRelation, sum_relations

__all__ = [
    "AuditError",
    "Key",
    "Narrowed",
    "Recovery",
    "RecoveryResult",
    "SmallCellRule",
    "SumRelation",
    "disclosure_findings",
    "implied_counts",
    "recover_hidden",
    "sum_relations",
]
