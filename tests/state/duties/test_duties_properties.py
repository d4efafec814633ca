"""Whatever people do and the clock brings: cases, duties and waivers stay in order."""

from __future__ import annotations

from functools import cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from state.company import Company
from state.messages import (
    Action,
    ActionKind,
    AnyMessage,
    ContractDelivery,
    Counterparty,
    Tick,
    TradeAction,
    TradeCheck,
)
from state.moments import SECOND_NS
from state.screens.views import Transition
from state.wire import decode, encode
from tests.state.duties.house import JULY, out_of_tolerance
from tests.state.nop.company import block_trade
from tests.state.trading.samples import RECORD

Step = tuple[str, int, int]
SECONDS = (1, 60, 900, 3_600, 50_000, 90_000)
KINDS = tuple(ActionKind)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("trade"), st.integers(-30, 30), st.just(0)),
        st.tuples(st.just("tick"), st.integers(0, len(SECONDS) - 1), st.just(0)),
        st.tuples(st.just("deal"), st.integers(0, 5), st.integers(0, 2)),
        st.tuples(st.sampled_from(["record", "delivery"]), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("standing"), st.integers(0, 1), st.integers(0, 40)),
        *[st.tuples(st.just("act"), st.integers(0, len(KINDS) - 1), st.integers(0, 40))] * 2,
    ),
    min_size=4,
    max_size=20,
)


@cache
def beginning() -> bytes:
    return out_of_tolerance().company.snapshot()


def fold(steps: list[Step]) -> tuple[Company, list[AnyMessage], list[Transition]]:
    """Play steps on; what they refer to is what is there by then."""
    company = Company.restore(beginning())
    messages: list[AnyMessage] = []
    told: list[Transition] = []
    for number, step in enumerate(steps):
        message = _message(company, number, step)
        messages.append(message)
        told += company.apply(message, company.position + 1)
    return company, messages, told


def _message(company: Company, number: int, step: Step) -> AnyMessage:
    what, first, second = step
    now_ns = company.tick_ns
    if what == "trade":
        return block_trade(float(first) or 1.0, *JULY, trade=f"t{number}")
    if what in {"deal", "record", "delivery"}:
        return _fact(number, step)
    if what == "standing":
        return _done(company, number, step)
    if what == "tick":
        return Tick(at_ns=now_ns + SECONDS[first] * SECOND_NS)
    rows = company.desk.alerts.cases()
    row = rows[second % len(rows)]
    duty = row.duties[second % len(row.duties)].duty if row.duties else ""
    return Action(
        action=f"a{number}",
        action_kind=KINDS[first],
        case=row.case,
        actor="rita",
        at_ns=now_ns,
        text="text",
        resolution="resolution",
        duty=duty,
        approver="committee",
        until_ns=now_ns + 1_800 * SECOND_NS,
    )


PEOPLE = (RECORD, replace(RECORD, trader="bea", authorised=False, experience=""))


def _fact(number: int, step: Step) -> AnyMessage:
    """A trade of some trader, asked about before, amended or cancelled; a record; a delivery."""
    what, first, second = step
    name, party = f"d{number - first}", f"CP-0{1 + first % 3}"
    if what == "record":
        person = replace(PEOPLE[first % 2], months=1 + number)
        return person if first > 2 else Counterparty(counterparty=party, name=f"{number}")
    if what == "delivery":
        terms = {"due_mwh": 10.0, "delivered_mwh": float(first)}
        return ContractDelivery(market="west", contract=f"blotter/{name}", month="2026-05", **terms)
    action = (TradeAction.NEW, TradeAction.AMEND, TradeAction.CANCEL)[second]
    mw = 30.0 * (1 + first)
    deal = block_trade(
        mw, *JULY, trade=name, version=1 + number, action=action, counterparty=party,
        trader=("ann", "bea", "")[first % 3],
    )  # fmt: skip
    asked = first == 5
    return TradeCheck(check=f"c{number}", candidate=deal, areas=("WECC",)) if asked else deal


def _done(company: Company, number: int, step: Step) -> AnyMessage:
    """A duty that no breach calls for is done, or done again."""
    rows = company.desk.duties.standing.rows()
    row = rows[step[2] % len(rows)]
    return Action(
        action=f"a{number}",
        action_kind=ActionKind.DONE if step[1] else ActionKind.COMMENT,
        case=row.name,
        actor="rita",
        at_ns=company.tick_ns,
        text="text",
        duty=row.duty.duty,
    )


def examples(count: int) -> settings:
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


@examples(8)
@given(STEPS, st.floats(0, 1))
def test_a_company_restored_at_any_message_goes_on_bit_for_bit_and_looking_changes_nothing(
    steps: list[Step], share: float
):
    whole, messages, _ = fold(steps)
    cut = int(share * len(messages))
    parted = Company.restore(beginning())
    for message in messages[:cut]:
        parted.apply(message, parted.position + 1)
    restored = Company.restore(parted.snapshot())
    for message in messages[cut:]:
        restored.apply(decode(encode(message)), restored.position + 1)
        restored.views()

    assert restored.snapshot() == whole.snapshot()
    assert (restored.digest, restored.timing_digest) == (whole.digest, whole.timing_digest)


@examples(8)
@given(STEPS)
def test_no_duty_is_told_as_late_twice_nor_before_its_time_and_no_case_is_closed_with_one_owed(
    steps: list[Step],
):
    company, _, told = fold(steps)

    begun = [one for one in told if one.row.limit.startswith("duty-") and one.change == "breached"]
    assert len({one.row.case for one in begun}) == len(begun)
    for one in company.desk.duties.standing.rows():
        late = one.duty.is_late(company.tick_ns)
        assert one.duty.late == late or one.duty.done_ns == company.tick_ns
    for row in company.desk.alerts.cases():
        identity = row.limit, row.scope, row.period
        beyond = company.desk.arrivals.count(identity)
        assert not beyond or (row.condition, row.severity) == ("firing", "breach")
    for row in company.desk.alerts.cases():
        owed = [duty for duty in row.duties if not duty.done_ns]
        assert row.status != "closed" or not owed
        assert row.waiver is None or row.waiver.until_ns > company.tick_ns
        for duty in owed:
            assert duty.late == (0 < duty.due_ns < company.tick_ns)
