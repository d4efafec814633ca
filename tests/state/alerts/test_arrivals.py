"""A trade that comes without authority is recorded, and is a case with its clause and cause."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.alerts import arrivals
from state.company import Company
from state.explain.arithmetic import explain
from state.messages import (
    ActionKind,
    AnyMessage,
    ResourceKind,
    Tick,
    Trade,
    TradeAction,
    TradeCheck,
)
from state.moments import HOUR_NS, SECOND_NS
from state.reports.exceptions import report
from state.screens.checks_seen import CheckAnswer, LimitEffect, Outcome
from state.trading import judgement
from state.trading.decision import Decision
from state.wire import decode, encode
from tests.state.alerts.arrived import beyond, case_of, house
from tests.state.duties.house import House, require_alike
from tests.state.nop.company import POLICY
from tests.state.pretrade.house import (
    AUGUST,
    PEOPLE,
    TODAY,
    ask,
    made,
    random_trades,
)
from tests.state.strategies import examples
from tests.state.worked import at, contract, reference, resource, tick, trade

pytestmark = pytest.mark.usefixtures("west_lies_where_the_policy_allows")

DAY = "2026-07-15"
BEYOND = frozenset((Outcome.PROHIBITED, Outcome.BREACHED, Outcome.REFERRED))
ROW = "limit-prompt-month"
ROW_TODAY = "limit-real-time"


def deal(mw: float = 30.0, **terms: Any) -> Trade:
    """A contract that passes every clause, changed."""
    facts = {"usd": 40.0, "counterparty": "A", "trader": "ann", "trade": "1", "version": 1}
    begins, hours = terms.pop("begins", (AUGUST, 0)), terms.pop("hours", 1)
    return made(begins, hours, mw=mw, **{**facts, **terms})


# What is a case ----------------------------------------------------------------------------------


def test_a_cancel_or_a_version_that_counts_no_more_is_not_valued_beside_the_desk(
    monkeypatch: pytest.MonkeyPatch,
):
    one, valued = house(), []
    today = {"begins": (TODAY, 12)}
    one.apply(deal(**today), deal(version=3, **today))
    unwatched = arrivals.situation_of

    def watched(*args: Any, **words: Any) -> Any:
        valued.append(args[1].candidate.version)
        return unwatched(*args, **words)

    monkeypatch.setattr(arrivals, "situation_of", watched)
    one.apply(deal(version=2, **today), deal(version=4, action=TradeAction.CANCEL, **today))
    assert valued == []
    one.apply(deal(version=5, **today))
    one.apply(deal(version=6, mw=31.0, **today))
    assert 6 in valued


def test_a_trade_within_every_clause_is_no_case():
    one = house()
    one.apply(deal())

    assert beyond(one) == []


@pytest.mark.parametrize(
    ("terms", "limit", "clause"),
    [
        ({"trader": "dot"}, "trader-criteria", "SVCE §5.2 p. 9"),
        ({"trader": "cyn"}, "trader-criteria", "SVCE §5.2 p. 9"),
        ({"trader": ""}, "trader-criteria", "SVCE §5.2 p. 9"),
        ({"trader": "bea", "hours": 24 * 100}, "trader-record", "SVCE §5.2 p. 9"),
        ({"trader": "eve"}, "trader-record", "SVCE §5.2 p. 9"),
        ({"counterparty": "D"}, "agreements", "SVCE §5.5 p. 10"),
        ({"counterparty": "C"}, "agreement-ppa", "SVCE §5.5 p. 10"),
        ({"counterparty": "E"}, "counterparty", "SVCE §6.2 p. 12"),
        ({"mw": 100.5}, ROW, "SVCE §5.6 p. 11"),
        ({"mw": -50.5}, ROW, "SVCE §5.6 p. 11"),
        ({"mw": 10.0, "usd": 500_001.0}, ROW, "SVCE §5.6 p. 11"),
        ({"begins": (TODAY, 12)}, "limit-real-time", "SVCE §5.6 p. 11"),
    ],
)
def test_a_trade_beyond_a_clause_is_a_case_with_the_clause_and_the_trade_as_its_cause(
    terms: dict[str, Any], limit: str, clause: str
):
    one, came = house(), deal(**terms)
    one.apply(came)

    row = case_of(one, limit)
    assert (row.clause, row.severity, row.condition) == (clause, "breach", "firing")
    assert (row.cause_key, row.passive) == (came.key, False)
    assert (row.scope, row.period) == (came.trader, DAY)
    assert one.company.desk.markets["west"].contracts.trades.holds_identity(came.identity)


def test_trades_without_a_trader_share_no_case_with_those_of_a_trader_of_any_name():
    one = house()
    one.apply(deal(trade="none", trader=""), deal(trade="named", trader="nobody"))

    told = {row.scope: row.headline for row in beyond(one) if row.limit == "trader-criteria"}
    assert told.keys() == {"", "nobody"}
    assert told[""].startswith(f"Trades without a trader on {DAY} without authority: ")
    assert told["nobody"].startswith(f"Trades of nobody on {DAY} without authority: ")


@pytest.mark.parametrize("terms", [{"mw": 100.0}, {"mw": -50.0}, {"mw": 10.0, "usd": 500_000.0}])
def test_a_trade_at_the_edge_of_a_row_is_inside(terms: dict[str, Any]):
    one = house()
    one.apply(deal(**terms))

    assert beyond(one) == []


@pytest.mark.parametrize(
    ("share", "usd", "beyond_row"),
    [
        (0.5, 40.0, None),  # of 200 MW; 47.5 MWh at 40 $
        (0.505, 40.0, "101.0 MW > 100 MW"),
        (0.5, 110_000.0, "$5,225,000 > $5,000,000"),  # half of the outlook's 95 MW, one hour
    ],
)
def test_a_share_of_a_plant_is_held_to_the_mw_of_its_capacity_and_the_mwh_expected_of_it(
    share: float, usd: float, beyond_row: str | None
):
    one = house()
    one.apply(deal(share, usd=usd, product="ppa", resource="plant", location="NODE"))

    found = [row for row in beyond(one) if row.limit == ROW]
    assert [beyond_row in str(explain(one.company, row.case)) for row in found] == [True] * bool(
        beyond_row
    )


@pytest.mark.parametrize(
    ("plant", "missing"),
    [
        ("plant", "the MW of the trade are not known: resource 'plant' has no capacity_mw above 0"),
        ("wind", "the $ of the trade are not known: wind has no outlook for 2026-08; send one"),
    ],
)
def test_a_share_of_an_output_that_is_not_known_is_not_decided_and_what_is_missing_is_named(
    plant: str, missing: str
):
    one, record = house(), resource("plant", "NODE", ResourceKind.THERMAL)
    one.apply(msgspec.structs.replace(record, capacity_mw=0.0))
    one.apply(resource("wind", "NODE", ResourceKind.WIND))
    answer = ask(one.company, deal(0.5, product="ppa", resource=plant, location="NODE"))

    unknown = [each.reason for each in answer.effects if each.outcome is Outcome.UNKNOWN]
    assert sum(reason.startswith(missing) for reason in unknown) == 1
    assert answer.decision == Decision.NO_DECISION


@pytest.mark.parametrize(
    ("profile", "beyond_row"),
    [
        ((60.0, -50.0), None),
        ((60.0, -50.5), "50.5 MW > 50 MW"),  # though its largest hour is bought
        ((100.5, -20.0), "100.5 MW > 100 MW"),
    ],
)
def test_a_shape_is_held_to_the_limits_on_purchases_and_to_those_on_sales(
    profile: tuple[float, float], beyond_row: str | None
):
    one = house()
    one.apply(deal(0.0, hours=2, product="shaped", profile_mw=np.array(profile)))

    found = [row for row in beyond(one) if row.limit == ROW]
    assert [beyond_row in str(explain(one.company, row.case)) for row in found] == [True] * bool(
        beyond_row
    )


def test_a_trade_that_says_it_is_executed_later_is_held_to_the_horizon_of_the_day_it_comes():
    one = house()
    one.apply(deal(100.5, executed_at_ns=at(0, AUGUST)))

    assert [row.limit for row in beyond(one)] == [ROW]


def test_a_market_outside_the_areas_of_the_list_is_not_approved(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(judgement.AREAS, "west", ())
    one = house()
    one.apply(deal())

    row = case_of(one, "markets")
    assert (row.clause, row.severity) == ("SVCE §5.3 p. 9", "breach")


def test_where_a_market_lies_that_nobody_told_is_not_known(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(judgement.AREAS, "west")
    one = house()
    one.apply(deal())

    row = case_of(one, "markets")
    assert (row.clause, row.severity) == ("SVCE §5.3 p. 9", "unknown")


def test_a_real_time_trade_that_brings_the_position_nearer_to_zero_schedules_the_load():
    one = house()
    one.apply(deal(30.0, begins=(TODAY, 12)))
    assert [row.limit for row in beyond(one)] == ["limit-real-time"]

    one.apply(deal(-20.0, begins=(TODAY, 12), trade="2"))
    assert case_of(one, "limit-real-time").members == ["blotter/1"]


def test_hours_that_are_delivered_are_no_load_to_schedule():
    one = house()
    one.apply(deal(-30.0, begins=(TODAY, 4), hours=3))
    answer = ask(one.company, deal(20.0, begins=(TODAY, 4), hours=3, trade="2"))
    assert ROW_TODAY in not_passed(answer)
    over = "its delivery is over: it schedules no load; the Middle Office decides"
    told = [effect.reason for effect in answer.effects if effect.limit == ROW_TODAY]
    assert [reason.partition(": ")[2] for reason in told if over in reason] == [over] * 2
    assert not any("nearer to zero" in reason for reason in told)
    one.apply(deal(20.0, begins=(TODAY, 4), hours=3, trade="2"))
    assert case_of(one, ROW_TODAY).members == ["blotter/1", "blotter/2"]
    assert over in case_of(one, ROW_TODAY).headline


def test_a_delivery_of_days_that_are_past_is_over_and_not_unknown():
    one = house()
    answer = ask(one.company, deal(20.0, begins=(TODAY - timedelta(days=5), 4), hours=3))

    found = [effect for effect in answer.effects if effect.limit == ROW_TODAY and effect.unit]
    assert {effect.outcome for effect in found} == {Outcome.REFERRED}
    assert all("its delivery is over" in effect.reason for effect in found)


def test_a_position_that_is_not_known_makes_the_case_unknown_and_no_breach():
    one = house()
    one.apply(deal(begins=(date(2026, 7, 8), 0), hours=24 * 8))

    row = case_of(one, "limit-real-time")
    assert (row.severity, row.condition) == ("unknown", "unknown")
    assert row.value_text == "1 not known"


def test_a_congestion_right_is_held_to_its_own_value_at_risk_as_a_check_holds_it():
    one = house()
    right = contract(
        "crr_obligation", 20.0, 1.0, 0, 24 * 31, day=AUGUST, second_location="NODE", trade="R",
        counterparty="A", trader="ann",
    )  # fmt: skip
    answer = ask(one.company, right, venue="caiso")
    one.apply(right)

    assert {row.limit for row in beyond(one)} == not_passed(answer)


def test_the_value_at_risk_of_a_right_that_no_scenario_moves_is_not_known_nor_of_another_like_it():
    one = house()
    for name in ("R1", "R2"):
        one.apply(
            contract(
                "crr_obligation", 20.0, 1.0, 0, 24 * 31, day=AUGUST, location="LONELY",
                second_location="NODE", trade=name, counterparty="A", trader="ann",
            )
        )  # fmt: skip

    row = case_of(one, "limit-crr-month")
    assert (row.severity, row.value_text) == ("unknown", "2 not known")


def test_the_value_at_risk_of_a_right_between_two_points_of_a_hub_is_known_within_the_days_alone():
    one = house()
    row = "limit-crr-month"
    for name, day, days in (("R1", TODAY + timedelta(days=1), 1), ("R2", AUGUST, 31)):
        right = contract(
            "crr_obligation", 20.0, 1.0, 0, 24 * days, day=day, location="ZONE",
            second_location="NODE", trade=name, counterparty="A", trader="ann",
        )  # fmt: skip
        answer = ask(one.company, right, venue="caiso")
        usd = [each for each in answer.effects if (each.limit, each.unit) == (row, "$")]
        assert [each.outcome is Outcome.UNKNOWN for each in usd] == [name == "R2"]
        one.apply(right)

    assert "beyond the days held ZONE and NODE are priced as HUB, both" in usd[0].reason
    assert case_of(one, row).members == ["blotter/R2"]
    assert case_of(one, row).severity == "unknown"


def not_passed(answer: CheckAnswer) -> set[str]:
    def told(effect: LimitEffect) -> bool:
        return effect.policy.startswith("svce") and not effect.limit.startswith("nop-")

    stops = {*BEYOND, Outcome.UNKNOWN}
    return {each.limit for each in answer.effects if told(each) and each.outcome in stops}


@examples(25)
@given(random_trades, random_trades, st.booleans())
def test_what_a_check_says_of_section_5_is_what_the_trade_is_told_when_it_comes(
    held: Trade,
    one: Trade,
    amends: bool,  # noqa: FBT001 - drawn
):
    folded = house()
    held = msgspec.structs.replace(held, trade="7", version=1, action=TradeAction.NEW)
    name, action = ("7", TradeAction.AMEND) if amends else ("8", TradeAction.NEW)
    one = msgspec.structs.replace(one, trade=name, version=2, action=action)
    folded.apply(held)
    answer = ask(folded.company, one)
    folded.apply(one)

    told = {row.limit for row in beyond(folded) if f"blotter/{name}" in row.members}
    fired = {row.limit for row in beyond(folded) if row.condition in {"firing", "unknown"}}
    assert told & fired == not_passed(answer)


def test_a_price_corrected_later_does_not_take_a_trade_out_of_what_schedules_the_load():
    one = house()
    one.apply(deal(30.0, begins=(TODAY, 12)))
    one.apply(deal(-20.0, begins=(TODAY, 12), trade="2"))
    one.apply(deal(-20.0, begins=(TODAY, 12), trade="2", version=2, usd=41.0))

    assert case_of(one, "limit-real-time").members == ["blotter/1"]


# Many, amended, cancelled, over ------------------------------------------------------------------


def test_many_trades_beyond_one_clause_on_one_day_are_one_case_that_names_them():
    one = house()
    found = [one.apply(deal(trader="dot", trade=f"{number}")) for number in range(5)]

    told = [each for each in found if any(t.row.limit == "trader-criteria" for t in each)]
    row = case_of(one, "trader-criteria")
    assert (len(told), row.value_text) == (1, "5 beyond it")
    assert row.members == [f"blotter/{number}" for number in range(5)]


def test_of_more_trades_than_a_case_names_it_names_the_newest_whether_somebody_looked_or_not(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(arrivals, "MEMBERS_SHOWN", 3)
    week = {"begins": (date(2026, 7, 8), 0), "hours": 24 * 8}  # its open position is not known
    unknown = [deal(trade=f"{number}", **week) for number in range(5)]
    watched, alone = house(), house()
    for each in (*unknown, deal(30.0, begins=(TODAY, 12), trade="5")):
        watched.apply(each)
        beyond(watched)
        alone.apply(each)

    row = case_of(alone, "limit-real-time")
    assert (row.severity, row.members) == ("breach", [f"blotter/{number}" for number in (3, 4, 5)])
    assert row == case_of(watched, "limit-real-time")


@pytest.mark.parametrize("seen", [True, False])
def test_a_case_whose_first_trade_counts_no_more_names_the_newest_that_does(*, seen: bool):
    one = house()
    for number in "123":
        one.apply(deal(120.0, trade=number))
    one.apply(deal(120.0, trade="3", version=2, action=TradeAction.CANCEL))
    assert case_of(one, ROW).cause_key == "trade/blotter/1/1"

    one.apply(deal(120.0, version=2, action=TradeAction.CANCEL))
    if seen:
        row = case_of(one, ROW)
        assert (row.cause_key, row.members) == ("trade/blotter/2/1", ["blotter/2"])
        assert row.cause.startswith("trade blotter/2 v1: bought 120 MW")
    one.apply(deal(130.0, trade="2", version=2, action=TradeAction.AMEND))
    one.apply(deal(120.0, trade="4"))
    assert case_of(one, ROW).cause_key == "trade/blotter/2/2"
    one.apply(deal(trade="2", version=3), deal(trade="4", version=2))
    assert (case_of(one, ROW).condition, case_of(one, ROW).cause_key) == (
        "resolved",
        "trade/blotter/4/1",
    )


def test_a_case_that_is_only_not_known_once_a_trade_is_cancelled_names_the_one_not_known():
    one, week = house(), {"begins": (date(2026, 7, 8), 0), "hours": 24 * 8, "trade": "1"}
    one.apply(deal(30.0, begins=(TODAY, 12), trade="2"), deal(**week))
    one.apply(deal(30.0, begins=(TODAY, 12), trade="2", version=2, action=TradeAction.CANCEL))

    row = case_of(one, "limit-real-time")
    assert (row.condition, row.cause_key, row.passive) == ("unknown", "trade/blotter/1/1", False)


def test_another_trader_is_another_case():
    one = house()
    one.apply(deal(trader="dot"), deal(trader="cyn", trade="2"))

    rows = [row for row in beyond(one) if row.limit == "trader-criteria"]
    assert sorted(row.scope for row in rows) == ["cyn", "dot"]


@pytest.mark.parametrize(
    "change", [{"action": TradeAction.CANCEL}, {"mw": 90.0, "action": TradeAction.AMEND}]
)
def test_a_trade_cancelled_or_amended_to_what_is_allowed_ends_the_condition(change: dict[str, Any]):
    one = house()
    one.apply(deal(120.0))
    one.apply(deal(**{"mw": 120.0, **change, "version": 2}))

    row = case_of(one, ROW)
    assert (row.condition, row.value_text) == ("resolved", "none")


def test_the_condition_expires_with_the_company_s_day_and_a_person_closes_the_case():
    one = house()
    one.apply(deal(120.0))
    one.tick(at(24) - SECOND_NS)
    assert case_of(one, ROW).condition == "firing"

    found = one.tick(at(24))
    assert [each.change for each in found if each.row.limit == ROW] == ["expired"]
    for duty in case_of(one, ROW).duties:
        one.act(ActionKind.DONE, case_of(one, ROW).case, duty=duty.duty)
    words = {"text": "typed a zero too many", "resolution": "cancelled"}
    assert one.act(ActionKind.CLOSE, case_of(one, ROW).case, **words) == ""


# Checked before ----------------------------------------------------------------------------------


def checked(one: House, came: Trade) -> None:
    one.apply(TradeCheck(check="c", candidate=came, areas=("WECC", "California")))
    assert one.company.desk.checks.answers[-1].decision == "accept"


def test_a_trade_that_was_accepted_as_it_comes_is_not_judged_again(
    monkeypatch: pytest.MonkeyPatch,
):
    def judged(*_: Any, **__: Any) -> Any:
        message = "judged"
        raise AssertionError(message)

    one, came = house(), deal()
    checked(one, came)
    monkeypatch.setattr(arrivals, "failing_of", judged)
    one.apply(msgspec.structs.replace(came, executed_at_ns=one.company.tick_ns))

    with pytest.raises(AssertionError, match="judged"):
        one.apply(deal(trade="2"))


def test_a_trade_larger_than_the_one_accepted_is_judged():
    one = house()
    checked(one, deal())
    one.apply(deal(120.0))

    assert [row.limit for row in beyond(one)] == [ROW]


def test_an_acceptance_holds_until_the_record_or_the_policy_changes_and_no_longer_than_its_day():
    withdrawn = msgspec.structs.replace(PEOPLE[0], authorised=False)
    one = house()
    checked(one, deal())
    one.apply(withdrawn, deal())
    assert [row.limit for row in beyond(one)] == ["trader-criteria"]

    two = house()
    checked(two, deal())
    two.company.desk.traders.pop("ann")
    two.tick(at(24))
    two.apply(deal())
    assert "trader-criteria" in [row.limit for row in beyond(two)]


def test_a_trade_that_was_refused_and_came_nevertheless_is_held_to_the_terms_of_its_check():
    one, came = house(), deal(counterparty="C", mw=120.0)
    one.apply(
        TradeCheck(check="c", candidate=came, areas=("WECC",), board_approved=True),
        came,
    )

    assert [row.limit for row in beyond(one)] == [ROW], "the Board had approved the agreement"


def test_terms_a_check_does_not_give_are_those_of_a_trade_that_nobody_asked_about():
    unasked, asked, came = house(), house(), deal()
    unasked.apply(came)
    asked.apply(TradeCheck(check="c", candidate=came))
    answer = asked.company.desk.checks.answers[-1]
    asked.apply(came)

    assert answer.decision == "accept", answer
    assert beyond(unasked) == beyond(asked) == []


def test_no_area_given_on_purpose_is_none():
    one, came = house(), deal()
    one.apply(TradeCheck(check="c", candidate=came, areas=()), came)

    assert one.company.desk.checks.answers[-1].decision == "reject"
    assert [row.limit for row in beyond(one)] == ["markets"]


def test_a_check_of_an_older_log_says_what_it_said():
    older = TradeCheck(check="c", candidate=deal(), venue="bilateral", areas=())
    for check in (older, TradeCheck(check="c", candidate=deal())):
        read: Any = decode(encode(check))
        assert (read.venue, read.areas) == (check.venue, check.areas)


# When nothing is judged --------------------------------------------------------------------------


def test_nothing_is_judged_without_a_written_policy_nor_before_the_first_tick(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(arrivals.Arrivals, "judge", lambda *_: 1 / 0)
    one = House(Company("company"))
    one.apply(*reference(), tick(8), trade(5.0, 40.0, 9, 11))

    early = House(Company("company"))
    early.apply(*reference(), POLICY, trade(5.0, 40.0, 9, 11), tick(8))
    assert (beyond(one), beyond(early)) == ([], [])


# What is owed, told and kept ---------------------------------------------------------------------


def test_a_trade_without_authority_calls_for_reports_at_once_and_freezes_the_contract():
    one = house()
    one.apply(deal(120.0))

    row = case_of(one, ROW)
    owed = [(duty.duty, (duty.due_ns - duty.called_ns) // SECOND_NS) for duty in row.duties]
    assert owed == [("duty-report-breach", 900), ("duty-notify-material", 900)]
    assert row.frozen is not None
    assert (row.frozen.counterparty, row.frozen.quantity_mw) == ("A", 120.0)
    assert (row.frozen.value, row.frozen.notional_usd) == (1.0, 120.0 * 40.0)


def test_the_case_is_explained_and_reported_with_what_was_found():
    one = house()
    one.apply(deal(120.0))

    told = explain(one.company, case_of(one, ROW).case)
    assert any(
        "blotter/1: beyond it: purchase MW, Prompt Month: 120.0 MW > 100 MW" in line
        for line in told
    )
    (line,) = [
        row for row in report(one.company).tables[0].rows if row[-1] == case_of(one, ROW).case
    ]
    assert line[0] == "A"
    assert line[5] == "SVCE §5.6 p. 11: 100 MW (purchase MW, Prompt Month)"


def test_each_trade_beyond_a_clause_is_reported_with_facts_of_its_own():
    one, terms = house(), {"trader": "dot"}
    sold = deal(-20.0, trade="2", counterparty="B", **terms)
    gone = deal(10.0, trade="3", **terms)
    one.apply(deal(30.0, **terms), sold, gone)
    one.apply(msgspec.structs.replace(gone, version=2, action=TradeAction.CANCEL))

    row = case_of(one, "trader-criteria")
    first, second = (line for line in report(one.company).tables[0].rows if line[-1] == row.case)
    assert first[:4] == ("A", "purchase of energy", 30.0 * 40.0, 30.0)
    assert second[:4] == ("B", "sale of energy", 20.0 * 40.0, -20.0)
    assert "blotter/2 v1: sold 20 MW" in str(second[10])
    assert "trader dot has no record" in str(second[9])


def test_trades_without_authority_go_on_where_they_were():
    now_ns = at(8) + 2 * SECOND_NS
    checking = TradeCheck(check="c", candidate=deal(trade="9"), areas=("WECC", "California"))
    messages: list[AnyMessage] = [
        deal(120.0),
        deal(130.0, trader="dot", trade="2"),
        deal(trader="dot", trade="3"),
        Tick(at_ns=now_ns),
        checking,
        deal(110.0, version=2, action=TradeAction.AMEND),
        deal(version=3, action=TradeAction.CANCEL),
        deal(trade="9"),
        Tick(at_ns=now_ns + HOUR_NS),
        Tick(at_ns=at(24)),
    ]
    whole = require_alike(house, messages)
    assert {"breached", "expired"} <= {each.change for each in whole.told}
