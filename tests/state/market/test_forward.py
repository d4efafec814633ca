"""The position beyond the days held, and the same beside it, to be changed by itself."""

from __future__ import annotations

from datetime import date

import numpy as np

from state.arrays import Floats
from state.calendar import MarketCalendar
from state.market.forward import ForwardBook, RowKey
from state.messages import Block

ORIGIN = date(2026, 9, 8)
KNOWN: list[RowKey] = [(0, 0, Block.ON_PEAK), (0, 0, Block.OFF_PEAK), (1, 0, Block.ON_PEAK)]
NEW: list[RowKey] = [(2, 0, Block.ON_PEAK), (1, 1, Block.OFF_PEAK)]


def add(book: ForwardBook, keys: list[RowKey], mwh: float) -> None:
    """Add days of three months, each row's a little other than the last's."""
    for number, key in enumerate(keys):
        days = np.full(70, mwh + 0.1 * number)
        book.add(key, f"H{key[1]}", days, 40.0 * days, at=20 + number)


def held() -> ForwardBook:
    book = ForwardBook(MarketCalendar("America/Los_Angeles"), ORIGIN)
    book.begin_after(date(2026, 9, 9))
    add(book, KNOWN, 0.7)
    return book


def figures(book: ForwardBook) -> list[Floats]:
    return [book.mwh, book.cost_usd]


def test_a_book_beside_takes_what_the_book_would_at_known_rows_and_at_new_ones() -> None:
    book, booked, keys = held(), held(), [KNOWN[2], *NEW]
    before = [each.copy() for each in figures(book)]
    beside = book.beside(keys)
    for mwh in (0.3, -1.1):
        add(beside, keys, mwh)
        add(booked, keys, mwh)
    assert list(beside.keys) == list(booked.keys)
    assert [each.tobytes() for each in figures(beside)] == [
        each.tobytes() for each in figures(booked)
    ]
    assert list(book.keys) == KNOWN
    assert [each.tobytes() for each in figures(book)] == [each.tobytes() for each in before]


def test_what_one_mw_of_a_short_contract_spreads_over_is_what_its_mw_spread_over() -> None:
    horizon = held().horizon
    start_ns, hour_ns = int(horizon.day_starts_ns[60]), 3_600_000_000_000
    for hours in (1, 16, 25, 48, 72):
        period = start_ns + 5 * hour_ns, start_ns + (5 + hours) * hour_ns
        for part in (Block.ON_PEAK, Block.OFF_PEAK):
            for mw in (-12.3, 0.1):
                at, mwh = horizon.block_mwh(part, *period, mw, of=Block.FLAT)
                again, one = horizon.block_mwh(part, *period, 1.0, of=Block.FLAT)
                assert (at, mwh.tobytes()) == (again, (one * mw).tobytes())
                one[:] = 0.0  # whoever asks may write to it
