"""Every gesture a browser may send, by every role: what reaches the log, and what is answered.

A gesture is whatever comes over the websocket: a screen that offers no button refuses it as well.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from bokeh.document import Document
from structlog.testing import capture_logs

from dashboards.access import Person, Role
from dashboards.actions import ActionSender, Asked
from dashboards.hub import Hub, Reading
from dashboards.pages import PAGES
from dashboards.screen import _GESTURES, Screen
from dashboards.tiles.tile import Choice, Gesture
from tests.dashboards.handmade import cases, evening, owed_case, standing

OF_CASE = {"case": "case-nop", "text": "root cause", "resolution": "bought"}
FRONT = {**OF_CASE, "do": "done", "duty": "duty-report-breach"}
MIDDLE = {**OF_CASE, "do": "done", "duty": "duty-notify-material"}
PERIODIC = {"do": "done", "case": "standing-1", "duty": "duty-quarterly-report"}
WAIVE = {**OF_CASE, "do": "waive", "approver": "committee", "hours": "2"}
HEDGE = {"do": "hedge", "limit": "nop-energy-prompt-month", "period": "2026-08"}
CLOSE_DAY = {"do": "close_day", "step": "lock", "day": "2026-07-14"}


class Evening:
    """A run with a case that owes duties, and a periodic one."""

    def read(self) -> Reading:
        view = cases(owed_case())
        view.standing = [standing()]
        return Reading(run="scripted", position=1, views=evening(cases=view))


def heard(role: Role, *gestures: Gesture, page: str = "cases") -> tuple[list[Asked], list[str]]:
    """Return what gestures of somebody put into the log, and what the screen answered."""
    hub = Hub(Evening(), stale_after_seconds=5.0)
    hub.poll()
    stored, told = list[Asked](), list[str]()
    with ThreadPoolExecutor(1) as worker:
        screen = Screen(
            hub,
            person=Person(role.value, role),
            sender=ActionSender(stored.append, worker),
            document=Document(),
            choice=Choice(page=page),
        )
        for gesture in gestures:
            screen.hear(gesture)
            told.append(screen._choice.notice)
            screen.draw()
    return stored, told


@pytest.mark.parametrize(
    ("gesture", "roles"),
    [
        ({**OF_CASE, "do": "acknowledge"}, "desk risk"),
        ({**OF_CASE, "do": "assign"}, "desk risk"),
        ({**OF_CASE, "do": "comment"}, "desk risk"),
        ({**OF_CASE, "do": "resolve"}, "desk risk"),
        ({**OF_CASE, "do": "close"}, "risk"),
        ({**OF_CASE, "do": "lift"}, "risk"),
        (WAIVE, "risk"),
        (FRONT, "desk risk"),
        (MIDDLE, "risk"),
        (PERIODIC, "risk"),
        (HEDGE, "desk risk"),
        (CLOSE_DAY, "risk"),
        ({"do": "key", "key": "a", "case": "case-nop"}, "desk risk"),
    ],
)
@pytest.mark.parametrize("role", Role)
def test_an_action_reaches_the_log_of_who_may_alone(gesture: Gesture, roles: str, role: Role):
    stored, (told,) = heard(role, gesture)
    if role in roles.split():
        assert len(stored) == 1
    else:
        assert stored == []
        assert re.search(f"the role {role} may not .*; sign in as another", told)


def test_a_duty_that_nobody_owes_is_refused_before_it_is_a_dead_letter():
    for changes in ({"duty": "duty-suspend"}, {"duty": "none"}, {"case": "gone"}):
        stored, (told,) = heard(Role.RISK, {**FRONT, **changes})
        assert stored == []
        assert "any more" in told


WORDS = ["", "1", "²", "-1", "9" * 30, "log 7", "log ²", "risk", "case-nop", "caiso", "firm", "<"]
NAMES = ("page", "market", "day", "rows", "row", "hour", "case", "scenario", "text", "by", "since")


@pytest.mark.parametrize("page", PAGES)
def test_no_words_of_a_gesture_fail_a_screen(page: str):
    wishes = [dict.fromkeys(NAMES, word) for word in WORDS]
    names = [name for name in _GESTURES if name != "page"]
    gestures = [{**words, "do": name} for name in names for words in wishes]
    with capture_logs() as logs:
        stored, _ = heard(Role.VIEWER, *gestures, page=page)
    assert stored == []
    assert [each for each in logs if each["event"] == "tile.failed"] == []
