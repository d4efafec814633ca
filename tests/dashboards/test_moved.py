"""The tile that says what moved: drivers and messages since a moment that a person chose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dashboards.markup import render
from dashboards.tiles import moved
from dashboards.tiles.tile import Choice
from state.screens.view import View
from tests.dashboards.handmade import evening, explain, explain_points
from tests.dashboards.scenes import scene_of


def shown(since: str = "300", views: dict[str, View] | None = None) -> dict[str, Any]:
    values: Any = moved.values(scene_of(views or evening(), choice=Choice(since=since)))
    return dict(values)


def test_the_last_five_minutes_are_told_from_the_kept_point_before_them():
    # The clock stands at 17:25:08; 17:20:08 lies after the point of 17:20:00.
    told = shown("300")
    assert told["begin"] == "since 17:20:00 PDT, log 1,283,000"
    assert [(line.name, line.usd, line.open_mwh, line.var) for line in told["lines"]] == [
        ("roll", "0 $", "−5.0", "0 $"),
        ("new deals", "+1.0 k$", "−120.0", "+40.0 k$"),
        ("price RTD", "−70.0 k$", "0.0", "+20.0 k$"),
    ]
    total = told["total"]
    assert (total.usd, total.open_mwh, total.var) == ("−69.0 k$", "−125.0", "+60.0 k$")


def test_bars_point_left_for_a_loss_and_the_longest_fills_its_half():
    lines = {line.name: line for line in shown("300")["lines"]}
    assert (lines["price RTD"].left, lines["price RTD"].width) == (0.0, 50.0)
    assert lines["new deals"].left == 50.0
    assert lines["new deals"].width == pytest.approx(50 / 70)


def test_the_biggest_messages_of_the_window_are_named_with_their_key():
    moves = shown("300")["moves"]
    assert [move.usd for move in moves] == ["−70.0 k$", "+1.0 k$"]
    assert moves[1].text == "trade etrm/T-118 v1: sold 120 MW"
    assert "trade/etrm/T-118/1" in moves[1].hint
    assert [move.usd for move in shown("900")["moves"]] == ["−70.0 k$", "−60.0 k$", "+1.0 k$"]


def test_an_hour_before_the_first_point_begins_at_it_and_says_so():
    points = explain_points()
    points.numbers, points.positions = points.numbers[1:], points.positions[1:]
    points.at_ns, points.totals = points.at_ns[1:], points.totals[1:]
    told = shown("3600", evening(explain_points=points))
    assert told["begin"] == "since 17:10:00 PDT, log 1,280,000"
    assert told["reservation"] == "nothing earlier is kept"


def test_today_is_each_market_from_its_own_midnight_and_tells_hubs_and_blocks():
    told = shown("midnight")
    assert [(line.name, line.usd) for line in told["lines"]] == [
        ("roll", "0 $"),
        ("new deals", "+9.0 k$"),
        ("volume forecast", "−20.6 k$"),
        ("price RTD", "−150.0 k$"),
    ]
    assert told["total"].usd == "−161.6 k$"
    assert told["lines"][3].hint == "TH_NP15 on-peak −30.0 k$ · TH_SP15 on-peak −120.0 k$"


def test_an_explain_that_began_during_the_day_says_so():
    views = evening(explain_points=explain_points(midnight_complete=False))
    assert shown("midnight", views)["reservation"] == "explained from there on only"


def test_since_a_log_position_takes_the_nearest_kept_point_and_says_so():
    told = shown("log 1283999")
    assert told["begin"].endswith("log 1,283,000")
    assert told["reservation"] == "nearest kept point"
    assert shown("log 1283000")["reservation"] == ""


def test_a_log_position_that_is_yet_to_come_is_refused_by_name():
    told = shown("log 99999999")
    assert told["waiting"] == "the log ends at 1,284,000: 99,999,999 is yet to come"


def test_what_cannot_be_explained_is_a_line_of_its_own():
    odd = evening(explain=explain(unexplained_usd=np.array([0.0, 0, 0, -12.0])))
    html = render("moved.html", **shown("300", odd))
    assert "unexplained" in html
    assert "−12 $" in html
    assert "unexplained" not in render("moved.html", **shown("300"))


def test_two_views_of_different_moments_are_not_subtracted():
    torn = evening(explain=explain(point=5))
    assert shown("300", torn)["waiting"] == "the next frame brings it"


def test_nothing_moved_is_said():
    quiet = evening(
        explain=explain(running_drivers=[], running=np.zeros((0, 3)), largest=[]),
        explain_points=explain_points(totals=np.zeros((4, 6)), largest=[]),
    )
    assert "nothing has moved" in render("moved.html", **shown("300", quiet))
