"""Every clause of the policies in force on the screen, as its figure or its newest check says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from state.messages import AnyMessage, Counterparty, Policy, SettlesAt, Tick, TradeCheck
from state.moments import HOUR_NS
from state.policy.load_risk import load_risk
from state.policy.risk_policy import parts
from state.policy.tolerances import ToleranceTable
from state.screens.policy import policy_view
from state.screens.policy_seen import ClauseRow
from tests.state.credit.samples import deal, policy
from tests.state.nop.company import POLICY, SVCE, Following
from tests.state.trading.samples import RECORD
from tests.state.worked import at, company, reference, tick, trade

DESK = (Path(__file__).parents[3] / "policies" / "desk-limits.yaml").read_text(encoding="utf-8")
DAY = date(2026, 7, 14)


def rows_of(found: Following) -> dict[str, ClauseRow]:
    return {row.id: row for row in policy_view(found.company.desk, found.company.tick_ns).rows}


def test_the_view_is_as_of_the_last_interval_whenever_in_the_next_one_it_is_made():
    desk, begin_ns = Following(DAY).company.desk, at(8, DAY)
    step_ns = desk.markets["west"].step_ns
    made = [policy_view(desk, begin_ns + more_ns) for more_ns in (0, 1, step_ns - 1, step_ns)]

    assert [view.at_ns - begin_ns for view in made] == [0, 0, 0, step_ns]
    assert made[0] == made[2]


def test_every_part_of_the_source_is_there_once_with_its_clause():
    found = policy_view(Following(DAY).company.desk, 0)
    source = load_risk(SVCE)
    wanted = {
        part.id: f"SVCE {part.at}"
        for _, part in parts(source)
        if not isinstance(part, ToleranceTable)
        and part.id not in {each.id for each in source.traded_products}
    }
    assert {row.id: row.clause for row in found.rows} == wanted
    assert len(found.rows) == len(wanted)
    assert found.policies == ["svce 2017-05-10"]


def test_a_tolerance_stands_as_its_limit_does():
    following = Following(DAY)
    following.plant(80.0)
    row = rows_of(following)["nop-energy-prompt-month"]

    assert (row.state, row.value, row.headroom) == ("breach", "80.0 %", "-10.0 %")
    assert (row.says, row.where) == ("90 % to 105 %", "Prompt month 2026-08")
    assert (row.instances, row.open) == (1, 1)

    following.plant(95.0)
    assert rows_of(following)["nop-energy-prompt-month"].state == "ok"


def test_what_the_source_leaves_open_is_unconfirmed_and_says_what_binds():
    rows = rows_of(Following(DAY))

    prompt = rows["limit-prompt-month"]
    assert (prompt.sureness, prompt.says) == (
        "unknown", "buy $5,000,000 and 100 MW; sell $2,000,000 and 50 MW",
    )  # fmt: skip
    assert "tier not known" in prompt.note
    assert rows["nop-energy-prompt-month"].sureness == "certain"
    assert rows["nop-capacity-balance-of-year"].sureness == "likely"
    assert "reconstruction" in rows["nop-capacity-balance-of-year"].note


def test_what_is_asked_before_a_trade_shows_the_newest_answer():
    following = Following(DAY)
    assert rows_of(following)["limit-prompt-month"].state == "unasked"

    def ask(name: str, mw: float) -> ClauseRow:
        one = trade(
            mw, 40.0, 0, 31 * 24, day=date(2026, 8, 1), settles_at=SettlesAt.CURVE, trader="ann"
        )
        check = TradeCheck(check=name, candidate=one, areas=("WECC", "California"))
        following.apply(
            RECORD, Counterparty(counterparty="CP-01", name="A", agreement="EEI"), check
        )
        return rows_of(following)["limit-prompt-month"]

    kept, rejected = ask("C-1", 20.0), ask("C-2", 120.0)
    assert (kept.state, kept.where) == ("kept", "check C-1, ann")
    assert (rejected.state, rejected.where) == ("breached", "check C-2, ann")
    assert (rejected.value, rejected.headroom) == ("120.0 MW", "-20.0 MW")
    assert rows_of(following)["trader-criteria"].state == "kept"


@pytest.mark.parametrize(("ceiling", "state"), [(1e6, "ok"), (300.0, "breach")])
def test_a_credit_limit_of_the_source_shows_the_worst_counterparty(ceiling: float, state: str):
    limits = policy(credit_value=ceiling)
    folded = company(
        *reference(), POLICY, limits, tick(8), deal(1, "A"), deal(5, "B", trade="b"), tick(9)
    )
    row = next(
        row
        for row in policy_view(folded.desk, folded.tick_ns).rows
        if row.id == "credit-transaction-value"
    )
    assert (row.state, row.where, row.value) == (state, "B", "$400")
    assert (row.instances, row.open) == (2, int(state == "breach"))


def test_a_credit_limit_without_a_number_says_so():
    assert rows_of(Following(DAY))["credit-owed"].state == "unread"


def test_the_desk_s_own_limits_follow_with_their_own_clause_and_policy():
    following = Following(DAY)
    following.apply(Policy(policy="desk-limits", version="1", source=DESK))
    row = rows_of(following)["intraday-coverage"]

    assert (row.policy, row.clause, row.part) == ("desk-limits 1", "desk limits §1", "limit")
    assert not row.clause.startswith("SVCE")


def test_a_scope_of_a_limit_that_nobody_knows_is_named_with_what_may_be_meant():
    following = Following(DAY)
    wrong = DESK.replace("{scope: firm, loss", "{scope: boook, loss")
    following.apply(Policy(policy="desk-limits", version="1", source=wrong))
    rows = rows_of(following)

    told = "no book is called boook; did you mean book? There are book, firm, other"
    assert rows["stop-loss"].note.partition("; 4,800 MWh")[0] == told
    assert "is called" not in rows["value-at-risk"].note


def test_the_page_is_written_anew_when_a_policy_a_check_or_a_case_changes_it():
    following = Following(DAY)

    def written_after(*messages: AnyMessage) -> bool:
        folded = following.company
        folded.changed_views()
        for message in messages:
            folded.apply(message, folded.position + 1)
        return "policy" in folded.changed_views()

    one = trade(5.0, 40.0, 0, 24, day=date(2026, 8, 1), trader="ann")
    assert written_after(TradeCheck(check="C-1", candidate=one))
    assert written_after(Policy(policy="desk-limits", version="1", source=DESK))
    assert not written_after(RECORD)

    following.company.changed_views()
    assert following.plant(80.0), "a breach"
    assert "policy" in following.company.changed_views()


def test_a_duty_says_in_how_many_cases_it_is_owed_and_in_how_many_it_is_late():
    following = Following(DAY)
    before = rows_of(following)["duty-report-breach"]
    assert before.state == "owed", "positions out of tolerance were found with the policy"
    assert before.value == f"{before.instances} owed"

    at_ns = following.company.tick_ns + HOUR_NS
    following.company.apply(Tick(at_ns=at_ns), following.company.position + 1)
    late = rows_of(following)["duty-report-breach"]
    assert (late.state, late.value) == ("late", f"{late.instances} owed, {late.instances} late")
    report = rows_of(following)["duty-quarterly-report"]
    assert (report.state, report.where) == ("duty", "due by the end of 2026-10-14")


def test_a_duty_that_no_breach_calls_for_says_that_it_is_owed():
    following = Following(DAY)
    following.apply(trade(5.0, 40.0, 0, 24, day=date(2026, 8, 1)))
    row = rows_of(following)["duty-check-credit"]

    assert (row.state, row.value) == ("late", "1 owed, 1 late")
