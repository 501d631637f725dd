"""Naloxone administered by police, with what was not reported kept apart from zero."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from atlas.analysis.errors import InputError
from atlas.analysis.response.shares import ShareInterval, require_count, wilson_share

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class NaloxoneReport(Enum):
    """What one police service said of one month."""

    REPORTED = "reported"
    REPORTED_ZERO = "reported zero"
    NOT_REPORTED = "not reported"
    DID_NOT_CARRY = "did not carry"


@dataclass(frozen=True)
class ServiceMonth:
    """Naloxone in one police service and month.

    Attributes:
        service: name of the service.
        month: the month, such as 2024-05.
        report: whether anything was said; `REPORTED` has one administration or more.
        attended: overdoses that the service attended; None unless reported.
        administered: of these, those in which an officer administered naloxone.
        before_ambulance: of the attended, those where police came first; None if not recorded.
        doses: doses given; None if not recorded.
        alive_at_handover: people alive when handed over, of those given naloxone; None if not
            recorded.
    """

    service: str
    month: str
    report: NaloxoneReport
    attended: int | None = None
    administered: int | None = None
    before_ambulance: int | None = None
    doses: int | None = None
    alive_at_handover: int | None = None


@dataclass(frozen=True)
class NaloxoneSummary:
    """Administrations by police, over the service-months that reported.

    More or fewer administrations can mean that police attend more or fewer overdoses, that
    there are more or fewer, or that others reverse more or fewer; none of it counts lives.

    Attributes:
        administrations: of the overdoses that police attended, those with an administration.
        before_ambulance: of those attended, those where police came first; over the months
            that record it, None if none does.
        alive_at_handover: of those given naloxone, people alive at hand-over; likewise.
        doses: doses given, over the months that record it; None if none does.
        doses_per_administration: in those months; NaN without an administration.
        months: number of service-months of each report; read-only.
    """

    administrations: ShareInterval
    before_ambulance: ShareInterval | None
    alive_at_handover: ShareInterval | None
    doses: int | None
    doses_per_administration: float
    months: Mapping[NaloxoneReport, int]


def naloxone_summary(months: Sequence[ServiceMonth], level: float = 0.95) -> NaloxoneSummary:
    """Summarise naloxone administered by police; what was not reported is never a zero.

    Share = sum of administrations / sum of police-attended overdoses over service-months that
    reported (a reported zero among them), with a Wilson interval.

    Args:
        months: one entry a service and month.
        level: coverage of the intervals, between 0 and 1.

    Returns:
        Shares with intervals, doses, and the number of service-months of each report.

    Raises:
        InputError: an entry is no `ServiceMonth`; its report is no `NaloxoneReport` (text is
            not read, so that a misspelt one cannot count); its month is not written as 2024-05
            or its service has no name; a service-month occurs twice; one that reported lacks
            attended overdoses or administrations, one that did not has any figure;
            `REPORTED_ZERO` with an administration or `REPORTED` without one; counts that
            contradict each other.

    Source:
        Wilson 1927; the states of reporting are this product's own.

    Example:
        >>> found = naloxone_summary([
        ...     ServiceMonth("North", "2024-05", NaloxoneReport.REPORTED, 20, 8, doses=13),
        ...     ServiceMonth("South", "2024-05", NaloxoneReport.REPORTED_ZERO, 5, 0),
        ...     ServiceMonth("West", "2024-05", NaloxoneReport.NOT_REPORTED),
        ... ])
        >>> found.administrations.share, found.doses, found.doses_per_administration
        (0.32, 13, 1.625)
        >>> found.months[NaloxoneReport.NOT_REPORTED]
        1
    """
    for month in months:
        _require_named(month)
    names = [(month.service, month.month) for month in months]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"each service-month may occur once; {twice} occurs more often")
    for month in months:
        _require_consistent(month)
    dosed = [month for month in months if month.doses is not None]
    doses = _total(months, "doses")
    given = _total(dosed, "administered")
    attended, administered = _total(months, "attended"), _total(months, "administered")
    return NaloxoneSummary(
        administrations=wilson_share(administered, attended, level),
        before_ambulance=_recorded_share(months, "before_ambulance", "attended", level),
        alive_at_handover=_recorded_share(months, "alive_at_handover", "administered", level),
        doses=doses if dosed else None,
        doses_per_administration=doses / given if given else float("nan"),
        months=MappingProxyType(
            {report: sum(m.report is report for m in months) for report in NaloxoneReport}
        ),
    )


def _require_named(month: ServiceMonth) -> None:
    if not isinstance(month, ServiceMonth):
        raise InputError(f"each entry must be a ServiceMonth; got {month!r}")
    if not (isinstance(month.service, str) and month.service):
        raise InputError(f"a service needs a name; got {month.service!r}")
    if not (isinstance(month.month, str) and _MONTH.fullmatch(month.month)):
        raise InputError(f"a month is written as 2024-05; {month.service} has {month.month!r}")
    if not isinstance(month.report, NaloxoneReport):
        raise InputError(
            f"a report is one of {[str(one) for one in NaloxoneReport]}; "
            f"{month.service} {month.month} has {month.report!r}"
        )


def _require_consistent(month: ServiceMonth) -> None:
    where = f"{month.service} {month.month}"
    figures = {
        name: getattr(month, name)
        for name in ("attended", "administered", "before_ambulance", "doses", "alive_at_handover")
    }
    if month.report in (NaloxoneReport.NOT_REPORTED, NaloxoneReport.DID_NOT_CARRY):
        if any(figure is not None for figure in figures.values()):
            raise InputError(f"{where} is marked {month.report.value} and can have no figure")
        return
    for name, figure in figures.items():
        if figure is not None:
            require_count(figure, f"{name} of {where}")
    attended, administered = month.attended, month.administered
    if attended is None or administered is None:
        raise InputError(f"{where} reported, and needs attended overdoses and administrations")
    if (administered == 0) != (month.report is NaloxoneReport.REPORTED_ZERO):
        raise InputError(f"{where} is marked {month.report.value} with {administered}")
    ceilings = (
        (administered, attended, "administrations", "attended overdoses"),
        (month.before_ambulance, attended, "police before ambulance", "attended overdoses"),
        (month.alive_at_handover, administered, "alive at hand-over", "administrations"),
    )
    for part, whole, name, of in ceilings:
        if part is not None and part > whole:
            raise InputError(f"{where} has more {name} than {of}: {part} of {whole}")
    if month.doses is not None and month.doses < administered:
        raise InputError(f"{where} has fewer doses than administrations: {month.doses}")
    if month.doses and not administered:
        raise InputError(f"{where} has doses but no administration")


def _recorded_share(
    months: Sequence[ServiceMonth], part: str, whole: str, level: float
) -> ShareInterval | None:
    known = [month for month in months if getattr(month, part) is not None]
    return wilson_share(_total(known, part), _total(known, whole), level) if known else None


def _total(months: Sequence[ServiceMonth], name: str) -> int:
    return sum(getattr(month, name) or 0 for month in months)
