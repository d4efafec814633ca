"""What the company holds in one market, as records: the days are made from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from state.calendar import MarketDay
from state.contracts.deal_columns import DealColumns
from state.contracts.deliveries import Deliveries
from state.contracts.trades import TradeRecords
from state.messages import (
    Award,
    CurveMarks,
    FloatColumn,
    ManualAdjustment,
    Message,
    Outage,
    Trade,
    VolumeOutlook,
)
from state.products.convergence import open_mw
from state.wire import decode, encode


class Contracts:
    """Keeps the version of every record that counts.

    Attributes:
        trades: all contracts.
        outlooks: by resource.
        outlooks_edition: grows with every one of them; not saved.
        marks: curve marks that wait for the first tick.
        awards: by name, with the row they lie in.
        outages: by name, last version.
        adjustments: by name, last version; those expired are gone.
        adjusted: the row of every adjustment there ever was.
        deliveries: what contracts delivered of what was due.
        moved: contracts that came in (1) or went out (−1) since whoever follows them looked; None
            while nobody does. Not saved.
    """

    def __init__(self) -> None:
        self.trades = TradeRecords()
        self.outlooks: dict[str, VolumeOutlook] = {}
        self.outlooks_edition = 0
        self.marks: list[CurveMarks] = []
        self.awards: dict[str, tuple[int, Award]] = {}
        self.outages: dict[str, Outage] = {}
        self.adjustments: dict[str, ManualAdjustment] = {}
        self.adjusted: dict[str, tuple[int, int]] = {}
        self.moved: list[tuple[Trade, float]] | None = None
        self.deliveries = Deliveries()

    def take_outlook(self, outlook: VolumeOutlook) -> None:
        """Let an outlook take the place of the one before."""
        self.outlooks[outlook.resource] = outlook
        self.outlooks_edition += 1

    # Trades --------------------------------------------------------------------------------------

    def supersede_trade(self, trade: Trade) -> tuple[Trade | None, Trade | None]:
        """Record a version; return what no longer counts, and what comes in."""
        versions = self.trades.supersede(trade)
        if self.moved is not None:
            signed = zip(versions, (-1.0, 1.0), strict=True)
            self.moved += [(one, sign) for one, sign in signed if one]
        return versions

    def add_trade(self, trade: Trade, form: int) -> None:
        """Record the first version of a contract that counts, by the number of its form."""
        self.trades.add(trade, form)
        if self.moved is not None:
            self.moved.append((trade, 1.0))

    def add_deals(self, deals: DealColumns, forms: Sequence[int]) -> None:
        """Record the first versions of contracts that count, by the numbers of their forms."""
        self.trades.extend(deals, forms)
        if self.moved is not None:
            self.moved += [(deal, 1.0) for deal in deals.deals]

    # Outages -------------------------------------------------------------------------------------

    def supersede_outage(self, outage: Outage) -> list[str]:
        """Record a version; return the resources it changes, none when it is old."""
        known = self.outages.get(outage.outage)
        if known is not None and known.version >= outage.version:
            return []
        self.outages[outage.outage] = outage
        return sorted({outage.resource} | ({known.resource} if known else set()))

    def available_mw(self, day: MarketDay, resource: str) -> FloatColumn:
        """Return the outage limit of a resource by interval: the least of those in force."""
        limit = np.full(day.intervals, np.inf)
        for outage in self.outages.values():
            if outage.resource == resource and not outage.cancelled:
                part = slice(*_overlapped(day, outage.start_ns, outage.end_ns))
                limit[part] = np.minimum(limit[part], outage.available_mw)
        return limit

    # Virtual awards ------------------------------------------------------------------------------

    def supersede_award(self, award: Award, row: int) -> set[int]:
        """Record an award in the place of one of its name; return the rows it changes."""
        before, _ = self.awards.get(award.award, (row, award))
        self.awards[award.award] = (row, award)
        return {before, row}

    def awarded_rows(self) -> list[int]:
        """Return the rows that hold virtual awards."""
        return sorted({row for row, _ in self.awards.values()})

    def virtual_mw(self, day: MarketDay, row: int) -> FloatColumn:
        """Return a row's virtual awards as open position: supply −, demand +."""
        mw = np.zeros(day.intervals)
        for own, award in self.awards.values():
            if own != row:
                continue
            count = len(award.mw)
            first, numbers = day.cover(award.interval_start_ns, award.interval_seconds, count)
            awarded = np.nan_to_num(award.mw[numbers])
            mw[first : first + len(numbers)] += open_mw(award.award_kind, awarded)
        return mw

    # Manual adjustments --------------------------------------------------------------------------

    def supersede_adjustment(self, adjustment: ManualAdjustment, row: int) -> set[int]:
        """Record a version; return the rows it changes, none when it is old."""
        version, before = self.adjusted.get(adjustment.adjustment, (0, row))
        if version >= adjustment.version:
            return set()
        self.adjusted[adjustment.adjustment] = (adjustment.version, row)
        self.adjustments[adjustment.adjustment] = adjustment
        return {before, row}

    def adjusted_rows(self) -> list[int]:
        """Return the rows with adjustments in force."""
        return sorted({self.adjusted[name][1] for name in self.adjustments})

    def adjustment_mw(self, day: MarketDay, row: int) -> FloatColumn:
        """Return a row's adjustments in force, MW by interval."""
        mw = np.zeros(day.intervals)
        for name, item in self.adjustments.items():
            if self.adjusted[name][1] == row:
                mw[slice(*day.span(item.start_ns, item.end_ns))] += item.mw
        return mw

    def expire_adjustments(self, at_ns: int) -> list[int]:
        """Let go of what has expired; return the rows it changes."""
        gone = [name for name, item in self.adjustments.items() if item.expires_at_ns <= at_ns]
        for name in gone:
            del self.adjustments[name]
        return sorted({self.adjusted[name][1] for name in gone})

    # Saving --------------------------------------------------------------------------------------

    def snapshot(self, *, with_trades: bool = True) -> dict[str, Any]:
        """Return what :meth:`restore` needs; without trades, how many there are."""
        return {
            "trades": self.trades.snapshot() if with_trades else len(self.trades),
            "outlooks": _encoded(self.outlooks.values()),
            "marks": _encoded(self.marks),
            "awards": [[row, encode(award)] for row, award in self.awards.values()],
            "outages": _encoded(self.outages.values()),
            "adjustments": _encoded(self.adjustments.values()),
            "adjusted": [[name, *entry] for name, entry in self.adjusted.items()],
            **self.deliveries.saved(),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self.trades.restore(saved["trades"])
        for row, data in saved["awards"]:
            self._take(decode(data), row)
        for name in ("outlooks", "marks", "outages", "adjustments"):
            for data in saved[name]:
                self._take(decode(data), 0)
        self.adjusted = {name: (version, row) for name, version, row in saved["adjusted"]}
        self.deliveries.restore(saved.get("deliveries"))

    def _take(self, message: Message, row: int) -> None:
        match message:
            case Award():
                self.awards[message.award] = (row, message)
            case VolumeOutlook():
                self.take_outlook(message)
            case CurveMarks():
                self.marks.append(message)
            case Outage():
                self.outages[message.outage] = message
            case ManualAdjustment():
                self.adjustments[message.adjustment] = message


def _overlapped(day: MarketDay, start_ns: int, end_ns: int) -> tuple[int, int]:
    # An outage binds every interval whose start it covers.
    return day.span(start_ns, end_ns)


def _encoded(messages: Any) -> list[bytes]:
    return [encode(message) for message in messages]
