from __future__ import annotations

import itertools
import math
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import numpy as np
import pytest

from dashboards.access import Role
from dashboards.markup import render
from dashboards.pages import PAGES
from dashboards.tiles import (
    accuracy,
    alerts,
    backtest,
    case,
    case_file,
    case_list,
    cases,
    checks,
    close,
    contributions,
    credit,
    deliveries,
    duties,
    feed_list,
    feeds,
    limits,
    methods,
    moved,
    nop,
    nop_ahead,
    plants,
    policy,
    prices,
    stress,
    supply,
    top_row,
    value_at_risk,
    way_out,
)
from dashboards.tiles.pnl_curve import PnlCurve, begin_of, curve_of
from dashboards.tiles.scenarios import bins_of, worst_dates
from dashboards.tiles.sparkline import sparkline
from dashboards.tiles.tile import Choice, Scene
from state.moments import HOUR_NS, MINUTE_NS, SECOND_NS, to_ns
from state.screens.checks_seen import Outcome
from state.screens.feeds_seen import FeedRow
from state.screens.hedges_seen import HedgeView
from state.screens.view import View
from state.store import StoredLetter
from tests.dashboards import handmade
from tests.dashboards.handmade import NOW_NS, evening
from tests.dashboards.scenes import scene_of

TEXT_TILES = {
    "top_row": top_row.values,
    "alerts": alerts.values,
    "prices": prices.values,
    "feeds": feeds.values,
    "feed_list": feed_list.values,
    "limits": limits.values,
    "cases": cases.values,
    "case": case.values,
    "case_file": case_file.values,
    "case_list": case_list.values,
    "duties": duties.values,
    "value_at_risk": value_at_risk.values,
    "stress": stress.values,
    "credit": credit.values,
    "checks": checks.values,
    "policy": policy.values,
    "nop": nop.values,
    "nop_ahead": nop_ahead.values,
    "way_out": way_out.values,
    "contributions": contributions.values,
    "methods": methods.values,
    "moved": moved.values,
    "backtest": backtest.values,
    "close": close.values,
    "plants": plants.values,
    "supply": supply.values,
    "accuracy": accuracy.values,
    "deliveries": deliveries.values,
}

READ_HYPHEN = re.compile(r".{0,20}(?<![\w.-])-\$?\d.{0,10}")
"""A hyphen before a number, with what stands around it."""


def cards_of(views: dict[str, View]) -> list[Any]:
    cards: Any = top_row.values(scene_of(views))["cards"]
    return list(cards)


def lines_of(tile: Any, scene: Scene) -> list[Any]:
    lines: Any = tile.values(scene)["lines"]
    return list(lines)


@pytest.mark.parametrize("name", TEXT_TILES)
@pytest.mark.parametrize("views", [{}, {"clock": handmade.clock()}, evening()])
def test_every_tile_has_something_to_say_in_every_state(name: str, views: dict[str, View]):
    html = render(f"{name}.html", **TEXT_TILES[name](scene_of(views)))
    assert len(html) > 60
    assert "nan" not in html.lower().replace("finance", "")
    assert "Undefined" not in html


def test_no_number_that_people_read_has_a_hyphen_for_its_minus():
    sold = "trade T-7 v1: sold 50 MW DA at TH_SP15 for -12.5 $/MWh, book HEDGE"
    beyond = msgspec.structs.replace(
        handmade.use("credit_owed", 1.1, "breach"), headroom="-$100,000"
    )
    views = evening(
        cases=handmade.cases(handmade.case(cause=sold), handmade.owed_case()),
        credit=handmade.credit([handmade.creditor(limits=[beyond])]),
        explain=handmade.explain(largest=[handmade.move(1_284_300, 0, 900.0, text=sold)]),
    )
    left: list[tuple[str, str]] = []
    for name, values in TEXT_TILES.items():
        for role, chosen in itertools.product(Role, ("case-stop", "case-nop")):
            scene = scene_of(views, role=role, choice=Choice(case=chosen))
            html = render(f"{name}.html", **values(scene))
            left += [(name, found) for found in READ_HYPHEN.findall(html)]
    assert left == []


def test_the_top_row_asks_and_answers_the_desks_question():
    cards = cards_of(evening())
    assert [(card.title, card.figure) for card in cards] == [
        ("Now HE18", "▼ SHORT 48 MW"),
        ("HE19", "▼ SHORT 134 MW"),
        ("HE20", "▼ SHORT 149 MW"),
        ("RT − DA, TH_SP15", "+860.00"),
        ("P&L today", "−161.6 k$"),
        ("VaR 95 %, firm", "1.88 M$"),
    ]
    assert [card.age for card in cards] == ["38 s"] * 6
    assert cards[1].note_tone == "bad"
    assert cards[5].note == "WARN · 94 % of limit · ES 2.36 M$"
    assert cards[5].flag == "incomplete"
    assert {card.freshness for card in cards} == {"late"}


def test_a_breach_in_the_top_row_is_told_by_a_word_besides_its_colour():
    coverage, pnl = cards_of(evening())[1], cards_of(evening())[4]
    assert (coverage.note_tone, coverage.note) == ("bad", "BREACH · cover 90.0 %")
    assert (pnl.tone, pnl.flag, pnl.flag_mark) == ("bad", "BREACH", "breach")
    html = render("top_row.html", **top_row.values(scene_of()))
    assert '<span class="pill breach">BREACH</span>' in html

    kept = handmade.limits(rows=[handmade.limit(figure="pnl_today", state="ok")])
    calm = cards_of(evening(limits=kept))
    assert (calm[1].note, calm[4].flag) == ("cover 90.0 %", "")


def test_an_hour_bears_the_limit_of_its_own_market():
    hour_ns = handmade.axis().starts_ns[18]
    rows = [
        handmade.limit(
            figure="coverage", scope=f"{market}/firm", state=state, period_start_ns=hour_ns
        )
        for market, state in (("spp", "breach"), ("caiso", "ok"))
    ]
    both = evening(limits=handmade.limits(rows=rows))
    both["position/spp/2026-07-14"] = handmade.position(market="spp")
    assert top_row_of(both, "caiso").note == "cover 90.0 %"
    assert top_row_of(both, "spp").note == "BREACH · cover 90.0 %"


