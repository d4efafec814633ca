"""What a written risk policy may say: its tables cell by cell, its lists, its duties.

Every part cites the clause and the page of the source, so that one can point at a sentence that
speaks of a number, a period, a list or a duty and see what stands for it here. ``docs/policy.md``
explains every field; the JSON Schema beside it is made of these structs.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from state.policy.cells import Cell, Date, Page, Part, Section, Term
from state.policy.schema import Identifier, Name, Strict
from state.policy.tolerances import Tolerance, ToleranceTable
from state.policy.trading_limits import Approved, Measures, Months, TradedProduct, TradingLimit


class Clause(Strict, frozen=True, kw_only=True):
    """A section of the source.

    Attributes:
        clause: its number.
        title: its heading.
        pages: first and last page it stands on.
    """

    clause: Section
    title: Name
    pages: tuple[Page, Page]


class Source(Strict, frozen=True, kw_only=True):
    """The document the policy is taken from."""

    document: Name
    dated: Date
    pages: Page


class Vocabulary(Part, frozen=True, kw_only=True):
    """The periods one section speaks of.

    Attributes:
        use: what for.
        periods: names in ``state.periods.PERIODS``.
    """

    use: Name
    periods: tuple[Term, ...]


class CreditLimit(Part, frozen=True, kw_only=True):
    """One of the limits kept for every counterparty (§6.3); its number is the counterparty's.

    Attributes:
        figure: what is limited.
        units: in which.
        relative: whether it is a share of the figure over all counterparties.
    """

    title: Name
    figure: Literal["owed", "undelivered_volume", "transaction_value", "transaction_volume"]
    units: tuple[Literal["$", "MW", "MWh", "%"], ...]
    relative: bool = False


class Deadline(StrEnum):
    """By when a duty is to be done, after what calls for it."""

    AT_ONCE = "at_once"
    AS_SOON_AS_PRACTICAL = "as_soon_as_practical"
    CLOSE_OF_BUSINESS = "close_of_business"
    NEXT_BUSINESS_DAY = "next_business_day"
    BEFORE_TRADE = "before_trade"
    PERIODIC = "periodic"
    ON_REQUEST = "on_request"
    ALWAYS = "always"


Body = Literal[
    "board", "risk_oversight_committee", "chief_executive",
    "front_office", "middle_office", "back_office", "capture_system",
]  # fmt: skip


Trigger = Literal[
    "trade", "breach", "material_breach", "nop_notice", "cure_executed", "credit_exceedance",
    "discrepancy", "market_change", "new_trader", "trader_authorised", "new_counterparty",
    "counterparty_determined",
]  # fmt: skip
"""What calls for a duty."""


class Fulfilment(StrEnum):
    """What the monitor does of itself that fulfils a duty."""

    SUSPENDS = "suspends"
    UPDATES_NOP = "updates_nop"
    NOP_KEPT = "nop_kept"


class Duty(Part, frozen=True, kw_only=True):
    """What somebody must do.

    Attributes:
        by: who.
        to: whom it is owed; empty where nobody is named.
        does: what, in a few words.
        after: what calls for it; None for what is always owed.
        deadlines: by when; more than one where the source names a wish and a bound.
        every_months: of a periodic one.
        monitor: what the monitor does that fulfils it; None where a person must.
    """

    by: Body
    to: tuple[Body, ...] = ()
    does: Name
    after: Trigger | None = None
    deadlines: tuple[Deadline, ...]
    every_months: Months | None = None
    monitor: Fulfilment | None = None


class WorkingDays(Strict, frozen=True, kw_only=True):
    """When the company works, by which duties are late; the source leaves it to the company.

    Attributes:
        close: of business, local time.
        holidays: dates without business, besides Saturdays and Sundays.
        at_once_minutes: within which what is to be done at once is done in time.
    """

    close: Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "17:00"
    holidays: Literal["nerc", "none"] = "nerc"
    at_once_minutes: Annotated[int, msgspec.Meta(ge=0, le=1440)] = 15


class Listed(Part, frozen=True, kw_only=True):
    """A list of the source: criteria, results, fields, reports, members, objectives.

    Attributes:
        items: a few words each.
    """

    title: Name
    items: tuple[Name, ...]


class Prohibition(Part, frozen=True, kw_only=True):
    """What must not be done, whoever does it."""

    what: Name


class Figure(Part, frozen=True, kw_only=True):
    """A figure the policy asks for without setting a number for it."""

    figure: Term
    title: Name


class Reference(Part, frozen=True, kw_only=True):
    """A reference from one section to another.

    Attributes:
        says: the section it names.
        means: the section that holds what it speaks of.
    """

    says: Section
    means: Section


class Reading(Part, frozen=True, kw_only=True):
    """A question the source leaves open, and how it is answered until someone confirms it.

    Attributes:
        question: what is open.
        answer: what holds meanwhile.
    """

    question: Name
    answer: Name


class RiskPolicy(Strict, frozen=True, kw_only=True, tag_field="kind", tag="risk_policy", dict=True):
    """A written risk policy as data.

    Attributes:
        name, version: cited together by everything the policy decides.
        title: of the document.
        effective: the first date it is in force.
        source: the document.
        clauses: its sections and their pages.
    """

    name: Identifier
    version: Name
    title: Name
    effective: Date
    source: Source
    clauses: tuple[Clause, ...]
    vocabularies: tuple[Vocabulary, ...]
    tolerances: tuple[ToleranceTable, ...]
    markets: tuple[Approved, ...]
    instruments: tuple[Approved, ...]
    agreements: tuple[Approved, ...]
    traded_products: tuple[TradedProduct, ...]
    trading_limits: tuple[TradingLimit, ...]
    measures: Measures
    credit_limits: tuple[CreditLimit, ...]
    duties: tuple[Duty, ...]
    prohibitions: tuple[Prohibition, ...]
    lists: tuple[Listed, ...]
    figures: tuple[Figure, ...] = ()
    references: tuple[Reference, ...] = ()
    readings: tuple[Reading, ...] = ()
    working_days: WorkingDays = WorkingDays()

    @cached_property
    def traded_as(self) -> dict[str, list[TradedProduct]]:
        """The products as the table of trading limits names them, by what is traded as them."""
        found: dict[str, list[TradedProduct]] = {}
        for each in self.traded_products:
            for product in each.products:
                found.setdefault(product, []).append(each)
        return found

    @cached_property
    def label(self) -> str:
        """Name and version, as cases and answers cite it."""
        return f"{self.name} {self.version}"

    def listed(self, name: str) -> Listed:
        """Return a list that the core reads by its name (:data:`READ_BY_NAME`)."""
        return next(each for each in self.lists if each.id == name)


NOP_KINDS, TRADER_CRITERIA, TRADER_RECORD = "nop-kinds", "trader-criteria", "trader-record"
CREDIT_TEMPLATE = "credit-template"

READ_BY_NAME = (NOP_KINDS, TRADER_CRITERIA, TRADER_RECORD, CREDIT_TEMPLATE)
"""Lists without which a policy is refused."""

PARTS = (
    "vocabularies", "tolerances", "markets", "instruments", "agreements", "traded_products",
    "trading_limits", "credit_limits", "duties", "prohibitions", "lists", "figures",
    "references", "readings",
)  # fmt: skip
"""The fields of a policy that hold lists of parts."""


def parts(policy: RiskPolicy) -> Iterator[tuple[str, Part]]:
    """Yield every part that has a place in the source, with its path in the document."""
    for field in PARTS:
        for index, part in enumerate(getattr(policy, field)):
            path = f"$.{field}[{index}]"
            yield path, part
            if isinstance(part, ToleranceTable):
                yield from ((f"{path}.rows[{row}]", each) for row, each in enumerate(part.rows))
    yield "$.measures", policy.measures


def cells(policy: RiskPolicy) -> Iterator[tuple[str, Part, str, Cell]]:
    """Yield every cell with its path, its row and the name of its column."""
    for path, part in parts(policy):
        if isinstance(part, Tolerance):
            for name in ("minimum", "maximum"):
                yield f"{path}.{name}", part, name, getattr(part, name)
        elif isinstance(part, TradingLimit):
            for side in ("purchases", "sales"):
                for unit in ("usd", "mw"):
                    cell = getattr(getattr(part, side), unit)
                    yield f"{path}.{side}.{unit}", part, f"{side} {unit}", cell
