"""The way out against brute force, and what is said where there is none."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.company import Company
from state.hedging import search
from state.hedging.blocks import in_words
from state.hedging.search import MOST_BLOCKS, MOST_LOOKED_AT
from state.hedging.shapes import Shape, energy_shapes
from state.hedging.way_out import STEPS_AT_ONCE, way_out
from state.messages import (
    Block,
    Counterparty,
    HedgeRequest,
    SettlesAt,
    Tick,
    Trade,
    TradeAction,
    TradeCheck,
)
from state.nop.watch import nop_view
from state.periods import Span
from state.pretrade.check import answer_to
from state.screens.checks_seen import CheckAnswer, Outcome
from state.screens.hedges_seen import HedgeBlock
from state.screens.nop_seen import NopRow
from state.trading.decision import Decision
from state.trading.traders import OwnLimit
from state.wire import encode_state
from tests.state.hedging.house import JUNE, PROMPT, asked, house
from tests.state.nop.company import SVCE, Following, another
from tests.state.strategies import examples
from tests.state.trading.samples import person
from tests.state.worked import at

QUARTER = "nop-energy-prompt-quarter"
JULY = (date(2026, 7, 1), date(2026, 8, 1))


def booked(block: HedgeBlock, number: int) -> Trade:
    return Trade(
        source="way-out",
        trade=f"T{number}",
        version=1,
        action=TradeAction.NEW,
        product=block.product,
        market=block.market,
        book=block.book,
        counterparty=block.counterparty,
        location=block.location,
        delivery_start_ns=at(0, date.fromisoformat(block.begins)),
        delivery_end_ns=at(0, date.fromisoformat(block.ends)),
        quantity_mw=block.size,
        price_usd_per_mwh=block.price_usd,
        settles_at=SettlesAt.CURVE,
        block=Block(block.kind),
        trader=block.trader,
    )


def bands(desk: Following) -> dict[tuple[str, str, str], NopRow]:
    rows = nop_view(desk.company.desk).rows
    return {(row.limit, row.kind, row.period): row for row in rows if row.limit}


def closes(desk: Following, shape: Shape, pair: tuple[str, str], mw: float, limit: str) -> bool:
    """Whether a block passes the check and brings the row inside its band."""
    counterparty, trader = pair
    one = shape.trade("B", mw, book="book", counterparty=counterparty, trader=trader)
    company = desk.company
    check = TradeCheck(check="B", candidate=one, areas=("WECC",))
    answer = answer_to(company.desk, check, [], at_ns=company.tick_ns)
    row = next((each for each in answer.effects if each.limit == limit), None)
    return answer.decision == Decision.ACCEPT and row is not None and row.headroom_after > 0.0


@pytest.mark.parametrize("plant_mw", [80.0, 85.0, 89.9, 105.5, 110.0])
def test_the_block_of_the_fewest_mwh_is_recommended(plant_mw: float):
    # July 2026 has 416 on-peak and 328 off-peak hours; 90 to 105 % of 74,400 MWh are allowed.
    desk = house(plant_mw)
    missing = max(90.0 - plant_mw, plant_mw - 105.0) * 744
    fewest = min((int(missing // hours) + 1) * hours for hours in (416, 328))

    found = asked(desk)

    (one,) = found.blocks
    assert abs(one.amount) == fewest
    assert (one.amount > 0.0) == (plant_mw < 90.0)
    assert one.cost_usd == one.amount * {"on_peak": 50.0, "off_peak": 40.0}[one.kind]
    assert found.complete
    assert found.after == pytest.approx((plant_mw * 744 + one.amount) / 74_400)
    assert 0.9 < found.after < 1.05


def test_where_minimum_is_maximum_just_what_is_missing_is_enough():
    # 41 MW of 744 hours are missing, which are 93 MW of the 328 off-peak hours.
    desk, band = house(49.0), "minimum: {value: 90}\n        maximum: {value: %d}"
    desk.apply(another(SVCE.replace(band % 105, band % 90, 1)))

    found = asked(desk)

    assert [(one.kind, one.size) for one in found.blocks] == [("off_peak", 93.0)]
    assert (found.complete, found.after) == (True, 0.9)


@examples(9)
@given(
    st.sampled_from([PROMPT, QUARTER]),
    st.floats(60.0, 125.0),
    st.sampled_from([1.0, 5.0, 10.0]),
    st.sampled_from([8.0, 40.0, 100.0]),
)
def test_what_is_recommended_brings_the_row_back_harms_nothing_and_nothing_smaller_would(
    limit: str, plant_mw: float, lot: float, own_mw: float
):
    own = OwnLimit(limit="limit-prompt-month", bought_mw=own_mw, sold_mw=own_mw)
    desk = house(plant_mw, own=(own,))
    before = bands(desk)
    out = {name for name, each in before.items() if each.headroom < 0.0}

    found = asked(desk, limit, lot=lot)

    if len(found.blocks) == 1 and found.complete:
        mwh, side = found.amount, found.blocks[0].size
        for shape in shapes_in(desk, limit):
            for pair in (("CP-01", "ann"), ("CP-02", "ann")):
                for lots in range(1, int(mwh // (lot * shape.each)) + 1):
                    if lots * lot * shape.each < mwh:
                        signed = math.copysign(lots * lot, side)
                        assert not closes(desk, shape, pair, signed, limit)
    for number, block in enumerate(found.blocks):
        assert not desk.company.refusals()
        desk.apply(booked(block, number))
    after = bands(desk)
    assert {name for name, each in after.items() if each.headroom < 0.0} <= out
    if found.complete:
        assert all(each.headroom > 0.0 for name, each in after.items() if name[0] == limit)
        assert found.after == next(
            each.coverage for name, each in after.items() if name[0] == limit
        )
    else:
        assert found.reason


def shapes_in(desk: Following, limit: str) -> list[Shape]:
    span = {
        PROMPT: Span(*JULY),
        QUARTER: Span(date(2026, 7, 1), date(2026, 10, 1)),
    }[limit]
    return energy_shapes(desk.company.desk.markets["west"], "HUB", span, JUNE)


def test_months_quarters_and_the_whole_period_are_dealt_by_block():
    found = [(one.period, one.kind) for one in shapes_in(house(80.0), QUARTER)]

    assert found == [
        (label, block)
        for label in ("2026-07", "2026-08", "2026-09", "2026-Q3")
        for block in ("on_peak", "off_peak")
    ]


def test_one_contract_is_not_enough_where_its_mw_are_limited():
    found = asked(house(30.0))  # 44,640 MWh are missing, and one contract may have 100 MW

    assert [abs(one.size) <= 100.0 for one in found.blocks] == [True, True]
    assert found.complete


@examples(7)
@given(
    st.sampled_from([76.0, 80.0, 83.0, 85.0, 87.0, 107.0, 110.0]),
    st.sampled_from([4.0, 7.0, 9.0]),
)
def test_of_several_blocks_there_are_the_fewest_and_no_set_is_a_lot_smaller(
    plant_mw: float, own_mw: float
):
    own = OwnLimit(limit="limit-prompt-month", bought_mw=own_mw, sold_mw=own_mw)
    desk = house(plant_mw, own=(own,))

    found = asked(desk)

    # Brute force: every set of blocks of July of at most so many MW, by number and MWh.
    missing = max(90.0 - plant_mw, plant_mw - 105.0) * 744
    sizes = [mw * hours for hours in (416, 328) for mw in range(1, int(own_mw) + 1)]
    closing: dict[int, int] = {}
    totals = {0}
    for count in range(1, MOST_BLOCKS + 1):
        totals = {total + size for total in totals for size in sizes}
        closing[count] = min((total for total in totals if total > missing), default=0)
    fewest = next((count for count, least in closing.items() if least), 0)
    if not fewest:
        assert not found.complete
        assert "contracts are not enough" in found.reason
        return
    assert len(found.blocks) == fewest
    assert closing[fewest] <= found.amount < closing[fewest] + 328.0
    assert all(abs(block.size) == own_mw for block in found.blocks[:-1])


def test_the_first_counterparty_and_trader_that_pass_are_named():
    desk = house(80.0)
    desk.apply(Counterparty(counterparty="CP-01", name="CP-01", agreement="none"))
    desk.company.desk.traders["abe"] = person(trader="abe", authorised=False)

    (one,) = asked(desk).blocks

    assert (one.counterparty, one.trader) == ("CP-02", "ann")


@pytest.mark.parametrize(
    ("trader", "stops"),
    [({"authorised": False}, "trader-criteria"), ({"role": "clerk"}, "limit-prompt-month")],
)
def test_what_stands_in_the_way_of_the_nearest_block_is_said(trader: dict[str, Any], stops: str):
    found = asked(house(80.0, **trader))

    assert (found.blocks, found.complete) == ([], False)
    assert stops in {effect.limit for effect in found.in_the_way}
    assert found.reason.startswith("nothing passes; nearest is buy 18 MW on-peak 2026-07, stopped")
    assert stops in found.reason


def test_without_a_trader_or_a_counterparty_the_clause_that_asks_for_one_is_named():
    desk = house(80.0)
    desk.company.desk.traders.clear()
    desk.company.desk.counterparties.clear()

    stopped = {effect.limit for effect in asked(desk).in_the_way}

    assert {"trader-criteria", "counterparty"} <= stopped


@pytest.mark.parametrize(
    ("plant_mw", "terms", "reason"),
    [
        (95.0, {}, "inside its band"),
        (
            80.0,
            {"limit": "nop-x"},
            "limit 'nop-x' is no tolerance that binds today; name one of nop-",
        ),
        (
            80.0,
            {"period": "2030"},
            f"limit '{PROMPT}' 2030 is no tolerance that binds today; of that limit name one of "
            "2026-07",
        ),
        (
            80.0,
            {"limit": "nop-capacity-balance-of-year", "unit_kind": "local"},
            "limit 'nop-capacity-balance-of-year' local is no tolerance that binds today; of that "
            "limit name one of system 2026-08 to 2026-12, flexible 2026-08 to 2026-12",
        ),
        (80.0, {"market": "east"}, "market 'east' is not known; name one of west"),
        (80.0, {"location": "NOWHERE"}, "location 'NOWHERE' is no point of west"),
        (80.0, {"location": "LONELY"}, "no curve of LONELY"),
        (80.0, {"book": "none"}, "book 'none' is not known; name one of book, other"),
        (80.0, {"lot": 0.0}, "lot 0 is not above 0"),
    ],
)
def test_a_request_that_finds_nothing_says_why(plant_mw: float, terms: dict[str, Any], reason: str):
    found = asked(house(plant_mw), **terms)

    assert found.reason.startswith(reason)
    assert found.blocks == []


def test_without_a_written_policy_no_tolerance_binds():
    desk = Following(JUNE, policy=False)
    assert asked(desk).reason.startswith("no written policy is in force")
    unasked = Company("company").desk
    request = HedgeRequest(request="H", limit=PROMPT)
    assert way_out(unasked, request, [], at_ns=0).reason == "there was no tick yet"


def test_where_no_limit_is_named_the_first_row_that_is_out_is_asked_about():
    assert asked(house(80.0), limit="").limit == PROMPT
    kept = Following(JUNE)
    kept.plant(95.0)
    assert asked(kept, limit="").limit in {"nop-energy-second-calendar-year", ""}


def test_where_no_limit_is_named_the_kind_and_the_period_say_which_rows_are_meant():
    desk = house(80.0)

    assert asked(desk, limit="", unit_kind="local").limit == "nop-capacity-prompt-month-1"
    assert asked(desk, limit="", unit_kind="on_peak", period="2026-Q3").limit == QUARTER
    kept = asked(house(95.0), limit="", unit_kind="on_peak", period="2026-07")
    assert (kept.complete, kept.passes) == (True, True)
    assert kept.reason == "every tolerance that is asked about is kept; nothing to close"
    nowhere = asked(desk, limit="", period="2099").reason
    assert nowhere.startswith("limit '' 2099 is no tolerance that binds today; name one of nop-")


def test_a_position_that_is_not_known_has_no_way_out():
    desk = Following(JUNE, load_mw=math.nan)

    assert "no outlook of town" in asked(desk).reason
    first = asked(desk, limit="", unit_kind="on_peak")
    assert not first.complete
    assert first.reason.startswith(
        "no tolerance that is known is out of its band; not known: nop-energy-prompt-month and 7 "
        "more (no outlook of town"
    )


def test_where_nothing_is_owed_nothing_is_to_be_closed():
    found = asked(Following(JUNE, load_mw=0.0))

    assert (found.complete, found.blocks) == (True, [])
    assert found.reason.startswith("nothing is owed in this period")


def test_a_request_in_the_log_moves_no_figure_is_answered_in_the_view_and_saved():
    desk = house(80.0)
    company = desk.company
    digest, before = company.digest, encode_state(nop_view(company.desk))

    desk.apply(HedgeRequest(request="H-1", limit=PROMPT))

    (answer,) = company.views()["hedges"].answers
    assert [block.size for block in answer.blocks] == [18.0]
    assert company.digest != digest
    assert encode_state(nop_view(company.desk)) == before
    restored = Company.restore(company.snapshot())
    assert restored.desk.hedges.answers == company.desk.hedges.answers
    assert restored.snapshot() == company.snapshot()


LONG = "nop-energy-prompt-calendar-year"


def long_search() -> Following:
    """A year that many contracts are looked at for: nobody may deal more than 3 MW at once."""
    own = tuple(
        OwnLimit(limit=row, bought_mw=3.0, sold_mw=3.0)
        for row in ("limit-prompt-month", "limit-balance-of-year", "limit-36-months")
    )
    return house(60.0, own=own)


def test_a_message_is_worth_a_few_checks_and_the_search_goes_on_at_the_next_ticks(
    monkeypatch: pytest.MonkeyPatch,
):
    desk, asked_for = long_search(), []
    unwatched = search.answer_to

    def counted(*args: Any, **words: Any) -> Any:
        asked_for[-1] += 1
        return unwatched(*args, **words)

    at_once = asked(desk, LONG)
    monkeypatch.setattr(search, "answer_to", counted)
    asked_for.append(0)
    company = desk.company
    company.apply(HedgeRequest(request="H-1", limit=LONG), company.position + 1)
    while company.desk.hedges.going:
        (answer, *_) = company.views()["hedges"].answers
        assert answer.going_on
        assert 0 < answer.looked_at <= sum(asked_for)
        assert len(asked_for) < 200
        asked_for.append(0)
        desk.apply()

    (answer,) = company.desk.hedges.answers
    assert len(asked_for) > 5
    assert max(asked_for) <= STEPS_AT_ONCE + 1
    assert not answer.going_on
    asked_ns = {"asked_ns": 0, "at_ns": 0, "position": 0}
    same = [msgspec.structs.replace(one, **asked_ns) for one in (answer, at_once)]
    assert same[0] == same[1]


def test_a_search_goes_on_from_a_saved_state_bit_for_bit():
    desk = long_search()
    company = desk.company
    company.apply(HedgeRequest(request="H-1", limit=LONG), company.position + 1)
    desk.apply()
    assert company.desk.hedges.going

    restored = Company.restore(company.snapshot())
    assert restored.snapshot() == company.snapshot()
    while company.desk.hedges.going:
        desk.apply()
        restored.apply(Tick(at_ns=company.tick_ns), restored.position + 1)

    assert restored.snapshot() == company.snapshot()
    assert restored.digest == company.digest
    assert company.desk.hedges.answers[-1].blocks


def test_requests_are_answered_one_after_the_other_and_too_many_are_told_to_ask_again():
    desk = long_search()
    company = desk.company
    for number in range(22):
        company.apply(HedgeRequest(request=f"H-{number}", limit=LONG), company.position + 1)

    view = company.views()["hedges"].answers
    assert [answer.request for answer in view[:2]] == ["H-0", "H-1"]
    assert [bool(answer.looked_at) for answer in view[:2]] == [True, False]
    assert "requests are being answered; ask again later" in view[20].reason


def test_what_is_answered_at_once_waits_for_no_other_request_and_is_noted(
    monkeypatch: pytest.MonkeyPatch,
):
    desk, noted = long_search(), []
    company = desk.company
    monkeypatch.setattr(type(company.chain), "note_text", lambda _, text: noted.append(text))
    for number in range(100):
        company.apply(HedgeRequest(request=f"H-{number}", limit=LONG), company.position + 1)
    company.apply(HedgeRequest(request="H-wrong", limit="nop-none"), company.position + 1)

    hedges = company.desk.hedges
    assert 0 < len(hedges.going) <= 20
    assert all(one.answer.going_on for one in hedges.going)
    (answer,) = [one for one in hedges.answers if one.request == "H-wrong"]
    assert "is no tolerance that binds today" in answer.reason
    assert f"hedge/H-wrong: {answer.reason}" in noted
    assert sum("ask again later" in text for text in noted) > 50


def test_no_more_candidates_are_looked_at_than_are_said_whoever_they_are_with(
    monkeypatch: pytest.MonkeyPatch,
):
    desk = house(80.0)
    names = [f"MORE-{number:03d}" for number in range(MOST_LOOKED_AT + 20)]
    desk.apply(*(Counterparty(counterparty=name, name=name, agreement="EEI") for name in names))
    unwatched = search.answer_to

    def refused(its: Any, check: TradeCheck, *args: Any, **words: Any) -> CheckAnswer:
        """Refuse a candidate for its counterparty alone, so that every other may still pass."""
        said = unwatched(its, check, *args, **words)
        scope = check.candidate.counterparty
        stopping = msgspec.structs.replace(
            said.effects[0], scope=scope, outcome=Outcome.BREACHED, limit="any"
        )
        return msgspec.structs.replace(
            said, decision=Decision.REJECT, effects=[*said.effects, stopping], sizes=[]
        )

    monkeypatch.setattr(search, "answer_to", refused)

    assert asked(desk).looked_at == MOST_LOOKED_AT


def decided(monkeypatch: pytest.MonkeyPatch, *decisions: Decision | None) -> None:
    """Let the first checks of a search decide so, where it is not None; the others as they do."""
    unwatched, left = search.answer_to, list(decisions)

    def other(*args: Any, **words: Any) -> CheckAnswer:
        said, decision = unwatched(*args, **words), left.pop(0) if left else None
        return said if decision is None else msgspec.structs.replace(said, decision=decision)

    monkeypatch.setattr(search, "answer_to", other)


def test_a_candidate_that_was_referred_and_passes_by_now_is_recommended(
    monkeypatch: pytest.MonkeyPatch,
):
    desk = house(80.0)
    checks = 0
    unwatched = search.answer_to

    def referring(*args: Any, **words: Any) -> CheckAnswer:
        nonlocal checks
        checks += 1
        return msgspec.structs.replace(unwatched(*args, **words), decision=Decision.REFER)

    with monkeypatch.context() as patched:
        patched.setattr(search, "answer_to", referring)
        (told,) = asked(desk).blocks
    assert told.decision == Decision.REFER
    decided(monkeypatch, *[Decision.REFER] * (checks - 1))  # all but the last, which settles it

    found = asked(desk)
    assert [(one.size, one.decision) for one in found.blocks] == [(told.size, Decision.ACCEPT)]
    assert found.passes


def test_where_what_was_referred_passes_no_more_a_part_that_passes_is_recommended(
    monkeypatch: pytest.MonkeyPatch,
):
    desk = long_search()
    wanted = asked(desk, LONG).blocks
    assert len(wanted) > 1
    decided(monkeypatch, Decision.REFER)

    assert asked(desk, LONG).blocks == wanted


def test_a_period_that_is_over_before_the_search_is_ends_it():
    desk = long_search()
    company = desk.company
    company.apply(HedgeRequest(request="H-1", limit=LONG), company.position + 1)
    assert company.desk.hedges.going

    desk.tick_on(date(2027, 1, 1))

    (answer,) = company.desk.hedges.answers
    assert answer.reason.startswith("its period is over")


def test_with_whom_nothing_is_owed_before_a_trade_is_asked_about_first():
    desk = house(80.0)
    others = (f"AA-{number:03d}" for number in range(150))
    desk.apply(*(Counterparty(counterparty=name, name=name, agreement="EEI") for name in others))

    answer = asked(desk)

    assert [(one.counterparty, one.decision) for one in answer.blocks] == [("CP-01", "accept")]
    assert answer.looked_at < 10


def test_a_million_certificates_are_written_whole():
    shape = Shape(
        market="west", location="HUB", product="rec", kind="PCC1", period="2026",
        first=date(2026, 1, 1), end=date(2027, 1, 1), each=1.0, unit="certificate", price_usd=12.0,
        time_zone="America/Los_Angeles",
    )  # fmt: skip
    deal = shape.trade("R", 1_172_269.0, book="book", counterparty="CP-01", trader="ann")
    said = CheckAnswer(check="c", trade="R", at_ns=0, position=0, decision=Decision.REJECT)

    words = in_words(shape, TradeCheck(check="c", candidate=deal), said, [])

    assert words.startswith("buy 1,172,269 certificates PCC1 2026, ")