def top_row_of(views: dict[str, View], market: str) -> top_row.Card:
    """Return the card of the next hour."""
    cards: Any = top_row.values(scene_of(views, choice=Choice(market=market)))["cards"]
    card: top_row.Card = cards[1]
    return card


def test_the_next_gate_closures_are_counted_down_by_the_tick_in_the_market_s_time():
    views = evening() | {"clock": handmade.clock(to_ns(datetime(2026, 7, 15, 2, 36, tzinfo=UTC)))}
    scene = scene_of(views)
    gates: Any = top_row.values(scene)["gates"]
    assert [(gate.title, gate.at, gate.left, gate.tone) for gate in gates] == [
        ("CAISO DAM", "10:00 PDT", "14 h 24 min", ""),
        ("CAISO RTM", "19:45 PDT", "9 min", "warn"),
    ]
    assert '19:45 PDT <i class="warn">in 9 min</i>' in render(
        "top_row.html", **top_row.values(scene)
    )
    assert top_row.values(scene_of({}))["gates"] == []


def test_the_last_hours_of_the_day_lead_into_tomorrow():
    views = evening() | {"position/caiso/2026-07-14": handmade.position(current=23)}
    assert [card.title for card in cards_of(views)[:3]] == ["Now HE24", "HE01", "HE02"]


def test_before_tomorrow_is_there_its_hours_wait():
    views = evening() | {"position/caiso/2026-07-14": handmade.position(current=23)}
    del views["position/caiso/2026-07-15"]
    assert [card.figure for card in cards_of(views)[1:3]] == ["waiting", "waiting"]


def test_an_unknown_hour_never_shows_a_number():
    view = handmade.position(unknown=["day-ahead schedule missing"] * 24)
    card = cards_of(evening() | {"position/caiso/2026-07-14": view})[0]
    assert (card.figure, card.tone, card.note) == (
        "UNKNOWN",
        "unknown",
        "day-ahead schedule missing",
    )


def test_a_spread_without_its_rtd_price_is_unknown_and_says_what_is_missing():
    rtd = np.full(7, math.nan)
    card = cards_of(evening() | {"price/caiso": handmade.prices(rtd=rtd)})[3]
    assert (card.figure, card.note) == ("UNKNOWN", "no RTD price yet")


def test_a_spread_is_the_one_of_the_real_time_price_not_of_the_running_hour():
    view = handmade.prices(spread=np.full(7, 12.5))
    views = evening() | {"price/caiso": view}
    assert cards_of(views)[3].figure == "+12.50"
    assert lines_of(prices, scene_of(views))[0].spread == "+12.50"


def test_the_ladder_puts_hubs_first_and_finds_by_part_of_a_name():
    kinds = ["node", "hub", "node", "load_zone", "node", "node", "node"]
    views = evening() | {"price/caiso": handmade.prices(kinds=kinds)}
    names = [line.location for line in lines_of(prices, scene_of(views))]
    assert names[:3] == ["TH_NP15", "DLAP_SCE", "TH_SP15"]
    found = lines_of(prices, scene_of(views, choice=Choice(find="dlap")))
    assert [line.location for line in found] == ["DLAP_SCE", "DLAP_PGAE"]


def test_the_ladder_of_very_many_locations_says_how_many_more_there_are_and_finds_them():
    count = prices.MOST_LINES + 50
    many = handmade.prices(
        locations=[f"N{number:03d}" for number in range(count)],
        kinds=["node"] * count,
        **{name: np.ones(count) for name in ("da", "fmm", "rtd")},
        rtd_history=np.ones((24, count)),
    )
    views = evening() | {"price/caiso": many}
    told = prices.values(scene_of(views))
    assert (len(told["lines"]), told["more"]) == (prices.MOST_LINES, 50)
    [last] = lines_of(prices, scene_of(views, choice=Choice(find="n199")))
    assert last.location == "N199"


def test_a_price_that_was_not_published_is_a_dash_and_makes_no_spread():
    rtd = handmade.prices().rtd.copy()
    rtd[0] = math.nan
    line = lines_of(prices, scene_of(evening() | {"price/caiso": handmade.prices(rtd=rtd)}))[0]
    assert (line.rtd, line.spread) == ("–", "–")


def test_a_sparkline_has_a_gap_where_nothing_was_published():
    assert sparkline(np.array([1.0, math.nan, 2.0]), 76, 15) == "M0.0,14.0 M76.0,1.0"
    assert sparkline(np.array([math.nan]), 76, 15) == ""
    assert sparkline(np.array([5.0, 5.0]), 76, 15).count("L") == 1


def test_alerts_that_are_over_stand_after_those_that_fire():
    view = handmade.cases(handmade.case(case="old", condition="resolved"))
    lines = lines_of(alerts, scene_of(evening(cases=view)))
    assert [line.case for line in lines][-1] == "old"
    assert (lines[-1].word, lines[-1].mark) == ("RESOLVED", "over")


def test_an_alert_says_who_has_it_and_offers_the_rest_to_whoever_may():
    lines = {line.case: line for line in lines_of(alerts, scene_of())}
    assert lines["case-stop"].may_acknowledge
    assert lines["case-stop"].origin == "passive · RTD TH_SP15 +638 $/MWh in 10 min"
    assert lines["case-var"].origin.startswith("active · trade T-118")
    assert (lines["case-coverage"].holder, lines["case-coverage"].may_acknowledge) == (
        "desk",
        False,
    )
    viewed = lines_of(alerts, scene_of(role=Role.VIEWER))
    assert not any(line.may_acknowledge for line in viewed)


def test_a_closed_case_leaves_the_desk_and_stays_on_the_risk_page():
    views = evening(cases=handmade.cases(handmade.case(case="done", status="closed")))
    assert "done" not in [line.case for line in lines_of(alerts, scene_of(views))]
    assert "done" in [line.case for line in lines_of(cases, scene_of(views))]


