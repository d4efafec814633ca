"""Deals that go straight through leave what they would leave one step after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from typing_extensions import override

from benchmarks.marked_day import MarkedDay
from benchmarks.trading_day import TradingDay
from benchmarks.workload import QUICK, Workload, new_company
from state.company import Company
from state.compiled import ArrayTable
from state.desk import Desk
from state.messages import (
    AnyMessage,
    Block,
    CurveMarks,
    FactorHistory,
    FloatColumn,
    PricePublication,
    RunPhase,
    RunStatus,
    SettlesAt,
    Tick,
    Trade,
    TradeAction,
)
from state.moments import HOUR_NS, MINUTE_NS
from state.screens.views import Transition
from state.store import encode_frame
from state.straight import Outcome, Straight, arrays_of
from state.straight_loops import DAY, DELIVERED, EXPLAIN
from tests.state.strategies import logs
from tests.state.strategies.world import BOOKS, CURVES, PEAKS, PLACES, months_from

Made = Callable[[], Workload]
MARKET = "caiso"
SMALL = msgspec.structs.replace(QUICK, publications=8, trades_between=12)


def marked_day() -> Workload:
    return MarkedDay(SMALL)


def trading_day() -> Workload:
    return TradingDay(SMALL)


def day_under_written_policies() -> Workload:
    return TradingDay(msgspec.structs.replace(SMALL, policy=True))


FIXED = np.zeros((2, 2))
FIXED.flags.writeable = False


class OneByOne(Straight):
    """Lets every deal go the ordinary way."""

    def take(self, *_: object) -> Outcome | None:
        return None


def messages_of(workload: Workload) -> Iterator[AnyMessage]:
    """Yield a workload; one deal in seven is amended, one cancelled, one of the others' size."""
    yield from workload.opening()
    for number, message in enumerate(workload.day()):
        yield message
        if isinstance(message, Trade) and number % 7 == 0:
            yield msgspec.structs.replace(message, version=2, quantity_mw=5.0)
        if isinstance(message, Trade) and number % 7 == 1:
            yield msgspec.structs.replace(message, version=2, action=TradeAction.CANCEL)
        if isinstance(message, Trade) and number % 7 == 2:
            end_ns = message.delivery_end_ns + 30 * HOUR_NS
            yield msgspec.structs.replace(message, trade=f"L{number}", delivery_end_ns=end_ns)


