"""Plain deals: those with nothing wrong that lie in whole hours of one day, found in few steps.

Deals come by the thousand a second, almost all of them plain. One that is not found sound here goes
through every check, which says that it is as it should be, or names what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from math import isfinite
from operator import lt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from state.arrays import Numbers
from state.contracts.columns import MOST_VERSION
from state.contracts.deal_columns import DealColumns
from state.contracts.plain import Plain
from state.intake.wellformed import MOST
from state.market.covered_days import Hours
from state.market.delivery_day import DeliveryDay
from state.market.lines import LineKey, key_of
from state.messages import Trade
from state.moments import END_NS

if TYPE_CHECKING:
    from state.desk import Desk
    from state.market.book import MarketBook

SoundDeal = tuple["MarketBook", Plain, int, int]
"""Market, form, book and location of a deal with nothing wrong."""

PlainDeal = tuple["MarketBook", DeliveryDay, Hours, LineKey, int]
"""Market, day and hours of a plain deal, the key of its line, and the number of its form."""


class PlainRun(NamedTuple):
    """Where plain deals of one day lie that follow one another.

    Attributes:
        market, day: of all.
        columns: what they say.
        forms: of each.
        books, places: their numbers.
        hours: first of each, and one past its last.
    """

    market: MarketBook
    day: DeliveryDay
    columns: DealColumns
    forms: list[Plain]
    books: list[int]
    places: list[int]
    hours: list[Hours]

    def where(self) -> Numbers:
        """Return key of the line, first hour and one past the last, by deal."""
        _, runs, financial = zip(*self.forms, strict=True)
        table = np.empty((len(self.forms), 3), dtype=np.int64)
        table[:, 0] = key_of(*np.array((self.books, self.places, runs, financial)))
        bounds = chain.from_iterable(self.hours)
        table[:, 1:] = np.fromiter(bounds, dtype=np.int64).reshape(-1, 2)
        return table


def plain_deal(desk: Desk, trade: Trade) -> PlainDeal | None:
    """Return where a deal lies; None if it is not plain, or something may be wrong with it."""
    sound = sound_deal(desk, trade)
    return None if sound is None else place_of(sound, trade)


def sound_deal(desk: Desk, trade: Trade) -> SoundDeal | None:
    """Return what a new contract of a plain form names; None if something may be wrong."""
    market = desk.markets.get(trade.market)
    if market is None or len(desk.markets) > 1:
        return None
    plain = market.plain_forms.of(trade)
    book = market.book_numbers.get(trade.book, -1)
    place = market.tables.locations.index.get(trade.location, -1)
    if plain is None or book < 0 or place < 0 or not _is_sound(trade):
        return None
    if trade.delivery_start_ns % market.step_ns or trade.delivery_end_ns % market.step_ns:
        return None
    return (market, plain, book, place) if market.contracts.trades.is_new(trade) else None


def place_of(sound: SoundDeal, trade: Trade) -> PlainDeal | None:
    """Return where a sound deal lies; None if not in whole hours of one day held."""
    market, (form, run, financial), book, place = sound
    days = market.covered.days_of(trade.delivery_start_ns, trade.delivery_end_ns)
    if len(days) != 1:
        return None
    [(day, hours)] = days
    if hours is None or _goes_beyond(market, trade):
        return None
    return market, day, hours, (book, place, run, financial), form


def plain_run(desk: Desk, deals: Sequence[Trade]) -> PlainRun | None:
    """Return where the deals at the head of a run lie that are plain and of one day.

    None: the first cannot go with others. A deal is left out with all after it if something
    may be wrong with it, if it is on another day, where something has no mark, of a contract there
    is, or one to look at.
    """
    first = plain_deal(desk, deals[0])
    if first is None:
        return None
    columns = DealColumns(deals)
    if not _all_fit(columns):
        columns = columns.part(0, _until(map(_does_not_fit, deals), len(deals)))
    if not len(columns):
        return None
    together = columns.deals
    market, day, *_ = first
    told, periods = columns.told, list(columns.periods)
    hours_of = market.covered.hours_of(day, set(periods))
    found: tuple[list[Any], ...] = (
        market.plain_forms.of_all(columns),
        list(map(market.book_numbers.get, told["book"])),
        list(map(market.tables.locations.index.get, told["location"])),
        list(map(hours_of.get, periods)),
    )
    count = min(
        *map(_until_none, found),
        _until_again(columns.identities),
        market.contracts.trades.first_known(columns),
        _until_beyond(market, told["delivery_end_ns"]),
        _until(map(desk.plausibility.suspects, together), len(together)),
    )
    if count:
        count = desk.portfolio.first_uncovered(market.market.market, found[2][:count])
        count = _until_unmarked(day, found[2][:count])
    if not count:
        return None
    if count < len(together):
        columns, found = columns.part(0, count), tuple(each[:count] for each in found)
    return PlainRun(market, day, columns, *found)


def _is_sound(trade: Trade) -> bool:
    return (
        0 <= trade.delivery_start_ns < trade.delivery_end_ns < END_NS
        and 0 <= trade.executed_at_ns < END_NS
        and 0 <= trade.received_at_ns < END_NS
        and -MOST <= trade.quantity_mw <= MOST
        and -MOST <= trade.price_usd_per_mwh <= MOST
        and bool(trade.trade.strip())
    )


def _does_not_fit(trade: Trade) -> bool:
    """Say whether something may be wrong with a deal, or it cannot go together with others."""
    fits = not len(trade.profile_mw) and -MOST_VERSION <= trade.version <= MOST_VERSION
    return not (fits and _is_sound(trade))


def _all_fit(deals: DealColumns) -> bool:
    """Say whether all fit (:func:`_does_not_fit`): field by field, in a third of the time."""
    told = deals.told
    within = (
        ("delivery_start_ns", 0, END_NS - 1),
        ("delivery_end_ns", 0, END_NS - 1),
        ("executed_at_ns", 0, END_NS - 1),
        ("received_at_ns", 0, END_NS - 1),
        ("quantity_mw", -MOST, MOST),
        ("price_usd_per_mwh", -MOST, MOST),
        ("version", -MOST_VERSION, MOST_VERSION),
    )
    return (
        not any(map(len, told["profile_mw"]))
        and all(
            least <= min(told[field]) and max(told[field]) <= most for field, least, most in within
        )
        and isfinite(sum(told["quantity_mw"]) + sum(told["price_usd_per_mwh"]))  # no NaN among them
        and all(map(lt, told["delivery_start_ns"], told["delivery_end_ns"]))
        and all(map(str.strip, told["trade"]))
    )


def _goes_beyond(market: MarketBook, trade: Trade) -> bool:
    forward = market.forward
    return forward is not None and trade.delivery_end_ns > forward.first_ns


def _until_none(found: Sequence[object]) -> int:
    return found.index(None) if None in found else len(found)


def _until(stops: Iterable[bool], count: int) -> int:
    """Return how many come before the first that stops; the count if none does."""
    return next((at for at, stop in enumerate(stops) if stop), count)


def _until_again(names: Sequence[str]) -> int:
    """Return how many names come before one that came before."""
    if len(set(names)) == len(names):
        return len(names)
    first = {name: at for at, name in reversed(list(enumerate(names)))}
    return next(at for at, name in enumerate(names) if first[name] != at)


def _until_unmarked(day: DeliveryDay, places: Sequence[int]) -> int:
    """Return how many are at locations with a mark in every hour of the day."""
    if not day.prices.lacks_marks:
        return len(places)
    return _until(day.prices.unmarked[np.array(places, dtype=np.int64)].tolist(), len(places))


def _until_beyond(market: MarketBook, ends_ns: Sequence[int]) -> int:
    """Return how many deals end before the forward book begins."""
    first_ns = END_NS if market.forward is None else market.forward.first_ns
    if max(ends_ns) <= first_ns:
        return len(ends_ns)
    return _until((end_ns > first_ns for end_ns in ends_ns), len(ends_ns))