def test_a_case_shows_its_own_history_newest_first():
    row = handmade.case(acknowledged_by="dora")
    changes = (
        handmade.transition(row, "breached", 1),
        handmade.transition(handmade.case(case="other"), "warned", 1),
        handmade.transition(row, "acknowledged", 2),
    )
    values: Any = case.values(scene_of(transitions=changes))
    told = [what.partition(",")[0] for _, what in values["history"]]
    assert told == ["acknowledged by dora", "breached"]


@pytest.mark.parametrize(
    ("unit", "share", "written"),
    [
        ("ratio", -0.0884, "−8.8 %"),
        ("probability", 0.0123, "+1.23 %"),
        ("$", -148_204.0, "−148.2 k$"),
        ("$/MWh", 638.25, "+638.25 $/MWh"),
        ("MW", 215.0, "+215 MW"),
        ("MWh", -10_342.0, "−10,342 MWh"),
        ("s", 900.0, "+900 s"),
        ("ppb", 3.0, "+3 ppb"),
        ("count", 2.0, "+2"),
    ],
)
def test_what_moved_a_case_is_written_in_the_unit_of_its_limit(
    unit: str, share: float, written: str
):
    row = handmade.case(attribution=[("outage", share)])
    limit = handmade.limit(limit=row.limit, unit=unit)
    views = evening(cases=handmade.cases(row), limits=handmade.limits(rows=[limit]))
    values: Any = case.values(scene_of(views))
    assert values["attribution"] == [("outage", written)]


def test_a_case_of_another_day_says_which():
    today = handmade.case(headline="coverage HE19 (14 Jul)", period="14 Jul HE19")
    tomorrow = handmade.case(case="other", headline="coverage HE19", period="15 Jul HE19")
    scene = scene_of(evening(cases=handmade.cases(today, tomorrow)))
    assert [line.clause for line in lines_of(cases, scene)[:2]] == [
        "desk limits §2",
        "desk limits §2 · 15 Jul",
    ]


def test_a_limit_line_reads_as_the_policy_does():
    lines = lines_of(limits, scene_of())
    first = lines[0]
    assert (first.clause, first.title, first.period) == (
        "desk limits §1",
        "Intraday coverage",
        "HE19",
    )
    assert (first.value, first.limit, first.used, first.word) == (
        "86.1 %",
        "≥ 90 %",
        "104 %",
        "BREACH",
    )
    assert first.since == "9 min"


def test_an_unknown_limit_shows_a_dash_its_reason_and_the_breach_underneath():
    unknown = next(line for line in lines_of(limits, scene_of()) if line.state == "unknown")
    assert (unknown.used, unknown.value, unknown.standing) == ("–", "–", "BREACH")
    assert unknown.headroom == "no publication since 13:05"
    assert unknown.width == 0.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "ok"}, "none"),
        ({"state": "breach", "breach_due_ns": 0}, "in breach"),
        ({"state": "unknown"}, "–"),
        ({"state": "ok", "warn_due_ns": NOW_NS + 5 * MINUTE_NS}, "warn in 5 min"),
        (
            {
                "state": "ok",
                "warn_due_ns": NOW_NS + 5 * MINUTE_NS,
                "breach_due_ns": NOW_NS + 90 * MINUTE_NS,
            },
            "in 1 h 30 min",
        ),
        ({"state": "warn", "breach_due_ns": NOW_NS}, "any moment"),
    ],
)
def test_a_limit_says_when_it_is_reached_at_the_drift_of_now(changes: dict[str, Any], said: str):
    views = evening(limits=handmade.limits(rows=[handmade.limit(**changes)]))

    (line,) = lines_of(limits, scene_of(views))

    assert line.due == said


def test_limits_are_found_by_scope_state_or_clause():
    found = lines_of(limits, scene_of(choice=Choice(find="th_sp15")))
    assert [line.title for line in found] == ["Price spike"]


def test_credit_says_what_each_counterparty_owes_and_what_that_is_made_of():
    (line,) = lines_of(credit, scene_of())
    assert line["counterparty"] == "CP-01"
    assert line["amounts"] == ["1.20 M$", "1.45 M$", "500.0 k$", "700.0 k$"]
    assert "3 contracts, netted: delivered and unpaid 900.0 k$" in line["made_of"]


def test_every_credit_limit_stands_in_its_column_and_the_most_used_by_itself():
    (line,) = lines_of(credit, scene_of())
    owed, *others = line["uses"]
    assert (owed["used"], owed["state"]) == ("90 %", "warn")
    assert owed["text"] == ("Dollars owed: $900,000 of $1,000,000, $100,000 left; SVCE §6.3 p. 12")
    assert [use["used"] for use in others] == ["–", "–", "40 %", "–", "–", "–", "–"]
    assert line["most"]["used"] == "90 %"


def house_of(count: int, **changes: Any) -> dict[str, View]:
    rows = [
        handmade.creditor(f"CP-{number:04d}", uncovered_usd=float(number), **changes)
        for number in range(count)
    ]
    return evening() | {"credit": handmade.credit(rows)}


def test_of_a_thousand_counterparties_the_first_are_shown_and_all_can_be_found():
    views = house_of(1000)
    shown = credit.values(scene_of(views))
    lines: Any = shown["lines"]
    assert (len(lines), shown["more"], shown["total"]) == (150, 850, 1000)
    assert [line["counterparty"] for line in lines[:2]] == ["CP-0999", "CP-0998"]
    (found,) = lines_of(credit, scene_of(views, choice=Choice(find="cp-0007")))
    assert found["counterparty"] == "CP-0007"


def test_counterparties_are_sorted_by_the_column_that_is_asked_for_the_suspended_first():
    rows = [
        handmade.creditor("A", exposure_usd=1.0, collateral_usd=5.0, limits=[]),
        handmade.creditor("B", exposure_usd=2.0, collateral_usd=1.0, potential_usd=float("nan")),
        handmade.creditor("C", exposure_usd=0.0, collateral_usd=0.0, suspended="exceeded",
                          limits=[handmade.use("credit_owed", float("nan"), "unknown")]),
    ]  # fmt: skip
    views = evening() | {"credit": handmade.credit(rows)}

    def order(by: str) -> str:
        lines = lines_of(credit, scene_of(views, choice=Choice(sort=by)))
        return "".join(line["counterparty"] for line in lines)

    assert order("exposure") == "CBA"
    assert order("collateral") == "CAB"
    assert order("potential") == "CAB"
    assert order("used") == "CBA"
    assert order("counterparty") == "ABC"
    assert "CBA" not in order("no such column")


