"""Ages of feeds are read when one can have passed a mark, and nothing is missed between."""

from __future__ import annotations

from pathlib import Path

from state.company import Company
from state.messages import Policy, Run
from state.screens.limits_seen import LimitView
from tests.state.worked import company, price, reference, tick

DESK = (Path(__file__).parents[3] / "policies" / "desk-limits.yaml").read_text("utf-8")
WARNS_SECONDS, STALE_SECONDS = 630, 900


def watched(*, restored: bool = False) -> Company:
    """A company whose real-time prices of hour 8 came with the first tick."""
    policy = Policy(policy="desk-limits", version="1", source=DESK)
    messages = [*reference(), policy, tick(8), price(Run.RTD, 8, HUB=51.0, NODE=52.0, ZONE=53.0)]
    folded = company(messages, tick(8 + 1 / 3600))
    return Company.restore(folded.snapshot()) if restored else folded


def changes(folded: Company, second: int) -> list[tuple[int, str]]:
    """What the age of the real-time prices did at a tick."""
    found = folded.apply(tick(8 + second / 3600), folded.position + 1)
    return [
        (second, str(one.change))
        for one in found
        if one.row.limit == "feed-age" and one.row.scope.endswith("/RTD")
    ]


def test_an_age_warns_and_breaks_at_the_first_tick_past_its_mark_however_idle_the_ticks():
    for restored in (False, True):
        folded = watched(restored=restored)
        found = [one for second in range(2, 1000) for one in changes(folded, second)]
        assert found == [(WARNS_SECONDS + 1, "warned"), (STALE_SECONDS + 1, "breached")]


def test_a_feed_that_came_back_is_resolved_at_the_next_tick():
    for restored in (False, True):
        folded = watched()
        _ = [changes(folded, second) for second in range(2, 1000)]
        if restored:
            folded = Company.restore(folded.snapshot())
        folded.apply(price(Run.RTD, 9, HUB=50.0), folded.position + 1)
        assert changes(folded, 1000) == [(1000, "resolved")]


def test_a_message_of_a_feed_in_time_only_makes_its_next_mark_later():
    folded = watched()
    folded.apply(price(Run.RTD, 9, HUB=50.0), folded.position + 1)
    found = [one for second in range(2, 4400) for one in changes(folded, second)]
    assert found == [(3600 + WARNS_SECONDS + 1, "warned")]


def test_the_age_on_the_screen_is_at_most_a_minute_old():
    folded = watched()
    _ = [changes(folded, second) for second in range(2, 200)]
    view = folded.views()["limits"]
    assert isinstance(view, LimitView)
    shown = [row.value for row in view.rows if row.limit == "feed-age" and "RTD" in row.scope]
    assert shown == [180.0]
