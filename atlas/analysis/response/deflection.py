"""Deflection from charges, never shown without what it depends on."""

from __future__ import annotations

from dataclasses import dataclass

from atlas.analysis.errors import InputError
from atlas.analysis.inputs import require_exposure, require_values
from atlas.analysis.rates import crude_rate
from atlas.analysis.response.shares import ShareInterval, require_count, wilson_share


@dataclass(frozen=True)
class RecordedOffences:
    """Recorded incidents of one offence in one place and period, and how they were cleared.

    Attributes:
        offence: what it is, such as possession.
        recorded: incidents recorded by police.
        cleared_by_charge: incidents cleared by a charge laid or recommended.
        cleared_otherwise: incidents cleared in any other way: diversion, but also the death of
            the accused, a declined complaint and more.
        population: persons.
        diverted: incidents cleared by a diversionary program, a part of `cleared_otherwise`;
            None where the table does not separate them.
    """

    offence: str
    recorded: int
    cleared_by_charge: int
    cleared_otherwise: int
    population: float
    diverted: int | None = None


@dataclass(frozen=True)
class OffenceResponse:
    """Deflection of one offence with the figures without which it misleads.

    Attributes:
        offence: what it is.
        deflection: cleared otherwise / (cleared by charge + cleared otherwise).
        diversion: diversionary program / the same whole; None where it is not separated.
        recorded_per_100k: recorded incidents per 100,000 persons.
        recorded_low: its lower limit.
        recorded_high: its upper limit.
        clearance_rate: cleared / recorded; can be above 1, since a clearance counts in the
            period when it is made, for incidents recorded before. NaN without an incident.
    """

    offence: str
    deflection: ShareInterval
    diversion: ShareInterval | None
    recorded_per_100k: float
    recorded_low: float
    recorded_high: float
    clearance_rate: float


@dataclass(frozen=True)
class Deflection:
    """Deflection of an offence beside a comparison offence, never alone.

    It counts recorded incidents: where discretion comes to mean that an incident is not
    recorded at all, the share can fall while deflection rises.

    Attributes:
        subject: the offence in question.
        comparison: another offence of the same place and period, such as trafficking.
    """

    subject: OffenceResponse
    comparison: OffenceResponse


def deflection_share(
    subject: RecordedOffences, comparison: RecordedOffences, level: float = 0.95
) -> Deflection:
    """Give the share of cleared incidents that were cleared otherwise than by charge.

    D = cleared otherwise / (cleared by charge + cleared otherwise), with a Wilson interval; the
    recorded rate has the exact Poisson interval.

    Args:
        subject: the offence in question.
        comparison: another offence, of the same place and period.
        level: coverage of the intervals, between 0 and 1.

    Returns:
        Both offences, each with one deflection (a share), recorded rate per 100,000 persons and
        clearance rate (a share).

    Raises:
        InputError: an offence is no `RecordedOffences`, a count is text, negative or not whole,
            more are diverted than cleared otherwise, a population is not above 0, the
            populations differ, or both are one offence.

    Source:
        Statistics Canada, Uniform Crime Reporting Survey, clearance status (definitions);
        Wilson 1927; Garwood 1936.

    Example:
        >>> found = deflection_share(
        ...     RecordedOffences("possession", 400, 90, 210, 100_000),
        ...     RecordedOffences("trafficking", 150, 95, 5, 100_000),
        ... )
        >>> found.subject.deflection.share, found.comparison.deflection.share
        (0.7, 0.05)
        >>> found.subject.recorded_per_100k, found.subject.clearance_rate
        (400.0, 0.75)
    """
    for one in (subject, comparison):
        if not isinstance(one, RecordedOffences):
            raise InputError(f"an offence must be a RecordedOffences; got {one!r}")
        like = require_values([one.recorded], name="recorded")
        require_exposure([one.population], like, name="population")
    if subject.offence == comparison.offence:
        raise InputError(f"a comparison needs another offence than {subject.offence}")
    if subject.population != comparison.population:
        raise InputError(
            "a comparison needs the same place and period; populations are "
            f"{subject.population} and {comparison.population}"
        )
    return Deflection(_response(subject, level), _response(comparison, level))


def _response(offences: RecordedOffences, level: float) -> OffenceResponse:
    recorded = require_count(offences.recorded, "recorded")
    charged = require_count(offences.cleared_by_charge, "cleared_by_charge")
    otherwise = require_count(offences.cleared_otherwise, "cleared_otherwise")
    diversion = None
    if offences.diverted is not None:
        if require_count(offences.diverted, "diverted") > otherwise:
            raise InputError(
                f"diverted is part of cleared otherwise; got {offences.diverted} of {otherwise}"
            )
        diversion = wilson_share(offences.diverted, charged + otherwise, level)
    rate, low, high = crude_rate(recorded, offences.population, level)
    return OffenceResponse(
        offence=offences.offence,
        deflection=wilson_share(otherwise, charged + otherwise, level),
        diversion=diversion,
        recorded_per_100k=float(rate),
        recorded_low=float(low),
        recorded_high=float(high),
        clearance_rate=(charged + otherwise) / recorded if recorded else float("nan"),
    )
