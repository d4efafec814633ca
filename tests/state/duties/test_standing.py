"""What no breach calls for: every so many months, after contracts, after records that are new."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest

from state.company import Company
from state.duties.standing import DONE_KEPT
from state.messages import ActionKind, AnyMessage, Counterparty, TradeCheck
from state.moments import HOUR_NS, SECOND_NS
from state.pretrade.check import answer_to
from state.pretrade.verdict import Outcome
from tests.state.credit.samples import policy as credit_policy
from tests.state.duties.house import House, at, local, require_alike
from tests.state.duties.standing import (
    DETERMINE,
    ENTER,
    NEW,
    UNVERIFIED,
    VERIFY,
    VET,
    deal,
    do,
    house,
    named,
    owed,
)
from tests.state.nop.company import POLICY, another

LIMITS = credit_policy("{least_volume_mwh: 1}", credit_volume_mwh=1e6)
CHECK = "duty-check-credit"


def names(one: House) -> list[str]:
    return [row.duty.duty for row in owed(one) if not row.periodic]


# Before a trade ----------------------------------------------------------------------------------


def asked(one: House, **terms: Any) -> dict[str, str]:
    """Return for what a check of a deal with the new counterparty is referred, and clauses."""
    candidate = deal(**{"trade": "D9", "counterparty": "CP-02", **terms})
    answer = answer_to(
        one.company.desk, TradeCheck(check="c", candidate=candidate), [], at_ns=one.company.tick_ns
    )
    referred = [each for each in answer.effects if each.outcome is Outcome.REFERRED]
    return {each.limit: each.clause for each in referred if each.scope == "CP-02"}


def test_a_check_with_a_counterparty_that_is_not_vetted_is_referred_with_what_is_still_open():
    one = house()
    one.apply(NEW)

    assert asked(one) == {VET: "§6.2 p. 12", DETERMINE: "§6.2 p. 12"}
    assert asked(one, counterparty="CP-01") == {}
    assert do(one, VET) == ""
    assert asked(one) == {DETERMINE: "§6.2 p. 12"}
    assert do(one, DETERMINE) == ""
    assert asked(one) == {ENTER: "§6.2 p. 12"}
    one.apply(LIMITS)
    assert ENTER not in names(one)
    assert asked(one) == {}


def test_another_version_of_a_contract_is_referred_only_where_it_brings_in_who_is_not_vetted():
    one = house()
    one.apply(NEW, deal(trade="D9", counterparty="CP-02"), deal(trade="D8", counterparty="CP-01"))

    assert asked(one, version=2, mw=0.5) == {}
    assert set(asked(one, version=2, trade="D8")) == {VET, DETERMINE}


# Every so many months ----------------------------------------------------------------------------

PERIODIC = {
    "duty-verify-updates": "2028-06-16 00:00",
    "duty-affirm-policies": "2027-06-16 00:00",
    "duty-emerging-risks": "2026-09-16 00:00",
    "duty-review-front-office": "2027-06-16 00:00",
    "duty-quarterly-report": "2026-09-16 00:00",
    "duty-annual-assurance": "2027-06-16 00:00",
    "duty-transaction-summary": "2026-09-16 00:00",
}


def test_every_periodic_duty_of_the_policy_is_due_a_period_after_it_came_into_force():
    found = {row.duty.duty: local(row.duty.due_ns) for row in owed(house()) if row.periodic}

    assert found == PERIODIC


def test_a_periodic_duty_that_is_not_done_is_late_once_with_its_clause_and_ends_when_it_is_done():
    one = house()
    due_ns = named(one, "duty-quarterly-report").duty.due_ns
    one.tick(due_ns)
    assert "duty-quarterly-report" not in one.limits()

    one.tick(due_ns + SECOND_NS)
    one.tick(due_ns + HOUR_NS)
    (late,) = [row for row in one.company.desk.alerts.cases() if row.limit.endswith("-report")]
    assert (late.condition, late.clause) == ("firing", "SVCE §3.4 p. 5")
    assert do(one, "duty-quarterly-report") == ""
    assert one.case("duty-quarterly-report").condition == "resolved"


def test_a_periodic_duty_is_due_again_a_period_after_it_was_done():
    one = house()
    one.tick(at("2026-08-31 10:00"))
    assert do(one, "duty-quarterly-report") == ""

    again = named(one, "duty-quarterly-report")
    assert local(again.duty.due_ns) == "2026-12-01 00:00"
    done = [row for row in one.company.views()["cases"].standing if row.duty.done_ns]
    assert [(row.duty.done_by, row.duty.note) for row in done] == [("rita", "minutes 12")]


def test_another_version_of_the_policy_keeps_when_a_duty_was_last_done():
    one = house()
    one.tick(at("2026-08-31 10:00"))
    do(one, "duty-quarterly-report")
    said = "publish the risk report, deadlines: [periodic], every_months: "
    source = POLICY.source.replace(f"{said}3", f"{said}6")
    assert source != POLICY.source
    one.apply(another(source))
    one.tick(one.company.tick_ns + SECOND_NS)

    assert local(named(one, "duty-quarterly-report").duty.due_ns) == "2027-03-01 00:00"
    assert local(named(one, "duty-affirm-policies").duty.due_ns) == "2027-06-16 00:00"


def test_the_alert_of_a_late_duty_ends_when_the_policy_asks_for_it_later():
    one = house()
    one.tick(named(one, "duty-quarterly-report").duty.due_ns + SECOND_NS)
    source = POLICY.source.replace("every_months: 3}", "every_months: 9}")
    one.apply(another(source))
    one.tick(one.company.tick_ns + SECOND_NS)

    assert one.case("duty-quarterly-report").condition == "resolved"
    assert local(named(one, "duty-quarterly-report").duty.due_ns) == "2027-03-16 00:00"


def test_nothing_is_owed_without_a_written_policy():
    one = house(policy=False)
    one.apply(deal(), UNVERIFIED, NEW)
    one.tick(one.company.tick_ns + SECOND_NS)

    assert owed(one) == []


# After contracts ---------------------------------------------------------------------------------


def test_contracts_nobody_checked_are_one_duty_a_day_of_execution_with_their_number():
    one = house()
    for number in range(5):
        one.apply(deal(trade=f"T{number}"))
    one.apply(deal(trade="old", executed_at_ns=at("2026-06-12 10:00")))
    found = [(row.what, row.count) for row in owed(one) if row.duty.duty == CHECK]
    assert found == [("contracts of 2026-06-15", 5), ("contracts of 2026-06-12", 1)]

    one.tick(one.company.tick_ns + SECOND_NS)
    late = [row for row in one.company.desk.alerts.cases() if row.limit == CHECK]
    assert [row.clause for row in late] == ["SVCE §6.3 p. 13"] * 2


def test_a_contract_that_was_asked_about_leaves_no_check_undone_and_another_one_does():
    one = house()
    asked = deal(trade="asked")
    one.apply(TradeCheck(check="c", candidate=asked, areas=("WECC",)))
    one.apply(msgspec.structs.replace(asked, executed_at_ns=one.company.tick_ns))
    assert names(one) == []

    one.apply(TradeCheck(check="d", candidate=deal(trade="small"), areas=("WECC",)))
    one.apply(deal(2.0, trade="small"))
    assert names(one) == [CHECK]


def test_a_later_version_of_a_contract_is_no_new_one():
    one = house()
    one.apply(deal(), deal(2.0, version=2), deal(3.0, version=3))

    assert named(one, CHECK).count == 1


# After records -----------------------------------------------------------------------------------


def test_a_new_trader_is_to_be_verified_until_the_record_is_whole():
    one = house()
    one.apply(UNVERIFIED)
    assert (named(one, VERIFY).what, named(one, VERIFY).duty.due_ns) == ("trader bea", 0)

    one.apply(msgspec.structs.replace(UNVERIFIED, experience="ten years"))
    assert names(one) == []


def test_a_new_trader_who_trades_unverified_makes_the_verification_late():
    one = house()
    one.apply(UNVERIFIED)
    one.tick(one.company.tick_ns + HOUR_NS)
    assert VERIFY not in one.limits()

    one.apply(deal(trader="bea"))
    one.tick(one.company.tick_ns + SECOND_NS)
    assert one.case(VERIFY).clause == "SVCE §5.2 p. 9"


def test_a_new_counterparty_is_vetted_determined_then_entered_with_its_limits():
    one = house()
    one.apply(NEW)
    assert names(one) == [VET, DETERMINE]

    assert (do(one, VET), names(one)) == ("", [DETERMINE])
    assert (do(one, DETERMINE), names(one)) == ("", [ENTER])
    one.apply(POLICY)
    one.tick(one.company.tick_ns + SECOND_NS)
    assert names(one) == [ENTER]
    one.apply(LIMITS, POLICY)
    one.tick(one.company.tick_ns + SECOND_NS)
    assert names(one) == []


def test_a_counterparty_with_a_limit_in_force_is_entered_once_it_is_determined():
    one = house()
    one.apply(LIMITS, NEW)
    do(one, VET)
    do(one, DETERMINE)

    done = [row.duty for row in one.company.views()["cases"].standing if row.duty.duty == ENTER]
    assert [(row.done_by, row.late) for row in done] == [("Tieline", False)]


def test_the_first_contract_with_a_counterparty_nobody_vetted_makes_that_late():
    one = house()
    one.apply(NEW)
    do(one, VET)
    one.apply(deal(counterparty="CP-02"))
    one.tick(one.company.tick_ns + SECOND_NS)

    assert DETERMINE in one.limits()
    assert VET not in one.limits()


MANY = 60
"""More than stay on the screen once they are done."""

UNASKED = another(re.sub(r"\n.*after: new_counterparty.*", "", POLICY.source))


def newcomers(*, apart_ns: int = 0) -> House:
    """Many counterparties that nobody vetted before the first contract with them."""
    one = house()
    for number in range(MANY):
        name = f"NEW-{number:02d}"
        one.apply(Counterparty(counterparty=name, name=name, agreement="EEI"))
        one.apply(deal(counterparty=name, trade=name))
        if apart_ns:
            one.tick(one.company.tick_ns + apart_ns)
    one.tick(one.company.tick_ns + SECOND_NS)
    assert {VET, DETERMINE} <= set(one.limits())
    return one


def test_late_duties_that_another_policy_no_more_asks_for_end_their_alerts_however_many_they_are():
    one = newcomers(apart_ns=SECOND_NS)
    one.apply(UNASKED)
    one.tick(one.company.tick_ns + SECOND_NS)

    told = [row for row in one.company.desk.alerts.cases() if row.limit in {VET, DETERMINE}]
    assert len(told) == 2 * MANY
    assert {row.condition for row in told} == {"resolved"}
    assert sum(bool(row.duty.done_ns) for row in one.company.views()["cases"].standing) == DONE_KEPT


def test_an_alert_of_late_duties_counts_those_done_until_the_last_of_them_is():
    one = newcomers()
    for _ in range(MANY - 1):
        assert do(one, VET) == ""
    assert one.case(VET).condition == "firing"
    rows = one.company.views()["cases"].standing
    assert sum(row.duty.duty == VET and bool(row.duty.done_ns) for row in rows) == MANY - 1

    assert do(one, VET) == ""
    assert one.case(VET).condition == "resolved"


# People ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "duty", "reason"),
    [
        (ActionKind.CLOSE, "duty-quarterly-report", "no case"),
        (ActionKind.DONE, "duty-affirm-policies", "not duty-affirm-policies"),
        (ActionKind.DONE, "", "not one unnamed"),
    ],
)
def test_what_cannot_be_done_to_a_duty_says_why(kind: ActionKind, duty: str, reason: str):
    one = house()
    words = {"text": "cause", "resolution": "none", "duty": duty}

    assert reason in one.act(kind, named(one, "duty-quarterly-report").name, **words)


def test_a_duty_that_is_done_is_not_done_again():
    one = house()
    name = named(one, "duty-quarterly-report").name
    do(one, "duty-quarterly-report")
    one.tick(one.company.tick_ns + HOUR_NS)

    assert "done already" in one.act(ActionKind.DONE, name, duty="duty-quarterly-report")


# Restoring ---------------------------------------------------------------------------------------


def steps() -> list[AnyMessage]:
    messages: list[AnyMessage] = []

    class Noting(House):
        def apply(self, *each: AnyMessage) -> list[Any]:
            messages.extend(each)
            return super().apply(*each)

    noting = Noting(house().company)
    noting.apply(UNVERIFIED, NEW, deal(trader="bea", counterparty="CP-02"))
    noting.tick(noting.company.tick_ns + SECOND_NS)
    do(noting, VET)
    do(noting, CHECK)
    noting.tick(at("2026-09-20 08:00"))
    do(noting, "duty-quarterly-report")
    return messages


def test_standing_duties_go_on_where_they_were():
    whole = require_alike(house, steps())
    assert {CHECK, VET, VERIFY, "duty-quarterly-report"} <= set(whole.limits())


def test_a_duty_begun_after_a_restart_has_the_name_it_would_have_had_where_nothing_was_owed():
    whole = house()
    whole.apply(another(nothing_owed(POLICY.source)))
    whole.tick(whole.company.tick_ns + SECOND_NS)
    assert not whole.company.views()["cases"].standing
    restored = House(Company.restore(whole.company.snapshot()))

    for one in (whole, restored):
        one.apply(msgspec.structs.replace(POLICY, version="3"))
        one.tick(one.company.tick_ns + SECOND_NS)

    assert owed(restored) == owed(whole)
    assert restored.company.digest == whole.company.digest


def nothing_owed(source: str) -> str:
    return re.sub(
        r"deadlines: \[periodic.*\], every_months: \d+", "deadlines: [on_request]", source
    )


def test_a_state_saved_before_there_were_such_duties_begins_them_at_its_next_tick():
    one = house()
    saved = one.company.desk.duties
    saved.standing.restore(one.company.desk, None)
    assert saved.is_behind

    one.tick(one.company.tick_ns + SECOND_NS)
    assert len([row for row in owed(one) if row.periodic]) == len(PERIODIC)
