"""What people read of duties, waivers and cases, and what they may do about them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dashboards.access import Role
from dashboards.markup import render
from dashboards.screen import _GESTURES
from dashboards.tiles import (
    alerts,
    case,
    case_file,
    case_list,
    cases,
    credit,
    duties,
    limits,
    nop,
    policy,
    top_row,
    value_at_risk,
)
from dashboards.tiles.case_lines import selected_case
from dashboards.tiles.tile import Choice
from state.moments import SECOND_NS
from state.screens.cases_seen import CaseRow, CaseView, StandingDuty
from state.screens.policy_seen import PolicyView
from state.screens.view import View
from tests.dashboards import handmade
from tests.dashboards.handmade import NOW_NS, evening, owed_case, waiver
from tests.dashboards.scenes import scene_of

CHOSEN = Choice(case="case-nop")


def with_case(row: CaseRow) -> dict[str, View]:
    return evening(cases=handmade.cases(row))


def shown(tile: Any, name: str, row: CaseRow, role: Role = Role.RISK) -> str:
    scene = scene_of(with_case(row), role=role, choice=CHOSEN)
    return render(f"{name}.html", **tile.values(scene))


def duty_lines(row: CaseRow, role: Role = Role.RISK) -> list[Any]:
    lines: Any = duties.values(scene_of(with_case(row), role=role))["lines"]
    return list(lines)


def test_duties_stand_soonest_first_with_their_countdown_and_those_without_an_end_last():
    assert [(line.word, line.left) for line in duty_lines(owed_case())] == [
        ("LATE", "2 h 00 min late"),
        ("OWED", "11 min left"),
        ("OWED", "owed for 4 min"),
    ]


def standing_lines(*standing: StandingDuty, role: Role = Role.RISK) -> list[Any]:
    view = CaseView(cases=[], standing=list(standing))
    lines: Any = duties.values(scene_of(evening(cases=view), role=role))["lines"]
    return list(lines)


def test_a_periodic_duty_is_the_next_one_until_its_time_is_over():
    (line,) = standing_lines(handmade.standing())
    assert (line.word, line.left) == ("NEXT", "7 d left")

    late = handmade.duty(due_ns=NOW_NS - 7200 * SECOND_NS)
    (line,) = standing_lines(handmade.standing(duty=late))
    assert (line.word, line.left) == ("LATE", "2 h 00 min late")


def test_a_duty_of_contracts_says_how_many_there_are_and_can_be_recorded_as_done():
    one = handmade.standing(what="contracts of 2026-09-08", count=12, periodic=False)
    view = CaseView(cases=[], standing=[one])
    told = duties.values(scene_of(evening(cases=view), role=Role.RISK))
    html = render("duties.html", **told)

    assert (told["owed"], told["late"]) == (1, 0)
    assert "12 contracts of 2026-09-08" in html
    assert 'data-do="done" data-case="standing-1" data-duty="duty-quarterly-report"' in html
    assert 'data-do="select"' not in html


def test_a_standing_duty_that_was_done_is_not_owed():
    done = handmade.duty(done_ns=NOW_NS, done_by="rita")

    assert standing_lines(handmade.standing(duty=done)) == []


def test_what_nobody_owes_any_more_is_not_among_the_duties_but_in_its_case():
    assert "duty-suspend" not in [line.duty for line in duty_lines(owed_case())]
    assert "by Tieline" in shown(case_file, "case_file", owed_case())


def test_a_duty_done_too_late_says_so():
    done = handmade.duty(due_ns=NOW_NS - 20, done_ns=NOW_NS - 10, done_by="dora")
    assert "DONE LATE" in shown(case_file, "case_file", owed_case(duties=[done]))


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, set()),
        (Role.DESK, {"Front Office"}),
        (Role.RISK, {"Front Office", "Middle Office"}),
    ],
)
def test_the_desk_records_its_own_duties_and_risk_those_of_everybody(role: Role, may: set[str]):
    lines = duty_lines(owed_case(), role)
    assert {line.who.partition(" →")[0] for line in lines if line.may_do} == may


@pytest.mark.parametrize(("tile", "name"), [(alerts, "alerts"), (case_list, "case_list")])
def test_a_line_of_a_case_tells_what_is_owed_and_what_was_let_be(tile: Any, name: str):
    html = shown(tile, name, owed_case(waiver=waiver()))
    assert "duties: 3 owed, 1 late, next due" in html
    assert "WAIVED" in html
    assert "approved by committee" in html


def test_a_waived_breach_is_not_counted_among_the_breaches():
    counted = [
        alerts.values(scene_of(with_case(owed_case(waiver=given))))
        for given in (None, waiver())
    ]  # fmt: skip
    assert [told["waived"] for told in counted] == [0, 1]
    before, after = (int(str(told["breaches"])) for told in counted)
    assert before - after == 1


def test_a_waiver_shows_beside_the_state_of_its_limit_which_stays_a_breach():
    row = handmade.limit(state="breach", standing="breach", waived_until_ns=NOW_NS + 1)
    html = render(
        "limits.html", **limits.values(scene_of(evening(limits=handmade.limits(rows=[row]))))
    )
    assert "BREACH" in html
    assert "WAIVED" in html


def test_a_waived_net_open_position_says_so_on_the_page_of_positions():
    held = handmade.nop()
    held.rows = [handmade.nop_row("Prompt month", 0.75, "breach", waived_until_ns=NOW_NS + 1)]
    html = render("nop.html", **nop.values(scene_of(evening(nop=held))))
    assert "BREACH" in html
    assert "WAIVED" in html


def test_a_waiver_shows_beside_the_clause_the_figure_and_the_share_of_a_limit():
    let_be = {"state": "breach", "waived_until_ns": NOW_NS + 1}
    row = handmade.limit(scope="firm", figure="var", standing="breach", **let_be)
    told = handmade.clause("NOP", waived_until_ns=NOW_NS + 1, state="breach")
    use = msgspec.structs.replace(handmade.creditor().limits[0], **let_be)
    scene = scene_of(
        evening(
            limits=handmade.limits(rows=[row]),
            policy=PolicyView(policies=["svce"], rows=[told]),
            credit=handmade.credit([handmade.creditor(limits=[use])]),
        )
    )
    pages = {
        "policy.html": policy, "value_at_risk.html": value_at_risk, "credit.html": credit,
        "top_row.html": top_row,
    }  # fmt: skip
    for page, tile in pages.items():
        assert "WAIVED" in render(page, **tile.values(scene)), page
        assert "WAIVED" not in render(page, **tile.values(scene_of(evening()))), page


@pytest.mark.parametrize(("tile", "name"), [(case, "case"), (case_file, "case_file")])
def test_what_was_said_of_a_case_is_told_in_market_time(tile: Any, name: str):
    said = "2026-07-14 16:45:08 UTC risk: waived until 2026-07-15 06:00:00 UTC, approved by roc: ok"
    html = shown(tile, name, owed_case(comments=[said]))
    told = "2026-07-14 09:45:08 PDT risk: waived until 2026-07-14 23:00:00 PDT, approved by roc: ok"
    assert told in html


def test_a_case_file_keeps_how_all_stood_when_the_breach_began():
    html = shown(case_file, "case_file", owed_case(value_text="91.0 %"))
    assert "75.0 % against 90 % to 105 %" in html
    assert "contract with CP-01: −20.0 MW, −14,880 MWh, 595.2 k$" in html
    assert "91.0 % against" in html
    assert "trade −20.0 %" in html


@pytest.mark.parametrize(("tile", "name"), [(alerts, "alerts"), (case_list, "case_list")])
@pytest.mark.parametrize(
    ("changes", "holder"),
    [({}, "unassigned"), ({"assigned_to": "rita"}, "rita"), ({"acknowledged_by": "dora"}, "dora")],
)
def test_a_case_that_nobody_has_reads_unassigned(
    tile: Any, name: str, changes: dict[str, Any], holder: str
):
    html = shown(tile, name, owed_case(**changes), role=Role.VIEWER)
    assert f'title="who has it">{holder}</span>' in html


@pytest.mark.parametrize(
    ("value", "limit", "told"),
    [
        ("75.0 %", "90 % to 105 %", "75.0 % against 90 % to 105 %"),
        ("-$60,000", "loss of $50,000", "−$60,000 against loss of $50,000"),
        ("1 beyond it", "role", "1 beyond it (role)"),
        ("2 beyond it", "$0 (sale $)", "2 beyond $0 (sale $)"),
        ("1 beyond it, 1 not known", "9 MW (sale)", "1 beyond 9 MW (sale), 1 not known"),
        ("2 of 3 not done", "due 2026-07-14 17:00", "2 of 3 not done (due 2026-07-14 17:00)"),
    ],
)
def test_a_case_stands_against_an_amount_and_by_a_clause_that_has_none(
    value: str, limit: str, told: str
):
    row = owed_case(value_text=value, limit_text=limit)
    for tile, name in ((case, "case"), (case_file, "case_file")):
        assert told in shown(tile, name, row), name


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("breached", "breached, log entry 41:"),
        ("acknowledged", "acknowledged by dora, log entry 41:"),
        ("assigned", "assigned to rita, log entry 41:"),
        ("waived", "waived by rita, log entry 41:"),
        ("duty_done", "duty done by sam, log entry 41:"),
        ("commented", "commented, log entry 41:"),
    ],
)
def test_a_line_of_the_history_names_who_did_it_and_takes_no_log_entry_for_a_person(
    change: str, told: str
):
    row = owed_case(
        acknowledged_by="dora",
        assigned_to="rita",
        waiver=waiver(granted_by="rita"),
        duties=[handmade.duty(), handmade.duty(done_ns=NOW_NS, done_by="sam")],
    )
    stream = (handmade.transition(row, change, 1, position=41),)
    scene = scene_of(with_case(row), choice=CHOSEN, transitions=stream)

    assert told in render("case.html", **case.values(scene))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "Still firing"),
        ({"condition": "resolved"}, "3 duties are owed"),
        ({"condition": "resolved", "duties": [handmade.duty()]}, "One duty is owed"),
    ],
)
def test_a_case_file_says_why_a_case_cannot_be_closed_yet(changes: dict[str, Any], reason: str):
    html = shown(case_file, "case_file", owed_case(**changes))
    assert reason in html
    assert 'data-do="close"' not in html


def test_a_case_beside_the_limits_offers_its_closing_only_where_it_can_be_closed():
    firing = shown(case, "case", owed_case())
    assert "Still firing" in firing
    assert 'data-do="close"' not in firing
    over = shown(case, "case", owed_case(condition="resolved", duties=[], root_cause="trip"))
    assert 'data-do="close"' in over
    assert 'value="trip"' in over


def test_what_a_policy_leaves_open_of_several_cells_is_said_once():
    row = owed_case(headline=handmade.WITHOUT_AUTHORITY)
    tiles = [(case_file, "case_file"), (case, "case"), (case_list, "case_list")]
    written = [shown(tile, name, row) for tile, name in tiles]
    written += [line.about for line in duty_lines(row)]
    for text in written:
        assert "these cells are unknown: tier not known" in text
        assert "the cell is" not in text


def test_a_closing_offers_the_root_cause_and_the_resolution_that_were_stated():
    row = owed_case(condition="resolved", duties=[], root_cause="trip", resolution="bought")
    html = shown(case_file, "case_file", row)
    assert 'data-do="close"' in html
    assert html.count('value="trip"') == 2


def test_only_an_open_breach_is_waived_and_only_by_risk():
    assert 'data-do="waive"' in shown(case_file, "case_file", owed_case())
    assert 'data-do="waive"' not in shown(case_file, "case_file", owed_case(), Role.DESK)
    assert 'data-do="waive"' not in shown(case_file, "case_file", owed_case(severity="warn"))


def test_words_of_people_stay_words():
    row = owed_case(root_cause='"><script>alert(1)</script>', waiver=waiver(reason="<b>x</b>"))
    for tile, name in ((case_file, "case_file"), (case, "case"), (case_list, "case_list")):
        html = shown(tile, name, row)
        assert "<script>" not in html
        assert "<b>x</b>" not in html


@pytest.mark.parametrize(("tile", "name"), [(case, "case"), (case_file, "case_file")])
def test_a_chosen_case_that_left_the_list_is_told_as_gone_and_nothing_can_be_done(
    tile: Any, name: str
):
    scene = scene_of(role=Role.RISK, choice=Choice(case="case-old"))
    html = render(f"{name}.html", **tile.values(scene))
    assert "Case case-old is gone" in html
    assert "<form" not in html


def late_duty(name: str, **changes: Any) -> CaseRow:
    words = {"limit": "duty-notify", "scope": "Middle Office", "limit_text": "due 17:00:00"}
    return handmade.case(case=name, headline="Middle Office, late: notify", **{**words, **changes})


def test_the_desk_shows_its_own_alerts_and_tells_late_duties_in_one_line():
    view = handmade.cases(late_duty("late-1"), late_duty("late-2", scope="Front Office"))
    told = alerts.values(scene_of(evening(cases=view)))
    html = render("alerts.html", **told)

    assert "Alerts of late duties: Middle Office 1, Front Office 1" in html
    assert "late: notify" not in html
    assert (told["open"], told["breaches"]) == (4, 2)


@pytest.mark.parametrize("tile", [cases, case_list])
def test_every_list_of_cases_has_what_fires_first_then_breaches_and_late_duties_after_limits(
    tile: Any,
):
    over = handmade.case(case="over", condition="resolved")
    view = handmade.cases(late_duty("late"), over, handmade.case(case="warn", severity="warn"))
    lines = tile.values(scene_of(evening(cases=view)))["lines"]

    assert [line.case for line in lines] == [
        "case-stop", "case-coverage", "warn", "case-var", "case-feed", "late", "over",
    ]  # fmt: skip
    assert [line.case for line in lines if line.selected] == ["case-stop"]


def test_a_case_of_late_duties_leads_to_the_cases_that_owe_them():
    view = handmade.cases(late_duty("case-late", members=["case-stop", "a limit that is unknown"]))
    scene = scene_of(evening(cases=view), choice=Choice(case="case-late"))
    for tile, name in ((case, "case"), (case_file, "case_file")):
        html = render(f"{name}.html", **tile.values(scene))
        assert 'data-do="select" data-case="case-stop">case-stop</a>' in html
        assert "a limit that is unknown" in html
        assert 'data-case="a limit' not in html
    assert "what is late is owed in its members" in html


def test_cases_are_found_by_clause_words_and_holder():
    def found(find: str) -> list[str]:
        scene = scene_of(choice=Choice(page="cases", find=find))
        lines: Any = case_list.values(scene)["lines"]
        return [line.case for line in lines]

    assert found("§3") == ["case-var"]
    assert found("bess") == []
    assert found("HE19") == ["case-coverage"]
    assert found("p&l TODAY") == ["case-stop"]
    scene = scene_of(choice=Choice(page="cases", find="bess"))
    assert "no case of 4 matches “bess”" in render("case_list.html", **case_list.values(scene))


def test_where_cases_are_searched_none_but_a_case_found_is_opened_by_itself():
    def opened(find: str) -> str:
        seen = selected_case(scene_of(choice=Choice(page="cases", find=find)))
        return seen.case if seen else ""

    assert opened("") != opened("coverage") == "case-coverage"
    assert opened("nothing has this") == ""


def test_who_follows_a_clause_to_its_cases_leaves_the_case_looked_at_before():
    before = Choice(page="policy", case="case-var")
    go = _GESTURES["page"]

    assert go(before, {"page": "cases", "text": "desk limits §2"}, scene_of()).case == ""
    assert go(before, {"page": "cases"}, scene_of()).case == "case-var"