def test_a_potential_exposure_that_is_not_of_everything_says_incomplete_and_names_the_rest():
    row = handmade.creditor(not_covered=["caiso/X/curve/on_peak/2031-01: 744"])
    scene = scene_of(evening() | {"credit": handmade.credit([row])})
    (line,), (whole,) = lines_of(credit, scene), lines_of(credit, scene_of())

    assert (line["not_covered"], whole["not_covered"]) == (row.not_covered[0], "")
    html = render("credit.html", **credit.values(scene))
    assert "incomplete: no scenario moves caiso/X/curve/on_peak/2031-01: 744" in html
    assert "incomplete" not in render("credit.html", **credit.values(scene_of()))


def test_an_exposure_that_leaves_mwh_out_says_incomplete_with_what_could_be_owed_besides():
    row = handmade.creditor(left_out=["7,200 MWh have no mark"])
    html = render(
        "credit.html",
        **credit.values(scene_of(evening() | {"credit": handmade.credit([row])})),
    )

    assert html.count('title="incomplete: 7,200 MWh have no mark"') == 2


def test_what_asks_for_somebody_stands_before_the_rest_of_the_policy():
    lines = lines_of(policy, scene_of())
    assert [line["word"] for line in lines] == ["BREACH", "last rejected", "duty", ""]
    assert lines[0]["note"] == "svce 2017-05-10; 1 of 1 in breach"
    assert lines[1]["value"] == "215.0 MW"


def test_the_policy_says_how_old_it_is():
    old = msgspec.structs.replace(handmade.policy(), at_ns=handmade.NOW_NS - 90_000_000_000)
    assert policy.values(scene_of(evening(policy=old)))["age"] == "90 s"


def test_what_is_unconfirmed_says_so_and_is_found_by_that_word():
    lines = lines_of(policy, scene_of(choice=Choice(find="unconfirmed")))
    assert [(line["title"], line["sureness"]) for line in lines] == [
        ("Prompt Month, One Month", "UNCONFIRMED")
    ]
    assert dict(policy.values(scene_of())["counts"])["unconfirmed"] == 1


@pytest.mark.parametrize(
    ("find", "count"), [("breach", 1), ("rejected", 1), ("§5.6", 1), ("duty", 1), ("zzz", 0)]
)
def test_clauses_are_filtered_by_state_clause_and_kind(find: str, count: int):
    assert len(lines_of(policy, scene_of(choice=Choice(find=find)))) == count


def test_every_state_a_clause_can_be_in_has_a_word():
    for state in (*(str(each) for each in Outcome), "ok", "warn", "breach", "unknown",
                  "not_applicable", "unread", "unasked", "duty", "text"):  # fmt: skip
        assert policy.line(handmade.clause("A", state), "UTC")["word"] is not None


def test_a_check_says_what_stopped_it_and_what_would_pass():
    rejected, accepted = lines_of(checks, scene_of())
    assert (rejected["decision"], rejected["size"], rejected["passes"]) == (
        "REJECT", "215.0 MW", "100.0 MW",
    )  # fmt: skip
    assert rejected["stopped"] == "limit-prompt-month 0 MW → 215 MW (§5.6 p. 11)"
    assert (accepted["decision"], accepted["passes"], accepted["stopped"]) == (
        "ACCEPT", "not asked", "nothing",
    )  # fmt: skip


def test_the_positions_stand_with_band_coverage_headroom_state_and_clause():
    month, quarter = lines_of(nop, scene_of())
    assert (month["open"], month["coverage"], month["band"]) == (
        "10,342 MWh SHORT", "86.1 %", "90 to 105 %",
    )  # fmt: skip
    assert (month["headroom"], month["word"], month["clause"]) == ("−3.9 %", "BREACH", "§4.6 p. 8")
    assert (quarter["coverage"], quarter["value"], quarter["word"]) == ("–", "–", "UNKNOWN")
    assert quarter["note"] == "no outlook of town for 2026-10"


def test_energy_tells_what_is_fixed_of_cost_and_of_revenue_and_who_is_served():
    month, _ = lines_of(nop, scene_of())
    assert month["fixed"] == "90 / 80 %"
    assert month["mean"].endswith("MW in the mean, 271,500 customers (−1.2 %)")

    untold = {"fixed_revenue": math.nan, "customers": math.nan}
    rows = [handmade.nop_row("Prompt month", 0.861, "breach", **untold)]
    view = msgspec.structs.replace(handmade.nop(), rows=rows)
    (alone,) = lines_of(nop, scene_of(evening(nop=view)))
    assert alone["fixed"] == "90.0 %"
    assert alone["mean"].endswith("MW in the mean")


def test_only_what_is_not_kept_from_the_next_roll_on_is_told():
    assert [line["title"] for line in lines_of(nop_ahead, scene_of())] == ["Prompt month"]


def test_the_way_out_tells_blocks_parties_cost_and_what_is_covered_then():
    (line,) = lines_of(way_out, scene_of())

    assert line["blocks"] == [
        "buy 7 MW on-peak 2026-08 at TH_NP15_GEN-APND, 61.50 $/MWh, T-01 with CP-01, VaR −2.5 k$"
    ]
    assert line["total"] == "2,912 MWh, 179.1 k$ paid at the curve; covered then 90.0 %"
    assert line["age"] == "asked 2 min ago"


