"""What a written policy approves and up to where: markets, instruments, agreements, limits (§5)."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from state.messages import SettlesAt
from state.policy.cells import Cell, Part, Term
from state.policy.schema import Identifier, Name, Strict

Months = Annotated[int, msgspec.Meta(ge=1, le=600)]
Confidence = Annotated[float, msgspec.Meta(gt=0.5, lt=1)]
Venue = Literal["bilateral", "caiso", "carb"]


class Approved(Part, frozen=True, kw_only=True):
    """An entry of a list of what is approved: a market, an instrument, an agreement.

    Attributes:
        title: as people call it.
        products: names in ``state.products`` that it covers; all without.
        venues: venues of a market; all without.
        areas: areas of which a market's trades lie in one; everywhere without.
        runs: prices at which a contract may settle there; all without.
        kinds: the ``unit_kind`` it covers; all without.
        names: how records write an agreement.
        needs_board_approval: whether each agreement of this form is approved by the Board.
        note: why the provenance is what it is.
    """

    title: Name
    products: tuple[Term, ...] = ()
    venues: tuple[Venue, ...] = ()
    areas: tuple[Name, ...] = ()
    runs: tuple[SettlesAt, ...] = ()
    kinds: tuple[Name, ...] = ()
    names: tuple[Name, ...] = ()
    needs_board_approval: bool = False
    note: str = ""


class TradedProduct(Part, frozen=True, kw_only=True):
    """A product as the table of trading limits names it.

    Attributes:
        venues: where it is traded.
        products: the names in ``state.products`` that belong to it there.
        measure: what its $ limits count: price × quantity, or value at risk.
    """

    title: Name
    venues: tuple[Venue, ...]
    products: tuple[Term, ...]
    measure: Literal["notional", "var"] = "notional"


class Side(Strict, frozen=True, kw_only=True):
    """The two limits of a purchase or of a sale."""

    usd: Cell
    mw: Cell


class TradingLimit(Part, frozen=True, kw_only=True):
    """A row of the table of trading limits (§5.6); rows stand from the nearest to the farthest.

    Attributes:
        title: the horizon as the row words it.
        products: ids of :class:`TradedProduct`.
        horizon: a name in ``state.periods.PERIODS`` within which delivery ends; any without.
        length: as the row words it.
        months: the most months a contract may last; what the horizon leaves without.
        role: for whom.
        mw_per_block: whether the source words the MW limit per block, on-peak and off-peak. No
            verdict depends on it: a contract is held against the limit by its largest MW, whatever
            its blocks.
    """

    title: Name
    products: tuple[Identifier, ...]
    horizon: Term | None = None
    length: Name
    months: Months | None = None
    role: Identifier
    mw_per_block: bool = False
    purchases: Side
    sales: Side


class Measures(Part, frozen=True, kw_only=True):
    """How the $ limits count (footnote of §5.6).

    Attributes:
        example_mwh, example_usd_per_mwh, example_usd: the worked number of the source.
        var_confidence: of the limits in value at risk.
    """

    example_mwh: float
    example_usd_per_mwh: float
    example_usd: float
    var_confidence: Confidence
