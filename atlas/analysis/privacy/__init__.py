"""Find what a table gives away about the cells that it hides."""

from atlas.analysis.privacy.check import SmallCellRule, disclosure_findings
from atlas.analysis.privacy.recovery import Recovery, RecoveryResult, recover_hidden
from atlas.analysis.privacy.relations import Key, SumRelation, sum_relations

__all__ = [
    "Key",
    "Recovery",
    "RecoveryResult",
    "SmallCellRule",
    "SumRelation",
    "disclosure_findings",
    "recover_hidden",
    "sum_relations",
]