def test_a_search_that_goes_on_shows_how_far_it_is_and_cannot_be_asked_for_twice():
    (answer,) = handmade.hedges().answers
    changes = {"going_on": True, "looked_at": 7, "waiting": 3, "blocks": []}
    going = msgspec.structs.replace(answer, **changes)
    scene = scene_of(evening(hedges=HedgeView(answers=[going])))

    (line,) = lines_of(way_out, scene)

    assert (line["total"], line["going_on"]) == ("looking: 7 looked at, 3 waiting.", True)
    assert 'data-do="hedge"' not in render("way_out.html", **way_out.values(scene))
    assert 'data-do="hedge"' in render("way_out.html", **way_out.values(scene_of()))


def test_a_position_out_of_tolerance_that_nobody_asked_about_can_be_asked_about():
    views = evening(hedges=HedgeView(answers=[]))

    (line,) = lines_of(way_out, scene_of(views))

    assert (line["limit"], line["total"]) == ("nop-energy-prompt-month", "not asked yet")
    assert way_out.values(scene_of(views))["may_ask"] is True
    assert way_out.values(scene_of(views, role=Role.VIEWER))["may_ask"] is False


def test_where_no_position_is_out_those_that_are_not_known_are_counted():
    kept = handmade.nop_row("Prompt month", 0.95, "ok")
    unknown = handmade.nop_row("Prompt quarter", math.nan, "unknown")

    for rows, words in (
        ([kept], "every tolerance is kept"),
        ([kept, unknown], "no position that is known is out of tolerance; not known: 1"),
    ):
        view = msgspec.structs.replace(handmade.nop(), rows=rows)
        assert way_out.values(scene_of(evening(nop=view)))["waiting"] == words


def test_value_at_risk_lists_the_firm_before_its_books_and_names_what_is_missing():
    values: Any = value_at_risk.values(scene_of())
    nodes = [line["node"] for line in values["lines"]]
    assert nodes == ["firm", "HEDGE", "LOAD", "RENEWABLES"]
    assert values["incomplete"] == ["HEDGE", "firm"]
    assert values["lines"][2]["used"] == "68 %"
    assert values["lines"][0]["var"] == ["1.32 M$", "789.6 k$", "1.88 M$"]


def test_every_scenario_is_in_one_bar_and_the_tail_is_marked():
    view = handmade.risk()
    bars = bins_of(view.firm_scenarios_usd, 1.88e6)
    assert sum(bars["count"]) == 500
    assert any(bars["tail"])
    assert not bars["tail"][-1]


def test_the_worst_dates_are_the_largest_losses():
    view = handmade.risk()
    view.firm_scenarios_usd[41] = -9e6
    assert worst_dates(view)[0] == (view.scenario_dates[41], "−9.00 M$")


def test_the_curve_runs_over_the_hours_of_the_day_with_its_stop_loss():
    curve = curve_of(scene_of())
    assert curve is not None
    assert curve.hours == 24
    assert curve.stop == -150.0
    assert curve.labels[15.0] == "15:00"
    assert curve.hour[-1] == pytest.approx(209 / 12)
    low, high = curve.y_range()
    assert low < -161.6
    assert high > 10


def test_the_curve_names_the_midnight_it_began_at_under_another_market_too():
    central = handmade.axis(market="spp")
    central.time_zone = "America/Chicago"
    central.starts_ns = [at_ns - 2 * HOUR_NS for at_ns in central.starts_ns]
    two = evening() | {"position/spp/2026-07-14": handmade.position(axis=central)}
    scene = scene_of(two, choice=Choice(market="spp"))
    assert scene.market == "spp"
    assert begin_of(scene) == "00:00 PDT"
    curve, own = curve_of(scene), curve_of(scene_of())
    assert curve is not None
    assert own is not None
    assert curve.hour.tolist() == own.hour.tolist()  # all of it is in the picture
    assert curve.labels == own.labels


def test_the_curve_begins_with_the_market_that_came_first_whatever_its_name():
    central = handmade.axis(market="spp")
    central.time_zone = "America/Chicago"
    central.starts_ns = [at_ns - 2 * HOUR_NS for at_ns in central.starts_ns]
    two = evening(pnl_curve=handmade.pnl_curve(market="spp"))
    scene = scene_of(two | {"position/spp/2026-07-14": handmade.position(axis=central)})
    assert begin_of(scene) == "00:00 CDT"
    curve = curve_of(scene)
    assert curve is not None
    assert curve.hour[0] == pytest.approx(2 + 1 / 12)
    assert curve.labels[0.0] == "00:00"


def test_a_stop_loss_far_away_does_not_flatten_the_curve():
    view = handmade.pnl_curve()
    view.total /= 10
    view.realised /= 10
    curve = curve_of(scene_of(evening(pnl_curve=view)))
    assert curve is not None
    assert curve.y_range()[0] > -20


def test_a_curve_with_a_gap_is_drawn_within_what_is_known_and_sent_once():
    view = handmade.pnl_curve()
    view.total[0, 1] = view.realised[0, 1] = np.nan
    scene = scene_of(evening(pnl_curve=view))
    tile = PnlCurve(lambda _gesture: None)
    figure: Any = tile.roots()["curve_figure"]
    source = figure.object.renderers[0].data_source
    tile.show(scene)
    sent = source.data
    tile.show(scene)
    curve = curve_of(scene)

    assert np.isnan(sent["total"]).tolist().count(True) == 1
    assert source.data is sent
    assert curve is not None
    assert np.isfinite(curve.y_range()).all()


def test_each_age_of_a_price_says_what_it_counts_from():
    """The interval of day-ahead prices is still to come while they came hours ago."""
    html = {
        name: render(f"{name}.html", **values(scene_of()))
        for name, values in TEXT_TILES.items()
        if name in {"feeds", "feed_list", "prices"}
    }
    assert "<i>came 4 h 00 min ago</i>" in html["prices"]
    for name in ("feeds", "feed_list"):
        assert ">interval age</th>" in html[name]
    assert "2026-07-14 17:24:30 PDT" in html["feed_list"]


