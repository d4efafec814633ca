"""The figures of W2 from scratch: a second reading of ``docs/meanings.md``, in dense arrays.

Nothing of the core's arithmetic is used: from what the messages leave (``trading_day_ledger.py``)
every figure is computed once.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from benchmarks.figures_of import Figures
from benchmarks.marked_day_recompute import tail
from benchmarks.trading_day import STEP_SECONDS, TODAY, ZONE
from benchmarks.trading_day_ledger import DA, FMM, FORECAST, INTERVALS, LOAD, RTD, RUNS, Ledger
from benchmarks.workload import HOURS
from state.arrays import Flags, Floats, Numbers
from state.calendar import MarketCalendar
from state.messages import (
    Block,
    Resource,
    ResourceKind,
    Run,
    SettlesAt,
)
from state.moments import SECOND_NS

_PER_HOUR = 3600 // STEP_SECONDS
_DELTA = STEP_SECONDS / 3600
_FMM_WEIGHT = 0.5
_KINDS = 4
_CHUNK = 100_000


def figures_from(held: Ledger, *, confidence: float) -> Figures:
    """Compute the figures of W2.

    Args:
        held: what its messages left.
        confidence: of VaR and ES.
    """
    return _Recompute(held, confidence).figures()


class _Recompute:
    def __init__(self, held: Ledger, confidence: float) -> None:
        self._held = held
        self._confidence = confidence
        self._derive()

    def figures(self) -> Figures:
        intraday = self._trade_columns(forward=False)
        value_usd = self._held.brought_usd + self._trade_value(intraday)
        exposures = self._trade_exposures(intraday)
        open_mw = self._trade_open(intraday)
        for record in self._held.resources.values():
            self._add_resource(record, value_usd, exposures, open_mw)
        forward_pnl = self._add_forward(value_usd)
        intraday_pnl = self._intraday_pnl(exposures)
        parts = (intraday_pnl, forward_pnl, intraday_pnl + forward_pnl)
        tails = [tail(pnl, self._confidence) for pnl in parts]
        return Figures(
            value_usd=value_usd,
            open_mw=np.ascontiguousarray(
                open_mw.reshape(len(self._held.books), 2, HOURS).transpose(1, 0, 2)
            ),
            var_usd=np.array([var for var, _ in tails]),
            es_usd=np.array([es for _, es in tails]),
        )

    def _derive(self) -> None:
        """Derive what every position shares: marks, what is published, what is left."""
        over = (self._held.now_ns - self._held.midnight_ns) // (STEP_SECONDS * SECOND_NS)
        self._left = np.arange(INTERVALS) >= over
        known = np.isfinite(self._held.price)
        self._realised = known[RTD] & ~self._left
        da = np.where(known[DA], self._held.price[DA], self._curve_by_place())
        fmm = np.where(known[FMM], self._held.price[FMM], da)
        rtd = np.where(known[RTD], self._held.price[RTD], fmm)
        mixed = _FMM_WEIGHT * fmm + (1.0 - _FMM_WEIGHT) * rtd
        hourly = mixed.reshape(len(self._held.names), -1, _PER_HOUR).mean(axis=2)
        self._mark = np.nan_to_num(np.array([da, fmm, rtd, np.repeat(hourly, _PER_HOUR, axis=1)]))
        self._scheduled = np.zeros(INTERVALS, dtype=np.bool_)
        for stages in self._held.stages.values():
            self._scheduled |= np.isfinite(stages[DA])
        self._exposed = self._exposed_masks(known)
        realised = self._realised
        before = np.broadcast_to(~self._scheduled, realised.shape)
        self._is_open = np.array([before, ~known[FMM], ~realised])

    def _curve_by_place(self) -> Floats:
        found = np.full((len(self._held.names), INTERVALS), np.nan)
        calendar = MarketCalendar(ZONE)
        for number in range(2 * HOURS):
            day = TODAY + timedelta(days=number // HOURS)
            on_peak = calendar.is_on_peak(day, number % HOURS)
            block = Block.ON_PEAK if on_peak else Block.OFF_PEAK
            marks = [
                self._held.curve.get((self._held.names[hub], block, f"{day:%Y-%m}"), np.nan)
                for hub in self._held.hub
            ]
            part = slice(number * _PER_HOUR, (number + 1) * _PER_HOUR)
            found[:, part] = np.array(marks)[:, None]
        return found

    def _exposed_masks(self, known: Flags) -> Flags:
        """Say by leg and kind of shock where a leg is moved by it (docs/meanings.md, "Risk")."""
        da, fmm, rtd = known
        live, nothing = ~self._realised, np.zeros(self._realised.shape, dtype=np.bool_)
        fmm_leg, rtd_leg = live & ~fmm, live & ~rtd
        return np.array(
            [
                [live & ~da, nothing, nothing, nothing],
                [fmm_leg & ~da, fmm_leg & da, nothing, nothing],
                [rtd_leg & ~da, nothing, rtd_leg & da & ~fmm, rtd_leg & da & fmm],
            ]
        )

    # Trades --------------------------------------------------------------------------------------

    def _trade_columns(self, *, forward: bool) -> dict[str, Any]:
        rows = [
            row for row in self._held.trades.values() if (row.first_hour >= 2 * HOURS) is forward
        ]
        book, place, settles, first, last, mw, price = zip(*rows, strict=True) if rows else [()] * 7
        runs = [RUNS.index(Run(each)) if each != SettlesAt.CURVE else DA for each in settles]
        return {
            "book": np.array(book, dtype=np.int64),
            "place": np.array(place, dtype=np.int64),
            "run": np.array(runs, dtype=np.int64),
            "first": np.array(first, dtype=np.int64),
            "hours": np.array(last, dtype=np.int64) - np.array(first, dtype=np.int64),
            "mw": np.array(mw),
            "price": np.array(price),
        }

    def _trade_value(self, own: dict[str, Any]) -> Floats:
        by_hour = _by_hour(self._mark[:LOAD]) * _DELTA
        running = np.zeros((*by_hour.shape[:2], by_hour.shape[2] + 1))
        np.cumsum(by_hour, axis=2, out=running[:, :, 1:])
        at = (own["run"], own["place"])
        last = own["first"] + own["hours"]
        marks = running[(*at, last)] - running[(*at, own["first"])]
        worth = own["mw"] * (marks - own["price"] * own["hours"])
        return np.bincount(own["book"], worth, len(self._held.books)).astype(np.float64)

    def _trade_exposures(self, own: dict[str, Any]) -> tuple[Floats, Floats]:
        """Return MWh by (book, hub, clock hour, kind) and by (book, place, kind)."""
        by_hub = np.zeros((len(self._held.books), int(self._held.is_hub.sum()), HOURS, _KINDS))
        by_place = np.zeros((len(self._held.books), len(self._held.names), _KINDS))
        weight = _by_hour(self._exposed) * _DELTA
        for begin in range(0, len(own["mw"]), _CHUNK):
            trade, hour = _exploded(own, slice(begin, begin + _CHUNK))
            place, book = own["place"][trade], own["book"][trade]
            mwh = weight[own["run"][trade], :, place, hour] * own["mw"][trade, None]
            _add(by_hub, (book, self._held.hub[place], hour % HOURS), mwh)
            _add(by_place, (book, place), mwh)
        return by_hub, by_place

    def _trade_open(self, own: dict[str, Any]) -> Floats:
        open_mw = np.zeros((len(self._held.books), 2 * HOURS, 1))
        weight = self._left_mean(self._is_open)
        for begin in range(0, len(own["mw"]), _CHUNK):
            trade, hour = _exploded(own, slice(begin, begin + _CHUNK))
            share = weight[own["run"][trade], own["place"][trade], hour]
            _add(open_mw, (own["book"][trade], hour), (share * own["mw"][trade])[:, None])
        return open_mw[:, :, 0]

    def _left_mean(self, amounts: Floats | Flags) -> Floats:
        """Return the mean by hour over the intervals that are not delivered; 0 where none is."""
        left = _by_hour(self._left)
        return _by_hour(amounts * self._left) / np.maximum(left, 1.0)

    # Resources -----------------------------------------------------------------------------------

    def _add_resource(
        self, record: Resource, value_usd: Floats, exposures: tuple[Floats, Floats], open_mw: Floats
    ) -> None:
        book, place = self._held.books[record.book], self._held.places[record.location]
        legs = self._resource_legs(record)
        value_usd[book] += float((legs * self._mark[:, place]).sum()) * _DELTA
        shares = (legs[DA], legs[FMM] + _FMM_WEIGHT * legs[LOAD])
        late = legs[RTD] + (1.0 - _FMM_WEIGHT) * legs[LOAD]
        moved = np.array([*shares, late])[:, None] * self._exposed[:, :, place]
        mwh = _by_hour(moved.sum(axis=0)) * _DELTA
        for hour in range(2 * HOURS):
            exposures[0][book, self._held.hub[place], hour % HOURS] += mwh[:, hour]
        exposures[1][book, place] += mwh.sum(axis=1)
        after = np.where(self._realised[place], 0.0, legs[RTD] + legs[LOAD])
        counted = np.where(self._scheduled, after, legs[DA] + after)
        open_mw[book] += self._left_mean(counted)

    def _resource_legs(self, record: Resource) -> Floats:
        """Return MW by leg and interval (docs/meanings.md, "Legs")."""
        stages = self._held.stages[record.resource]
        expected = np.zeros(INTERVALS)
        for stage in (DA, FORECAST, FMM, RTD):
            expected = np.where(np.isnan(stages[stage]), expected, stages[stage])
        day_ahead = np.nan_to_num(stages[DA])
        known, none = self._scheduled, np.zeros(INTERVALS)
        if record.resource_kind is ResourceKind.LOAD:
            early = -np.where(known, day_ahead, expected)
            return np.array([early, none, none, np.where(known, day_ahead - expected, 0.0)])
        base = np.where(np.isnan(stages[FMM]), day_ahead, stages[FMM])
        return np.array(
            [
                np.where(known, day_ahead, expected),
                np.where(known, base - day_ahead, 0.0),
                np.where(known, expected - base, 0.0),
                none,
            ]
        )

    # Scenarios -----------------------------------------------------------------------------------

    def _intraday_pnl(self, exposures: tuple[Floats, Floats]) -> Floats:
        by_hub, by_place = exposures
        books = len(self._held.books)
        hub_shock = self._shocks("hub").reshape(-1, self._scenario_count)
        place_shock = self._shocks("basis").reshape(-1, self._scenario_count)
        pnl = by_hub.reshape(books, -1) @ hub_shock + by_place.reshape(books, -1) @ place_shock
        return np.asarray(pnl)

    @property
    def _scenario_count(self) -> int:
        return len(self._held.history.dates) - 1

    def _shocks(self, which: str) -> Floats:
        """Return shocks by (hub, hour, kind, date) or (place, kind, date); 0 for a hub's basis."""
        levels = self._levels()
        hubs = int(self._held.is_hub.sum())
        if which == "hub":
            level = levels[: hubs * 3 * HOURS].reshape(hubs, 3, HOURS, -1)
            return np.stack(_kinds(*np.moveaxis(level, 1, 0)), axis=2)
        places = len(self._held.names)
        basis = np.zeros((places, 3, self._scenario_count + 1))
        first = hubs * 3 * HOURS
        basis[hubs:] = levels[first : first + (places - hubs) * 3].reshape(places - hubs, 3, -1)
        return np.stack(_kinds(*np.moveaxis(basis, 1, 0)), axis=1)

    def _levels(self) -> Floats:
        return np.asarray(self._held.history.levels.reshape(len(self._held.history.factors), -1))

    def _add_forward(self, value_usd: Floats) -> Floats:
        """Add the value of the forwards; return their scenario P&L by book."""
        own, calendar = self._trade_columns(forward=True), MarketCalendar(ZONE)
        pnl = np.zeros((len(self._held.books), self._scenario_count))
        factors, levels = self._held.history.factors, self._levels()
        for number, book in enumerate(own["book"].tolist()):
            first = TODAY + timedelta(days=int(own["first"][number]) // HOURS)
            hours = _on_peak_hours(calendar, first)
            mwh = float(own["mw"][number]) * hours
            hub = self._held.names[self._held.hub[own["place"][number]]]
            mark = self._held.curve[hub, Block.ON_PEAK, f"{first:%Y-%m}"]
            value_usd[book] += mwh * (mark - float(own["price"][number]))
            level = levels[factors.index(f"w2/{hub}/curve/on_peak/{first:%Y-%m}")]
            pnl[book] += mwh * np.diff(level)
        self._add_outlooks(value_usd, pnl)
        return pnl

    def _add_outlooks(self, value_usd: Floats, pnl: Floats) -> None:
        """Add the flat MW that resources are expected to use or make behind the two days."""
        numbers = {factor: number for number, factor in enumerate(self._held.history.factors)}
        levels = self._levels()
        for outlook in self._held.outlooks:
            record = self._held.resources[outlook.resource]
            book, place = self._held.books[record.book], self._held.places[record.location]
            sign = -1.0 if record.resource_kind is ResourceKind.LOAD else 1.0
            hub = self._held.names[self._held.hub[place]]
            for month, mw in zip(outlook.months, outlook.mw.tolist(), strict=True):
                for block, hours in _hours_behind(month).items():
                    mwh = sign * mw * hours
                    value_usd[book] += mwh * self._held.curve[hub, block, month]
                    level = levels[numbers[f"w2/{hub}/curve/{block}/{month}"]]
                    pnl[book] += mwh * np.diff(level)


def _by_hour(amounts: Floats | Flags) -> Floats:
    by_hour = amounts.reshape(*amounts.shape[:-1], -1, _PER_HOUR)
    return np.asarray(by_hour.sum(axis=-1).astype(np.float64))


def _exploded(own: dict[str, Any], part: slice) -> tuple[Numbers, Numbers]:
    """Return a trade and an hour of the two days for each hour that trades deliver in."""
    hours = own["hours"][part]
    trade = np.repeat(np.arange(part.start, part.start + len(hours)), hours)
    before = np.repeat(np.cumsum(hours) - hours, hours)
    return trade, own["first"][trade] + np.arange(len(trade)) - before


def _add(total: Floats, at: tuple[Numbers, ...], amounts: Floats) -> None:
    """Add rows of amounts at places that may repeat."""
    width = total.shape[-1]
    flat = np.ravel_multi_index(at, total.shape[:-1])
    for column in range(width):
        summed = np.bincount(flat, amounts[:, column], total.size // width)
        total.reshape(-1, width)[:, column] += summed


def _kinds(da: Floats, fmm: Floats, rtd: Floats) -> list[Floats]:
    later = np.s_[..., 1:]
    day_on_day = np.diff(da, axis=-1)
    return [day_on_day, (fmm - da)[later], (rtd - da)[later], (rtd - fmm)[later]]


@cache
def _hours_behind(month: str) -> dict[Block, int]:
    """Return the hours of a month's blocks that lie behind the two days."""
    calendar, first = MarketCalendar(ZONE), date.fromisoformat(f"{month}-01")
    every = (first + timedelta(days=number) for number in range(31))
    days = [day for day in every if day.month == first.month and day > TODAY + timedelta(days=1)]
    on_peak = sum(calendar.on_peak_hours_of(day) for day in days)
    return {
        Block.ON_PEAK: on_peak,
        Block.OFF_PEAK: sum(calendar.hours_of(day) for day in days) - on_peak,
    }


def _on_peak_hours(calendar: MarketCalendar, first: date) -> int:
    days = [first + timedelta(days=number) for number in range(31)]
    return sum(calendar.on_peak_hours_of(day) for day in days if day.month == first.month)
