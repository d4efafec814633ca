"""Tolerances of a written policy: how much is covered, by period (§4.6)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from state.policy.cells import Cell, Date, Part, Term
from state.policy.schema import Name, Provenance, Strict

Year = Annotated[int, msgspec.Meta(ge=2000, le=2099)]
MonthNumber = Annotated[int, msgspec.Meta(ge=1, le=12)]
Percent = Annotated[float, msgspec.Meta(ge=0, le=1000)]
CapacityKind = Literal["system", "flexible", "local"]


class NopKind(StrEnum):
    """The four net open positions (§4.2), and allowances against what is owed of them (§4.4)."""

    ENERGY = "energy"
    CAPACITY = "capacity"
    RPS = "rps"
    CARBON_FREE = "carbon_free"
    GHG = "ghg"


MONITORED = (NopKind.CARBON_FREE, NopKind.GHG)
"""Those that no tolerance binds: they are shown beside the others."""


class Season(Strict, frozen=True, kw_only=True):
    """The part of each year in which a row is in force, first to last month."""

    first: MonthNumber
    last: MonthNumber


class Dates(Strict, frozen=True, kw_only=True):
    """A period told by its dates, both inside; without ``last`` it does not end."""

    first: Date
    last: Date | None = None


class Obligation(Strict, frozen=True, kw_only=True):
    """A part of what must be held: a percentage of an amount.

    Attributes:
        percent: of ``of``.
        of: the amount.
        years: first and last year of retail sales it counts; every year of the period without.
        kinds: kinds of capacity it is for; all without.
    """

    percent: Percent
    of: Literal["peak_load", "summer_peak_load", "retail_sales", "obligation"]
    years: tuple[Year, Year] | None = None
    kinds: tuple[CapacityKind, ...] = ()
    provenance: Provenance = Provenance.CERTAIN


class Tolerance(Part, frozen=True, kw_only=True):
    """A row of a table of tolerances (§4.6).

    Attributes:
        title: as the row names its period.
        period: a name in ``state.periods.PERIODS``, or
        dates: the dates that the row gives instead.
        season: the months in which the row is in force, where it says "as of".
        kinds: kinds of capacity the row is for; all without.
        minimum, maximum: percent of the table's ``of``.
        obligation: what must be held; empty where the row says n/a.
    """

    title: Name
    period: Term | None = None
    dates: Dates | None = None
    season: Season | None = None
    kinds: tuple[CapacityKind, ...] = ()
    minimum: Cell
    maximum: Cell
    obligation: tuple[Obligation, ...] = ()


class ToleranceTable(Part, frozen=True, kw_only=True):
    """A table of tolerances.

    Attributes:
        nop: which net open position.
        of: what 100 % is.
        cumulative: whether a row counts from the first row's beginning.
    """

    title: Name
    nop: NopKind
    of: Literal["load", "forecast", "required"]
    cumulative: bool = False
    rows: tuple[Tolerance, ...]