def test_a_breach_that_was_a_warning_first_says_since_when_it_is_a_breach():
    frozen = handmade.owed_case().frozen
    assert frozen is not None
    began = msgspec.structs.replace(frozen, at_ns=handmade.NOW_NS - 600 * SECOND_NS)
    terms = {"frozen": began, "opened_ns": handmade.NOW_NS - 2400 * SECOND_NS}
    rows = [handmade.case(case="b", **terms), handmade.case(case="w", severity="warn", **terms)]
    view = handmade.cases()
    view.cases = rows
    lines = {line.case: line for line in lines_of(alerts, scene_of(evening(cases=view)))}

    assert (lines["b"].since, lines["w"].since) == ("10 min", "40 min")


def test_a_live_feed_says_what_came_of_asking_what_it_lacks_and_how_late_it_comes():
    view = handmade.feeds()
    row = view.feeds[0]
    row.outcome, row.detail, row.missing = "throttled", "status 429: asked too often", 2
    row.delays = [-120.0, 95.0, -130.0]
    values: Any = feeds.values(scene_of(evening(feeds=view)))
    told = next(feed for feed in values["feeds"] if feed["name"] == row.feed)
    assert told["asked"] == "throttled: status 429: asked too often"
    assert told["word"] == "2 missing"
    assert told["delay"] == "came 2 min before its interval, mostly 2 min before its interval"
    assert "2 missing" in render("feeds.html", **values)
    whole: Any = feed_list.values(scene_of(evening(feeds=view)))
    assert whole["feeds"][0]["name"] == row.feed
    assert whole["feeds"][0]["spark"].startswith("M0.0,")
    assert 'title="throttled: status 429: asked too often"' in render("feed_list.html", **whole)


def test_the_feeds_page_tells_why_something_was_refused_without_a_hover():
    letter = StoredLetter("1", "caiso/RTD", "price is empty", handmade.NOW_NS, b"")
    html = render("feed_list.html", **feed_list.values(scene_of(last_letter=letter)))
    assert ">last rejected: MW is empty</td>" in html
    assert "3 dead letters" in html
    assert "caiso/RTD: price is empty</footer>" in html


def test_feeds_that_stand_alike_begin_with_those_of_the_market_shown():
    rows = [
        FeedRow(
            feed=f"{market}/{name}", market=market, age_seconds=1.0, cadence_seconds=300.0,
            state=state, received_ns=0, publications=1, revisions=0, rejected=0,
        )
        for market, name, state in (
            ("caiso", "DA", "fresh"), ("caiso", "RTD", "late"), ("spp", "DA", "fresh"),
        )
    ]  # fmt: skip
    assert [row.feed for row in feeds.in_order(rows, "spp")] == ["caiso/RTD", "spp/DA", "caiso/DA"]


def test_a_played_day_says_that_no_feed_is_asked():
    html = render("feed_list.html", **feed_list.values(scene_of()))
    assert "a day is played: nobody is asked" in html


def test_feeds_that_are_late_come_first_and_dead_letters_are_counted():
    values: Any = feeds.values(scene_of())
    assert values["feeds"][0]["state"] == "late"
    assert values["dead_letters"] == 3


def test_a_source_of_which_nothing_could_be_used_does_not_wait_for_a_first_publication():
    view = handmade.feeds()
    view.feeds[0].state = view.feeds[1].state = "waiting"
    view.feeds[0].publications = view.feeds[1].publications = 0
    view.feeds[0].rejected = 1
    values: Any = feeds.values(scene_of(evening(feeds=view)))
    words = {feed["name"]: feed["word"] for feed in values["feeds"]}
    assert words["caiso/RTD"] == "rejected only"
    assert words["caiso/FMM"] == "waiting"


def test_a_view_that_cannot_be_read_is_named_on_the_desk():
    html = render("feeds.html", **feeds.values(scene_of(faults={"pnl": "wire version 9"})))
    assert "view pnl cannot be read: wire version 9" in html


def test_contributions_stand_by_size_with_their_share_of_the_loss():
    values: Any = contributions.values(scene_of(evening()))
    books = dict(values["tables"])["book"]
    assert [(line["part"], line["es"], line["share"]) for line in books] == [
        ("LOAD", "1.89 M$", "80 %"),
        ("RENEWABLES", "944.0 k$", "40 %"),
        ("HEDGE", "−472.0 k$", "−20 %"),
    ]
    assert books[2]["marginal"] == "–"
    assert [name for name, _ in values["tables"]] == ["book", "location", "block", "position"]


def test_the_tail_is_named_by_date_and_the_figure_by_its_age():
    html = render("contributions.html", **contributions.values(scene_of(evening())))
    assert "2025-08-22 −4.10 M$" in html
    assert "VaR is 2026-01-17" in html
    assert "incomplete · 95 %" in html
    assert "3 min" in html


def test_a_method_without_a_figure_is_a_dash_and_says_why():
    values: Any = methods.values(scene_of(evening()))
    assert [(line["method"], line["var"], line["es"]) for line in values["lines"]] == [
        ("historical", "1.88 M$", "2.36 M$"),
        ("extreme-value", "–", "–"),
    ]
    html = render("methods.html", **values)
    assert "3 losses beyond the threshold" in html
    assert "493 scenarios of 500, 2025-01-13 to 2026-07-13" in html


def test_options_without_a_known_volatility_are_named_below_the_methods():
    some = handmade.contributions(intrinsic=["caiso/NP15 cfd", "caiso/SP15 storage"])
    html = render("methods.html", **methods.values(scene_of(evening(contributions=some))))

    assert "No volatility known, valued at what they would pay: caiso/NP15 cfd, caiso/SP15" in html
    assert "No volatility known" not in render(
        "methods.html", **methods.values(scene_of(evening()))
    )


def test_every_desk_is_a_node_below_the_firm():
    values: Any = methods.values(scene_of(evening()))
    assert [(line["indent"], line["node"], line["figures"][2]) for line in values["nodes"]] == [
        ("", "firm", "1.88 M$"),
        ("\N{EM SPACE}", "supply", "752.0 k$"),
        ("\N{EM SPACE}", "retail", "1.50 M$"),
    ]


def test_without_scenarios_both_tiles_say_what_they_wait_for():
    none = handmade.contributions(rows=[], tail=[], scenarios=0)
    for tile, name in ((contributions, "contributions"), (methods, "methods")):
        html = render(f"{name}.html", **tile.values(scene_of(evening(contributions=none))))
        assert "when an interval ends and scenarios are there" in html