def among_deals(messages: list[AnyMessage]) -> Iterator[AnyMessage]:
    """Yield the messages of one market, and deals that follow one another between any two.

    From the first tick on all of it is marked, so that deals go straight.
    """
    now_ns, number = 0, 0
    for at, message in enumerate(messages):
        if getattr(message, "market", MARKET) != MARKET:
            continue
        yield message
        if isinstance(message, Tick):
            if not now_ns:
                yield curve_of(months_from(message.at_ns))
            now_ns = message.at_ns
        for _ in range((3, 0, 2, 4)[at % 4] if now_ns else 0):
            number += 1
            start_ns = (now_ns // HOUR_NS + number % 20) * HOUR_NS
            start_ns += HOUR_NS // 2 if number % 7 == 3 else 0
            yield Trade(
                source="deals",
                trade=str(number),
                version=1,
                action=TradeAction.NEW,
                product="energy",
                market=MARKET,
                book=BOOKS[number % 2],
                counterparty="CP-01",
                location=tuple(PLACES[MARKET])[number % 4],
                delivery_start_ns=start_ns,
                delivery_end_ns=start_ns + (1 + number % 3) * HOUR_NS,
                quantity_mw=float(number % 7 - 3),
                price_usd_per_mwh=40.0,
                settles_at=tuple(SettlesAt)[number % 4],
            )


def curve_of(months: tuple[str, ...]) -> CurveMarks:
    marked = list(itertools.product(CURVES[MARKET], PEAKS, months))
    return CurveMarks(
        market=MARKET,
        as_of="curve",
        hubs=tuple(hub for hub, _, _ in marked),
        blocks=tuple(block for _, block, _ in marked),
        months=tuple(month for _, _, month in marked),
        price_usd_per_mwh=np.linspace(30.0, 60.0, len(marked)),
    )


def fold(company: Company, messages: Iterable[AnyMessage]) -> list[list[Transition]]:
    return [company.apply(message, company.position + 1) for message in messages]


@pytest.mark.parametrize("made", [marked_day, trading_day, day_under_written_policies])
def test_a_deal_straight_through_leaves_the_bits_of_one_step_after_the_other(made: Made):
    straight, ordinary = new_company(made()), new_company(made())
    ordinary.desk.straight = OneByOne()

    moved = fold(straight, messages_of(made()))

    assert moved == fold(ordinary, messages_of(made()))
    assert any(moved)
    assert straight.desk.straight.taken > 2 * SMALL.publications
    assert straight.snapshot() == ordinary.snapshot()
    assert (straight.digest, straight.timing_digest) == (ordinary.digest, ordinary.timing_digest)
    views = (encode_frame(1, company.views(), []) for company in (straight, ordinary))
    assert next(views) == next(views)


class Together(Company):
    """Counts the deals that were taken together."""

    together = 0

    @override
    def apply_deals(self, deals: Sequence[Trade], position: int) -> list[list[Transition]]:
        told = super().apply_deals(deals, position)
        self.together += len(told)
        return told


def fold_together(company: Company, messages: Iterable[AnyMessage]) -> list[list[Transition]]:
    """Fold messages; deals that follow one another are taken together where they can be."""
    caused: list[list[Transition]] = []
    for kind, run in itertools.groupby(messages, type):
        left = list(run)
        while left:
            deals = [each for each in left if isinstance(each, Trade)] if kind is Trade else []
            told = company.apply_deals(deals, company.position + 1)
            told = told or [company.apply(left[0], company.position + 1)]
            caused, left = caused + told, left[len(told) :]
    return caused


@pytest.mark.parametrize("made", [marked_day, trading_day, day_under_written_policies])
def test_deals_taken_together_leave_the_bits_of_one_after_the_other(made: Made):
    together, ordinary = new_company(made()), new_company(made())

    moved = fold_together(together, messages_of(made()))

    assert moved == fold(ordinary, messages_of(made()))
    assert together.snapshot() == ordinary.snapshot()
    assert (together.digest, together.timing_digest) == (ordinary.digest, ordinary.timing_digest)
    assert encode_frame(1, together.views(), []) == encode_frame(1, ordinary.views(), [])


def test_deals_after_a_publication_are_taken_in_few_passes():
    company, runs = new_company(marked_day()), list[int]()
    opening, day = marked_day().opening(), marked_day().day()
    fold(company, opening)

    for kind, run in itertools.groupby(day, type):
        if kind is not Trade:
            fold(company, run)
            continue
        deals = [each for each in run if isinstance(each, Trade)]
        taken = company.apply_deals(deals, company.position + 1)
        runs.append(len(taken))
        fold(company, deals[len(taken) :])

    assert max(runs) == SMALL.trades_between
    assert sum(runs) > SMALL.publications * SMALL.trades_between / 2


def begins_a_minute(tick: Tick) -> bool:
    """Say whether a tick begins a minute within a settlement interval."""
    return tick.at_ns % MINUTE_NS == 0 < tick.at_ns % (5 * MINUTE_NS)


@pytest.mark.parametrize("kind", [PricePublication, Tick])
def test_a_deal_goes_straight_on_after_prices_and_after_the_first_tick_of_a_minute(kind: type):
    company, came, straight = new_company(trading_day()), set[type](), 0

    for message in messages_of(trading_day()):
        taken = company.desk.straight.taken
        company.apply(message, company.position + 1)
        if isinstance(message, Trade):
            straight += kind in came and company.desk.straight.taken > taken
            came.clear()
        elif not isinstance(message, Tick) or begins_a_minute(message):
            came.add(type(message))

    assert straight > SMALL.publications // 2


def test_a_tick_after_plain_deals_alone_looks_for_nothing_that_time_may_have_made_due(
    monkeypatch: pytest.MonkeyPatch,
):
    company, looked = new_company(trading_day()), list[int]()
    look = Desk.next_due_ns

    def next_due_ns(desk: Desk, at_ns: int) -> int:
        looked.append(at_ns)
        return look(desk, at_ns)

    monkeypatch.setattr(Desk, "next_due_ns", next_due_ns)
    desk, plain, only_deals = company.desk, 0, 0
    for message in (*trading_day().opening(), *trading_day().day()):
        taken, before, behind = desk.straight.taken, len(looked), desk.is_behind
        company.apply(message, company.position + 1)
        if not isinstance(message, Tick):
            plain = plain + 1 if desk.straight.taken > taken else -1_000
        else:
            alone = plain > 0 and not behind
            only_deals += alone
            assert not alone or set(looked[before:]) <= {message.at_ns}  # after what was due
            plain = 0

    assert only_deals > SMALL.publications

    desk.feed_watch.look_anew()
    company.apply(Tick(at_ns=company.tick_ns + 1), company.position + 1)

    assert looked[-1] == company.tick_ns


def with_dates(messages: Iterable[AnyMessage], count: int) -> Iterator[AnyMessage]:
    """Yield messages with factor histories of so many dates."""
    for message in messages:
        if isinstance(message, FactorHistory):
            levels = message.levels.reshape(len(message.factors), -1)[:, :count]
            yield msgspec.structs.replace(
                message, dates=message.dates[:count], levels=levels.ravel()
            )
        else:
            yield message


def test_a_deal_goes_the_ordinary_way_while_a_history_gives_no_scenario():
    """Of one date there is no change to any other: VaR is not known, and stays so."""
    company = new_company(marked_day())

    fold(company, with_dates(messages_of(marked_day()), 1))

    assert not company.desk.portfolio.has_scenarios
    assert company.desk.straight.taken == 0


def test_whatever_comes_between_deals_they_write_to_no_array_that_is_let_go():
    taken = 0

    @settings(max_examples=4, derandomize=True, deadline=None, phases=[Phase.generate])
    @given(logs())
    def hold(messages: list[AnyMessage]) -> None:
        nonlocal taken
        taken += follow_both_ways(messages)

    hold()
    assert taken > 100


def test_whatever_comes_between_them_deals_taken_together_leave_the_same_state():
    together = 0

    @settings(max_examples=3, derandomize=True, deadline=None, phases=[Phase.generate])
    @given(logs())
    def hold(messages: list[AnyMessage]) -> None:
        nonlocal together
        at_once, ordinary = Together("company"), Company("company")
        moved = fold_together(at_once, among_deals(messages))
        assert moved == fold(ordinary, among_deals(messages))
        assert at_once.snapshot() == ordinary.snapshot()
        together += at_once.together

    hold()
    assert together > 100


def test_of_deals_that_come_together_those_after_a_wrong_or_known_one_go_alone():
    """One without a name, one of a place nobody knows, one that came before, one sent twice."""
    day = list(marked_day().day())
    at = next(at for at, each in enumerate(day) if isinstance(each, Trade))
    deals = [each for each in day[at:] if isinstance(each, Trade)][:24]
    changes: dict[int, dict[str, Any]] = {
        2: {"trade": " "}, 4: {"location": "NOWHERE"}, 6: {"trade": deals[0].trade, "version": 2},
        8: {"trade": deals[7].trade, "version": 2}, 10: {"quantity_mw": float("nan")},
        13: {"version": 2**64 - 1}, 15: {"version": -(2**63)}, 17: {"executed_at_ns": 2**64 - 1},
        19: {"profile_mw": np.ones(1)}, 21: {"settles_at": SettlesAt.DA, "block": Block.ON_PEAK},
    }  # fmt: skip
    for number, change in changes.items():
        deals[number] = msgspec.structs.replace(deals[number], **change)
    messages = [*marked_day().opening(), *day[:at], *deals]
    ordinary = new_company(marked_day())

    fold(ordinary, messages)
    refused = ordinary.refusals()
    assert len(refused) > 3
    for first in range(len(deals)):  # each of them is the first of a run once
        at_once = new_company(marked_day())
        fold(at_once, messages[: len(messages) - len(deals) + first])
        fold_together(at_once, deals[first:])
        assert at_once.snapshot() == ordinary.snapshot()
        assert at_once.refusals() == refused


def test_after_a_contract_of_part_hours_deals_move_the_coverage_in_force():
    """It is kept by row, and the coverage of its day is told in another array from then on."""
    day = list(trading_day().day())
    deals = [each for each in day if isinstance(each, Trade)]
    start_ns = deals[0].delivery_start_ns
    parts = [
        msgspec.structs.replace(
            deals[0],
            trade=f"P{number}",
            delivery_start_ns=start_ns + 5 * MINUTE_NS,
            delivery_end_ns=start_ns + 35 * MINUTE_NS,
            quantity_mw=500.0,
        )
        for number in range(2)
    ]
    status = RunStatus(run="r", phase=RunPhase.STARTED, at_ns=1)
    messages = [*trading_day().opening(), *day, parts[0]]
    again = [msgspec.structs.replace(each, trade=f"D{each.trade}") for each in deals[:6]]
    messages += [*again[:3], status, parts[1], *again[3:]]
    straight, ordinary = new_company(trading_day()), new_company(trading_day())
    ordinary.desk.straight = OneByOne()

    for message in messages:
        straight.apply(message, straight.position + 1)
        ordinary.apply(message, ordinary.position + 1)
        require_in_force(straight.desk)

    assert straight.snapshot() == ordinary.snapshot()


def test_what_deals_move_is_laid_out_after_prices_and_then_at_ticks_but_not_without_end():
    messages, day = list(marked_day().opening()), list(marked_day().day())
    company = new_company(marked_day())
    at = next(number for number, each in enumerate(day) if isinstance(each, Trade)) + 3
    fold(company, [*messages, *day[:at]])
    [price] = [each for each in day[:at] if isinstance(each, PricePublication)][-1:]
    straight, dates = company.desk.straight, set(company.desk.straight.laid)
    assert dates

    found = []
    for number in range(1, 6):
        dearer = msgspec.structs.replace(price, lmp=price.lmp + number)
        tick = Tick(at_ns=company.tick_ns + 1)
        fold(company, [dearer])
        require_in_force(company.desk)
        assert set(straight.laid) == (dates if number == 1 else set())  # deals came before it
        fold(company, [tick])
        require_in_force(company.desk)
        found.append(set(straight.laid))
    assert found[:3] == [dates, dates, dates]
    assert found[4] == set()


def require_in_force(desk: Desk) -> None:
    """Hold what is laid out of deals to the arrays in force; new deals may have no row yet."""
    for day, stage in desk.straight.laid.items():
        [market] = desk.markets.values()
        assert stage.plan is not None
        arrays = arrays_of(desk, market, market.days[day], stage.plan)
        assert arrays is not None
        assert stage.where[DAY] == desk.pnl_explain.place_of(market.days[day])
        assert stage.where[DELIVERED] == market.days[day].delivered
        by_day, last, amounts = desk.pnl_explain.arrays
        assert stage.table.tells_of((stage.where, *arrays, by_day, last))
        assert stage.as_of == (-1, -1) or stage.table.tells_of([amounts], first=EXPLAIN + 2)


def follow_both_ways(messages: list[AnyMessage]) -> int:
    """Fold a log both ways, held against each other at every message; count the straight deals."""
    straight, ordinary = Company("company"), Company("company")
    ordinary.desk.straight, taken = OneByOne(), 0
    for number, message in enumerate(among_deals(messages)):
        if number % 50 == 24:
            straight.snapshot()  # and goes on with the arrays there are
        if number % 50 == 49:
            taken += straight.desk.straight.taken
            straight = Company.restore(straight.snapshot())
        position, desk = straight.position + 1, straight.desk
        assert straight.apply(message, position) == ordinary.apply(message, position)
        straight.changed_views(tables=1, seldom=1)
        require_in_force(desk)
    assert straight.snapshot() == ordinary.snapshot()
    return taken + straight.desk.straight.taken


@pytest.mark.parametrize(
    "array", [np.zeros((4, 4))[:, :2], np.zeros((2, 2), dtype=np.float32), np.zeros(4), FIXED]
)
def test_a_table_takes_no_array_that_a_loop_would_misread(array: FloatColumn):
    assert not ArrayTable(["f2"]).lay([array])
