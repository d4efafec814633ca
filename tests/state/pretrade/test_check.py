"""The check against the fold: what it says of a trade is what booking the trade does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import isnan
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from state.company import Company
from state.messages import (
    AnyMessage,
    Counterparty,
    CurveMarks,
    Policy,
    ResourceKind,
    SettlesAt,
    Tick,
    Trade,
    TradeAction,
    TradeCheck,
)
from state.pretrade.check import answer_to
from state.pretrade.situation import sized
from state.saving import market_state
from state.screens.checks_seen import CheckAnswer, Outcome
from state.trading.decision import Decision
from state.wire import encode_state
from tests.state.credit.samples import policy as credit_policy
from tests.state.pretrade.desk import BROKEN, LIMITS, asked, desk
from tests.state.strategies import examples, logs, told_in_words
from tests.state.trading.samples import RECORD
from tests.state.worked import (
    BOTH,
    company,
    contract,
    curve,
    outlook,
    reference,
    resource,
    tick,
    trade,
)

SVCE = Path(__file__).parents[3] / "policies" / "svce-2017-05-10.yaml"

policies = st.builds(
    lambda floor, width, loss, var: Policy(
        policy="limits",
        version="3",
        source=LIMITS.format(floor=floor, ceiling=floor + width, loss=loss, var=var),
    ),
    st.sampled_from([0.1, 0.9, 1.5]),
    st.sampled_from([0.2, 2.0]),
    st.sampled_from([10, 1000, 100_000]),
    st.sampled_from([10, 500, 20_000]),
)


@dataclass(frozen=True)
class Row:
    """A limit as it stands."""

    value: float
    headroom: float
    known: bool


def rows(folded: Company) -> dict[tuple[str, str, str], Row]:
    found = {}
    for figure in ("coverage", "pnl_today", "var"):
        for table in folded.desk.alerts.on_figure(figure):
            for number in range(len(table)):
                one = table.instance(number)
                known = one.state not in {"unknown", "not_applicable"}
                found[table.limit.id, one.scope, one.period] = Row(one.value, one.headroom, known)
    return found


def harmed(before: dict[tuple[str, str, str], Row], after: dict[tuple[str, str, str], Row]) -> bool:
    """Whether a limit that is known is newly breached, or breached further."""
    return any(
        row.known and row.headroom < 0.0 and row.headroom < before[key].headroom
        for key, row in after.items()
        if key in before and before[key].known
    )


def same(one: float, other: float) -> bool:
    return one == other or (isnan(one) and isnan(other))


@examples(15)
@given(logs(), policies)
def test_booking_a_trade_does_to_the_bit_what_its_check_said(
    messages: list[AnyMessage], policy: Policy
):
    note(told_in_words(messages))
    first_tick = next(i for i, one in enumerate(messages) if isinstance(one, Tick))
    messages = [*messages[:first_tick], policy, *messages[first_tick:]]
    folded, checked = Company("folded"), 0
    for position, message in enumerate(messages, start=1):
        if not isinstance(message, Trade) or not folded.tick_ns:
            folded.apply(message, position)
            continue
        checked += 1
        held_to_its_check(folded, message)
    assume(checked)


random_trades = st.builds(
    lambda mw, usd, begins, hours, far, **terms: trade(
        mw, usd, begins, hours, **terms, **({"day": date(2026, 9, 1)} if far else {})
    ),
    mw=st.integers(-60, 60).map(float),
    usd=st.integers(20, 60).map(float),
    begins=st.integers(6, 40),
    hours=st.integers(1, 30),
    far=st.sampled_from([False, False, False, True]),
    trade=st.sampled_from(["T1", "T2", "T3", "T4", "T5"]),
    version=st.integers(1, 3),
    action=st.sampled_from([TradeAction.NEW, TradeAction.NEW, TradeAction.CANCEL]),
    book=st.sampled_from(["book", "other"]),
    location=st.sampled_from(["HUB", "NODE", "ZONE"]),
    settles_at=st.sampled_from(SettlesAt),
    product=st.sampled_from(["energy", "energy", "swap"]),
)
ceilings = st.fixed_dictionaries(
    {
        "floor": st.sampled_from([0.3, 0.5, 0.7]),
        "ceiling": st.sampled_from([0.9, 1.1, 1.5]),
        "loss": st.sampled_from([100, 2000, 100_000]),
        "var": st.sampled_from([300, 2000, 20_000]),
    }
)


def held_to_its_check(folded: Company, booked: Trade) -> CheckAnswer:
    """Check a trade, book it, and compare; return the answer."""
    saved = folded.snapshot()
    answer, before = asked(folded, booked), rows(folded)
    assert folded.snapshot() == saved
    folded.refusals()
    folded.apply(booked, folded.position + 1)
    after = rows(folded)
    assert bool(answer.reason) == bool(folded.refusals())
    effects = {(one.limit, one.scope, one.period): one for one in answer.effects}
    for key, row in after.items():
        if not row.known or key not in before or not before[key].known:
            continue
        effect = effects.get(key)
        assert same(row.value, before[key].value if effect is None else effect.after)
        if effect is not None:
            assert same(before[key].value, effect.before)
            assert same(row.headroom, effect.headroom_after)
    if answer.decision == Decision.ACCEPT:
        assert not harmed(before, after)
    if any(effect.outcome in BROKEN for effect in answer.effects):
        assert answer.decision == Decision.REJECT
        assert harmed(before, after)
    return answer


@examples(24)
@given(ceilings, st.lists(random_trades, min_size=3, max_size=12))
def test_accepted_trades_never_harm_a_limit_and_those_rejected_on_one_always_do(
    limits: dict[str, float], trades: list[Trade]
):
    folded = desk(**limits)
    for one in trades:
        held_to_its_check(folded, one)


@pytest.mark.parametrize("product", ["basis", "crr_obligation", "crr_option"])
def test_between_two_points_beyond_the_days_a_check_says_what_booking_does_rows_added_or_saved(
    product: str,
):
    september: dict[str, Any] = {"day": date(2026, 9, 1)}
    folded = desk(loss=100_000, var=20_000)
    folded.apply(lonely_curve(45.0), folded.position + 1)
    for number in range(3):  # rows beyond the days are added to those that were restored
        one = trade(10.0, 30.0, 6, 10, trade=f"H{number}", **september)
        folded.apply(one, folded.position + 1)
    asked_for = contract(
        product, -50.0, -5.0, 0, 24 * 30, trade="X", second_location="LONELY",
        settles_at=SettlesAt.DA, **september,
    )  # fmt: skip
    saved = Company.restore(folded.snapshot())

    assert held_to_its_check(folded, asked_for) == held_to_its_check(saved, asked_for)


def lonely_curve(usd: float) -> CurveMarks:
    """Marks of a second hub, in the blocks of September."""
    return CurveMarks(
        market="west",
        as_of="2026-07-14",
        hubs=("LONELY", "LONELY"),
        blocks=BOTH,
        months=("2026-09", "2026-09"),
        price_usd_per_mwh=np.full(2, usd),
    )


@examples(24)
@given(ceilings, st.lists(random_trades, max_size=3), random_trades, st.sampled_from([1.0, 4.0]))
def test_the_sizes_that_pass_are_those_that_a_check_of_each_lot_accepts(
    limits: dict[str, float], held: list[Trade], one: Trade, lot: float
):
    folded = desk(**limits)
    for position, each in enumerate(held, start=folded.position + 1):
        folded.apply(each, position)
    one = msgspec.structs.replace(one, trade="new", action=TradeAction.NEW)
    assume(one.quantity_mw and not asked(folded, one).reason)
    answer = asked(folded, one, lot=lot)
    passing = {lots for first, last in answer.sizes for lots in range(first, last + 1)}
    sign = 1.0 if one.quantity_mw > 0 else -1.0
    for lots in range(1, answer.looked_up_to + 1):
        sized = msgspec.structs.replace(one, quantity_mw=sign * lots * lot)
        accepted = asked(folded, sized).decision == Decision.ACCEPT
        assert (lots in passing) == accepted, lots
    assert answer.looked_up_to >= abs(one.quantity_mw) / lot
    if passing:
        assert answer.largest == max(passing) * lot


def test_a_replaced_version_goes_out_before_the_new_one_comes_in():
    folded = desk()
    folded.apply(trade(50.0, 30.0, 12, settles_at=SettlesAt.RTD), folded.position + 1)

    answer = asked(folded, trade(20.0, 30.0, 12, version=2, settles_at=SettlesAt.RTD))

    covered = {
        one.period: (one.before, one.after) for one in answer.effects if one.limit == "cover"
    }
    assert covered == {"2026-07-15 HE13": (1.5, 1.2)}


# In the log --------------------------------------------------------------------------------------


def check_of(one: Trade, name: str = "C-1", **terms: Any) -> TradeCheck:
    return TradeCheck(check=name, candidate=one, **terms)


def told(folded: Company, *messages: AnyMessage) -> CheckAnswer:
    """Fold messages; return the newest answer."""
    for position, message in enumerate(messages, start=folded.position + 1):
        assert folded.apply(message, position) == [] or not isinstance(message, TradeCheck)
    return folded.desk.checks.answers[-1]


def figures_of(folded: Company) -> bytes:
    saved = folded.desk.snapshot()
    for name in ("checks", "feeds"):
        del saved[name]
    return encode_state([saved, [market_state(one) for one in folded.desk.markets.values()]])


SOLD: dict[str, Any] = {"trade": "S1", "settles_at": SettlesAt.RTD}


def test_a_check_in_the_log_moves_no_figure_and_is_in_the_audit_trail():
    folded = desk()
    before, shown = figures_of(folded), folded.views()["limits"]
    told(folded, check_of(trade(-20.0, 30.0, 12, **SOLD), lot=1.0, reserve_seconds=60))
    assert figures_of(folded) == before
    assert folded.views()["limits"] == shown
    asked_again = Company.restore(folded.snapshot())
    for one in (folded, asked_again):
        one.apply(tick(8.5), one.position + 1)
    assert folded.digest == asked_again.digest != digest_without()


@examples(60)
@given(st.lists(st.tuples(st.booleans(), random_trades), min_size=2, max_size=8))
def test_a_question_leaves_every_later_figure_as_it_would_have_been(
    trades: list[tuple[bool, Trade]],
):
    asked, unasked = desk(), desk()
    for number, (books, one) in enumerate(trades):
        message = one if books else check_of(one, f"C-{number}")
        tell_both(asked, unasked, message)
    assert shown(asked) == shown(unasked)


@pytest.mark.parametrize("held", ["HUB", "LONELY"])
@pytest.mark.parametrize("wanted", ["HUB", "LONELY"])
def test_a_question_about_months_to_come_leaves_their_value_as_it_is(held: str, wanted: str):
    asked, unasked = desk(), desk()
    terms: dict[str, Any] = {"day": date(2026, 9, 1)}
    marks = curve(41.0, 32.0, "2026-09")
    first = trade(10.0, 30.0, 6, 10, trade="T1", location=held, **terms)
    question = check_of(trade(25.0, 30.0, 6, 10, trade="T2", location=wanted, **terms))
    later = trade(5.0, 30.0, 6, 10, trade="T3", book="other", location=wanted, **terms)
    for message in (marks, first, question, later):
        tell_both(asked, unasked, message)
    assert shown(asked) == shown(unasked)


def tell_both(asked: Company, unasked: Company, message: AnyMessage) -> None:
    asked.apply(message, asked.position + 1)
    unasked.apply(about_nothing(message), unasked.position + 1)


@examples(15)
@given(logs(), policies)
def test_a_log_has_the_figures_it_would_have_without_its_checks(
    messages: list[AnyMessage], policy: Policy
):
    log = [*messages[:4], policy, *messages[4:]]
    asked, unasked = Company("company"), Company("company")
    for position, message in enumerate(log, start=1):
        tell_both(asked, unasked, message)
        if isinstance(message, TradeCheck) or position == len(log):
            assert shown(asked) == shown(unasked)


def shown(folded: Company) -> dict[str, bytes]:
    """Every view but those that speak of the log itself."""
    own = {"checks", "clock", "feeds"}
    return {name: encode_state(view) for name, view in folded.views().items() if name not in own}


def about_nothing(message: AnyMessage) -> AnyMessage:
    """A check becomes one of a trade that no market knows: it is answered without a look."""
    if not isinstance(message, TradeCheck):
        return message
    nowhere = msgspec.structs.replace(message.candidate, market="nowhere")
    return msgspec.structs.replace(message, candidate=nowhere)


def digest_without() -> str:
    folded = desk()
    folded.apply(tick(8.5), folded.position + 1)
    return folded.digest


def cover(answer: CheckAnswer) -> tuple[float, float]:
    (found,) = ((one.before, one.after) for one in answer.effects if one.limit == "cover")
    return found


def test_an_accepted_check_counts_for_later_ones_until_its_time_is_over():
    folded = desk(loss=1e6, var=1e6)
    first, second = (
        trade(-20.0, 30.0, 12, **SOLD),
        trade(-30.0, 30.0, 12, **(SOLD | {"trade": "S2"})),
    )
    ten_minutes = check_of(first, reserve_seconds=600)
    assert cover(told(folded, ten_minutes)) == (1.0, 0.8)
    later = told(folded, check_of(second, "C-2"))
    assert cover(later) == (0.8, 0.5)
    assert later.decision == Decision.REJECT
    assert cover(told(folded, check_of(first, "C-3"))) == (1.0, 0.8), "its own does not count"
    folded = Company.restore(folded.snapshot())
    assert cover(told(folded, check_of(second, "C-4"))) == (0.8, 0.5)
    free = told(folded, tick(8 + 1 / 6), check_of(second, "C-5"))
    assert cover(free) == (1.0, 0.7)
    assert free.decision == Decision.ACCEPT


def test_a_reservation_ends_when_its_trade_arrives_and_counts_once():
    folded = desk(loss=1e6, var=1e6)
    first, second = (
        trade(-20.0, 30.0, 12, **SOLD),
        trade(-10.0, 30.0, 12, **(SOLD | {"trade": "S2"})),
    )
    told(folded, check_of(first, reserve_seconds=600), first)
    assert cover(told(folded, check_of(second, "C-2"))) == (0.8, 0.7)
    assert folded.desk.checks.reservations == {}


def test_a_look_at_what_is_reserved_changes_nothing_and_the_next_check_lets_go_of_what_is_over():
    folded = desk(loss=1e6, var=1e6)
    kept, held = trade(-20.0, 30.0, 12, **SOLD), folded.desk.checks
    told(folded, check_of(kept, reserve_seconds=600), tick(8 + 1 / 6))
    before = folded.snapshot()

    assert [held.reserved(folded.tick_ns - 1), held.reserved(folded.tick_ns)] == [[kept], []]
    assert folded.snapshot() == before
    told(folded, check_of(trade(-5.0, 30.0, 12, **(SOLD | {"trade": "S2"})), "C-2"))
    assert held.reservations == {}


def test_a_reserved_version_counts_in_place_of_the_one_that_is_held():
    folded = desk(loss=1e6, var=1e6)
    held = trade(-20.0, 30.0, 12, **SOLD)
    amended = msgspec.structs.replace(held, version=2, quantity_mw=-10.0)
    cancelled = msgspec.structs.replace(held, version=3, action=TradeAction.CANCEL)
    other = check_of(trade(-10.0, 30.0, 12, **(SOLD | {"trade": "S2"})), "C-2")
    told(folded, held, check_of(amended, reserve_seconds=600))
    assert cover(told(folded, other)) == (0.9, 0.8)
    told(folded, check_of(cancelled, "C-3", reserve_seconds=600))
    assert cover(told(folded, other)) == (1.0, 0.9)


def test_what_is_rejected_reserves_nothing():
    folded = desk(loss=1e6, var=1e6)
    rejected = told(folded, check_of(trade(-60.0, 30.0, 12, **SOLD), reserve_seconds=600))
    assert (rejected.decision, rejected.reserved_until_ns) == (Decision.REJECT, 0)
    assert folded.desk.checks.reservations == {}


def test_an_answer_names_the_field_that_is_wrong():
    folded = desk()
    one = trade(20.0, 30.0, 12, **SOLD)
    wrong: dict[str, TradeCheck] = {
        "quantity_mw": check_of(msgspec.structs.replace(one, quantity_mw=float("nan"))),
        "book": check_of(msgspec.structs.replace(one, book="nowhere")),
        "product": check_of(msgspec.structs.replace(one, product="weather")),
        "market": check_of(msgspec.structs.replace(one, market="east")),
        "lot": check_of(one, lot=-1.0),
        "check": check_of(one, ""),
    }
    for name, check in wrong.items():
        answer = told(folded, check)
        assert (answer.decision, answer.field) == (Decision.REJECT, name), answer.reason
    assert folded.refusals() == []


def test_nothing_is_decided_before_the_first_tick_or_on_what_is_not_known():
    folded = company(
        reference(),
        Policy(
            policy="limits",
            version="3",
            source=LIMITS.format(floor=0.6, ceiling=1.1, loss=4000, var=700),
        ),
    )
    one = check_of(trade(20.0, 30.0, 12, **SOLD))
    assert told(folded, one).decision == Decision.NO_DECISION
    answer = told(folded, tick(8), one)
    assert answer.decision == Decision.NO_DECISION
    assert {effect.outcome for effect in answer.effects if effect.limit == "var"} == {
        Outcome.UNKNOWN
    }


def test_an_option_is_checked_to_the_bit_as_well():
    folded = desk()
    option = contract(
        "dispatchable", 5.0, 2.0, 12, 4, settles_at=SettlesAt.RTD, strike_usd_per_mwh=30.0,
        volatility_usd_per_mwh=9.0,
    )  # fmt: skip
    answer = held_to_its_check(folded, option)
    assert {effect.limit for effect in answer.effects} >= {"loss", "var"}


@pytest.mark.parametrize("first", ["energy", "dispatchable"])
def test_what_is_reserved_of_another_kind_counts_as_it_will_when_it_is_booked(first: str):
    plain = trade(-20.0, 30.0, 12, 3, **SOLD)
    option = contract(
        "dispatchable", 5.0, 2.0, 12, 60, settles_at=SettlesAt.RTD, strike_usd_per_mwh=30.0,
        volatility_usd_per_mwh=9.0, trade="O",
    )  # fmt: skip
    reserved, wanted = (plain, option) if first == "energy" else (option, plain)
    asked_about, booked = desk(), desk()
    saved = asked_about.snapshot()
    answer = answer_to(asked_about.desk, check_of(wanted), [reserved], at_ns=asked_about.tick_ns)
    booked.apply(reserved, booked.position + 1)
    expected = answer_to(booked.desk, check_of(wanted), [], at_ns=booked.tick_ns)

    assert asked_about.snapshot() == saved
    assert answer.effects
    for one, other in zip(answer.effects, expected.effects, strict=True):
        assert (one.limit, one.scope, one.period) == (other.limit, other.scope, other.period)
        assert same(one.before, other.before)
        assert same(one.after, other.after)


OF_ANN: dict[str, Any] = {
    "trader": "ann", "day": date(2026, 8, 1), "settles_at": SettlesAt.CURVE, "trade": "A1",
}  # fmt: skip

# A written policy --------------------------------------------------------------------------------


def test_who_and_what_has_no_record_is_rejected_with_the_clause():
    folded = desk(loss=1e6, var=1e6)
    answer = told(
        folded,
        Policy(policy="svce", version="2017-05-10", source=SVCE.read_text(encoding="utf-8")),
        check_of(trade(5.0, 30.0, 12, **SOLD, trader="someone")),
    )
    assert answer.decision == Decision.REJECT
    assert answer.sizes == []
    prohibited = [one for one in answer.effects if one.outcome is Outcome.PROHIBITED]
    [unknown] = [one for one in prohibited if one.limit == "counterparty"]
    assert (unknown.clause, "CP-01" in unknown.reason) == ("§6.2 p. 12", True)
    assert any("someone has no record" in one.reason for one in prohibited)
    assert all(one.clause.startswith("§5") for one in prohibited if one is not unknown)
    assert {one.policy for one in prohibited} == {"svce 2017-05-10"}


def test_an_authorised_trade_within_every_number_is_accepted_up_to_its_limit():
    folded = desk(loss=1e6, var=1e6)
    one = trade(20.0, 40.0, 0, 30 * 24, **OF_ANN)
    answer = told(
        folded,
        Counterparty(counterparty="CP-01", name="CP-01", agreement="EEI"),
        Policy(policy="svce", version="2017-05-10", source=SVCE.read_text(encoding="utf-8")),
        credit_policy(),
        tick(8 + 1 / 3600),
        outlook("town", "2026-08", 100.0, 100.0),
        outlook("plant", "2026-08", 75.0, 75.0),
        RECORD,
        TradeCheck(check="C-1", candidate=one, lot=1.0, areas=("WECC", "California")),
    )
    assert answer.decision == Decision.ACCEPT, answer.effects
    clauses = [effect for effect in answer.effects if effect.policy.startswith("svce")]
    assert clauses
    numbers = {effect.unit: effect for effect in clauses if effect.unit in {"$", "MW"}}
    assert numbers["MW"].after == 20.0
    assert numbers["$"].after == 20.0 * 40.0 * 30 * 24


@pytest.mark.parametrize(("mw", "var"), [(10.0, 700.0), (-10.0, 700.0), (10.0, 78_000.0)])
def test_a_storage_unit_of_another_size_has_the_energy_that_goes_with_it(mw: float, var: float):
    folded = desk(floor=-1e9, ceiling=1e9, loss=1e9, var=var)
    for message in (resource("battery", "NODE", ResourceKind.STORAGE), tick(8.5)):
        folded.apply(message, folded.position + 1)
    unit = contract(
        "storage", mw, 12.0, 9, 38,
        resource="battery", location="NODE", energy_mwh=20.0, efficiency=0.85,
        settles_at=SettlesAt.RTD,
    )  # fmt: skip

    answer = asked(folded, unit, lot=1.0)

    passing = {lots for first, last in answer.sizes for lots in range(first, last + 1)}
    for lots in range(1, answer.looked_up_to + 1):
        one = msgspec.structs.replace(
            unit, quantity_mw=np.sign(mw) * float(lots), energy_mwh=2.0 * lots
        )
        assert sized(unit, float(lots)) == one
        assert (lots in passing) == (asked(folded, one).decision == Decision.ACCEPT), lots