def test_every_page_names_its_tiles_once_and_fills_its_rows():
    for page in PAGES.values():
        names = [place.name for place in page.all_places]
        assert len(names) == len(set(names))
        assert sum(place.columns * place.rows for place in page.places) % 12 == 0


def test_stress_shows_every_book_and_the_origins_of_the_worst_scenario():
    values: Any = stress.values(scene_of(evening()))
    worst, load = values["lines"]
    assert (worst.title, worst.total, worst.tone) == ("Scarcity evening", "−200.0 k$", "short")
    assert worst.nodes == [
        ("−300.0 k$", "short"),
        ("0 $", "muted"),
        ("+100.0 k$", "long"),
        ("0 $", "muted"),
    ]
    assert (worst.selected, worst.open, worst.incomplete) == (True, "", False)
    assert (load.open, load.incomplete) == ("−459 → −3,059", True)
    assert values["origins"][0] == ("caiso/DLAP_SCE 2026-07-14 HE19", "−300.0 k$", "short")
    assert (values["title"], values["age"]) == ("Scarcity evening", "4 min")


def test_a_selected_stress_scenario_shows_its_coverage_and_what_it_could_not_reach():
    scene = scene_of(evening(), choice=Choice(page="risk", scenario="load-plus-10"))
    values: Any = stress.values(scene)
    assert [line.selected for line in values["lines"]] == [False, True]
    assert ("coverage caiso 2026-07-14 HE19", "95.2 % → 86.5 %", "") in values["origins"]
    missing = "not reached: caiso/BATT_2 has no mark: 12.0 MWh"
    assert values["origins"][-1] == (missing, "", "warn")
    assert missing in render("stress.html", **values)


def test_without_stress_scenarios_the_tile_says_so():
    empty = handmade.stress(struck_ns=0, scenarios=[], nodes=[], rows=[])
    assert "no stress scenarios in force" in render("stress.html", **stress.values(scene_of({})))
    waiting: Any = stress.values(scene_of({"stress": empty}))["waiting"]
    assert waiting.startswith("no stress scenarios in force")
    unstruck = handmade.stress(struck_ns=0, nodes=[], rows=[])
    assert "first tick" in render("stress.html", **stress.values(scene_of({"stress": unstruck})))


def test_the_backtest_tells_the_firm_first_and_what_is_not_tested_as_such():
    scene = scene_of(evening())
    lines = lines_of(backtest, scene)
    assert [(line["node"], line["light"], line["pill"]) for line in lines] == [
        ("firm", "yellow", "warn"),
        ("HEDGE", "too few", "waiting"),
        ("LOAD", "unknown", "unknown"),
    ]
    assert lines[0]["exceptions"] == "18 of 250"
    assert lines[0]["tests"] == [("2.28", "13.1 %"), ("0.46", "50.0 %"), ("2.73", "25.5 %")]
    assert lines[1]["tests"] == [("–", "–")] * 3
    html = render("backtest.html", **backtest.values(scene))
    assert "of the firm intraday 14 of 250, forward 9 of 250" in html
    assert html.count('<path class="bad"') == 18
    assert html.count('<path class="day"') == 231


def test_the_backtest_waits_for_enough_days():
    few = handmade.backtest(rows=[handmade.backtest_row(days=12, state="too few", light="")])
    html = render("backtest.html", **backtest.values(scene_of(evening(backtest=few))))
    assert "fewer than 100 days observed: 12 so far" in html
    assert "<table" not in html


def test_an_exception_stands_out_of_the_strip_and_a_day_not_observed_is_a_gap():
    view = handmade.backtest(
        dates=["a", "b", "c"],
        firm_var_usd=np.array([10.0, 10.0, 10.0]),
        firm_pnl_usd=np.array([-20.0, math.nan, 10.0]),
    )
    strip = backtest.strip_of(view)
    assert strip is not None
    assert strip.bars == [("bad", "M83.3,22.0 V62.0"), ("day", "M416.7,22.0 V2.0")]
    assert strip.floor == ["M0.0,42.0 h166.7", "M333.3,42.0 h166.7"]
    nothing = handmade.backtest(firm_pnl_usd=np.full(250, math.nan))
    assert backtest.strip_of(nothing) is None


def test_the_close_tells_the_firm_first_and_what_came_after_the_lock():
    scene = scene_of(evening())
    lines = lines_of(close, scene)
    assert [line["key"] for line in lines] == ["firm pnl", "firm open", "firm var", "HEDGE pnl"]
    assert (lines[0]["numbers"], lines[0]["difference"], lines[0]["differs"]) == (
        ["−40.0 k$", "−41.0 k$", "−43.5 k$"],
        "−2.5 k$",
        True,
    )
    assert [line["differs"] for line in lines[1:]] == [False, False, False]
    assert (lines[1]["figure"], lines[1]["numbers"][0]) == ("open SHORT", "−320 MWh")


def test_the_pnl_of_today_is_no_number_where_it_is_not_known():
    why = "20 MWh have no mark, most of them at HUB on 2026-07-15"
    pnl = handmade.pnl(estimated=f"not known: {why}")
    pnl.books[0].unknown = why
    card = next(one for one in cards_of(evening(pnl=pnl)) if one.title == "P&L today")
    assert (card.figure, card.note) == ("UNKNOWN", why)
    curve = PnlCurve(lambda _: None)
    curve.show(scene_of(evening(pnl=pnl)))
    head: Any = curve.roots()["curve_head"]
    html = head.html
    assert "━ total –" in html
    assert "━ realised –" in html
    assert f"not known: {why}" in html
    today = scene_of(evening(pnl=pnl), choice=Choice(since="midnight"))
    html = render("moved.html", **moved.values(today))
    assert f"P&amp;L is not known: {why}" in html


def test_the_close_says_why_a_pnl_is_not_known():
    row = handmade.close_row("HEDGE", "pnl", "$", math.nan, math.nan, 11_500.0)
    why = "not known (flash, official): 20 MWh have no mark, most of them at HUB on 2026-07-13"
    view = handmade.close(rows=[msgspec.structs.replace(row, unknown=why)])
    html = render("close.html", **close.values(scene_of(evening(close=view))))
    assert f"HEDGE: P&amp;L {why}" in html


def test_the_close_names_totals_that_differ_and_who_stands_by_the_day():
    html = render("close.html", **close.values(scene_of(evening())))
    assert "HEDGE: 11.00 contracts, etrm 12.00 (−1.00): differs" in html
    assert "HEDGE: 240.00 MWh, etrm 240.25 (−0.25): within tolerance" in html
    assert "9,600.00" not in html
    assert "1 of 3 totals of the trade system agree" in html
    assert "locked by risk-1" in html
    assert "signed off by risk-2" in html


def test_the_close_names_each_contract_that_another_system_does_not_hold_alike():
    html = render("close.html", **close.values(scene_of(evening())))
    assert "HEDGE: T-7 price 41.00 $/MWh, settlement 40.75 $/MWh: differs" in html
    assert "T-9, held by settlement alone (38.00 $/MWh; SP15): surplus" in html
    assert "10 of 12 contracts as settlement; 3 of 3 contracts as CP-04 (CP-04)" in html
    missing = handmade.detail_row("T-8", "HEDGE", "missing", "41.00 $/MWh", "not there")
    html = render(
        "close.html",
        **close.values(scene_of(evening(close=handmade.close(details=[missing], records=[])))),
    )
    assert "HEDGE: T-8 (41.00 $/MWh), not held by settlement: missing" in html
    assert "contracts as" not in html


def test_before_the_first_tick_the_close_says_so():
    empty = handmade.close(date="", state="open", rows=[], steps=[], reconciled=[])
    html = render("close.html", **close.values(scene_of(evening(close=empty))))
    assert "no tick yet" in html
    assert "button" not in html


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("open", ["lock"]),
        ("reopened", ["lock"]),
        ("locked", ["sign_off", "reopen"]),
        ("signed off", ["reopen"]),
    ],
)
def test_the_close_offers_the_steps_that_can_be_taken_to_whom_may(state: str, steps: list[str]):
    views = evening(close=handmade.close(state=state))
    html = render("close.html", **close.values(scene_of(views, role=Role.RISK)))
    assert re.findall(r'data-step="(\w+)"', html) == steps
    html = render("close.html", **close.values(scene_of(views, role=Role.VIEWER)))
    assert "data-step" not in html


# How the day performs ----------------------------------------------------------------------------


def test_a_plant_is_told_with_what_real_time_brought_and_what_it_captures():
    load, wind, battery, thermal = lines_of(plants, scene_of(evening()))
    assert (load["mwh"], load["usd"]) == (["−6,750", "−6,855"], ["−416.0 k$", "−485.0 k$"])
    assert (load["difference"], load["worse"]) == ("−69.0 k$", True)
    assert (wind["contract"], wind["margin"]) == ("−31.9 k$", "10.2 k$")
    assert (wind["price"], wind["rate"]) == ("60.83", "104.7 %")
    assert (battery["price"], battery["rate"], battery["contract"]) == ("", "", "")
    assert (thermal["usd"], thermal["rate"]) == (["–", "–"], "–")


def test_supply_is_told_by_source_with_what_it_leaves_out():
    html = render("supply.html", **supply.values(scene_of(evening())))
    assert "concentration 0.52, as of 1.9 alike" in html
    assert "incomplete: no forecast for THERMAL_1" in html
    assert "load 6,855 MWh, sold 3,945 MWh" in html
    assert [line["share"] for line in lines_of(supply, scene_of(evening()))] == ["60.0 %", "40.0 %"]
    whole = evening(performance=handmade.performance(unknown=[]))
    assert "incomplete" not in render("supply.html", **supply.values(scene_of(whole)))


def test_accuracy_is_told_by_horizon_today_and_over_all_days():
    first, second = lines_of(accuracy, scene_of(evening()))
    assert (first["resource"], first["hours"]) == ("all loads", 14)
    assert (first["today"], first["held"]) == (["1.34 %"] * 3, ["1.10 %"] * 3)
    assert first["bias"] == "−1.3 %"
    assert (second["hours"], second["today"]) == (0, ["–"] * 3)


def test_less_than_half_a_dollar_is_no_loss_in_real_time():
    view = handmade.performance()
    for row, usd in zip(view.resources, (-0.4, -0.6, math.nan, 3.0), strict=True):
        row.difference_usd = usd
    values: Any = plants.values(scene_of(evening(performance=view)))
    told = [(line["difference"], line["worse"]) for line in values["lines"]]
    assert told[:2] == [("0 $", False), ("−1 $", True)]
    assert [worse for _, worse in told[2:]] == [False, False]


def test_the_contract_that_delivers_least_stands_first():
    lines = lines_of(deliveries, scene_of(evening()))
    assert [(line["contract"], line["ratio"], line["short"]) for line in lines] == [
        ("etrm/T-1", "95.8 %", True),
        ("etrm/T-2", "100.0 %", False),
    ]


def test_a_contract_that_reads_whole_lacks_nothing():
    """Two ISTs of 2.4 and 4.8 MWh come to a little less than 7.2."""
    view = handmade.performance()
    for row, ratio in zip(view.deliveries, (0.9999999999999999, 0.9994), strict=True):
        row.ratio = ratio
    lines = lines_of(deliveries, scene_of(evening(performance=view)))
    assert [(line["ratio"], line["short"]) for line in lines] == [
        ("99.9 %", True),
        ("100.0 %", False),
    ]


@pytest.mark.parametrize("tile", [plants, supply, accuracy, deliveries])
def test_a_company_without_plants_and_contracts_is_told_what_is_missing(tile: Any):
    empty = handmade.performance(resources=[], forecasts=[], sources=[], deliveries=[])
    words = tile.values(scene_of(evening(performance=empty)))
    assert words["waiting"] == tile.NOTHING
    assert tile.values(scene_of({}))["waiting"] == plants.WAITING
