"""The watch over feeds: their ages and what was refused of them, held against limits by the clock.

An age only grows, so when it passes a mark is known in advance: until then a tick costs a
comparison.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from state.alerts import readings
from state.alerts.alerts import Alerts
from state.alerts.causes import TIME
from state.alerts.dead_letters import DeadLetterCounts
from state.alerts.feeds import Feeds
from state.alerts.readings import Freshness
from state.limits.reading import Cause
from state.limits.sheet import Sheet
from state.moments import HOUR_NS, MINUTE_NS, SECOND_NS
from state.policy.schema import Feed, LimitPolicy
from state.screens.views import Transition

_LETTERS = Cause(kind="dead letter", key="rejected", text="something that was refused")


class FeedWatch:
    """Holds ages and dead letters against their limits when they are due.

    Args:
        feeds: what has arrived, and what was refused.
        alerts: the limits.
    """

    def __init__(self, feeds: Feeds, alerts: Alerts) -> None:
        self._feeds = feeds
        self._alerts = alerts
        self._letters = DeadLetterCounts()
        self._policies: list[LimitPolicy] = []
        self._expected: dict[str, Feed] = {}
        self._expected_of = -1
        self._next_age_ns = 0
        self._quiet: set[str] = set()
        self._sheet: Sheet | None = None

    # What is expected ----------------------------------------------------------------------------

    def expect(self, policies: Iterable[LimitPolicy]) -> None:
        """Expect of feeds what the policies in force say."""
        self._policies = list(policies)
        self._expected_of = -1

    def expected(self) -> dict[str, Feed]:
        """Return what the policies expect of each feed there is."""
        if self._expected_of != len(self._feeds.records):
            self._expected_of = len(self._feeds.records)
            self._expected = {
                name: feed
                for name in self._feeds.records
                for policy in self._policies
                if (feed := policy.feed(name)) is not None
            }
        return self._expected

    # What arrives --------------------------------------------------------------------------------

    def arrived(self, feed: str) -> None:
        """Look at the ages at the next tick if a feed is new, or may have come back."""
        if feed not in self._quiet:
            self._next_age_ns = 0

    def look_anew(self) -> None:
        """Look at the ages at the next tick."""
        self._next_age_ns = 0

    # Time ----------------------------------------------------------------------------------------

    @property
    def is_behind(self) -> bool:
        """Whether the next tick has something to hold, whenever it is."""
        return not self._next_age_ns or self._letters.behind(self._feeds)

    def due_ns(self, at_ns: int) -> int:
        """Return before when a tick after another, at ``at_ns``, finds nothing to hold."""
        return 0 if self.is_behind else min(self._next_age_ns, _next_minute_ns(at_ns))

    def tick(
        self, before_ns: int, at_ns: int, position: int, *, time_zone: str
    ) -> tuple[bool, list[Transition]]:
        """Hold ages against their limits, once a minute and when one is due, and dead letters.

        Args:
            before_ns: the tick before.
            at_ns: the tick.
            position: its log position.
            time_zone: whose midnight begins the count of dead letters.

        Returns:
            Whether an age can have passed a mark, and the transitions.
        """
        told = self._hold_letters(time_zone, at_ns, position)
        due = at_ns >= self._next_age_ns
        if not due and at_ns < _next_minute_ns(before_ns):
            return False, told
        names = [name for name in self._feeds.records if self._alerts.marks("feed_age", name)]
        if names:
            told += self._alerts.hold(self._ages_of(names, at_ns), TIME, at_ns, position)
        if due:
            self._next_age_ns = self._next_mark_ns(names, at_ns)
        self._note_quiet(at_ns)
        return due and bool(names), told

    def _ages_of(self, names: list[str], at_ns: int) -> Sheet:
        """Return the sheet of the ages of feeds, another one only for other feeds."""
        sheet = self._sheet
        if sheet is None or sheet.readings[0].scopes != tuple(names):
            reading = readings.feed_ages(names, self._feeds, at_ns)
            self._sheet = sheet = Sheet((reading,), name="feed ages")
        else:
            sheet.values[:] = [self._feeds.age_seconds(name, at_ns) for name in names]
        return sheet

    def _hold_letters(self, time_zone: str, at_ns: int, position: int) -> list[Transition]:
        reading = self._letters.read(self._feeds, time_zone, at_ns)
        return [] if reading is None else self._alerts.read(reading, _LETTERS, at_ns, position)

    def _next_mark_ns(self, names: list[str], at_ns: int) -> int:
        due = [at_ns + HOUR_NS]
        stale = [feed.stale_after_seconds for feed in self.expected().values()]
        for name in names:
            newest_ns = max(self._feeds.records[name].newest_ns, self._feeds.since_ns)
            marks = [*self._alerts.marks("feed_age", name), *stale]
            due.extend(newest_ns + int(mark * SECOND_NS) + 1 for mark in marks)
        return min(moment for moment in due if moment > at_ns)

    def _note_quiet(self, at_ns: int) -> None:
        """Note the feeds of which another message only makes the next mark later."""
        freshness = Freshness(self._feeds, self.expected(), at_ns)
        restless = self._alerts.restless_feeds()
        self._quiet = {
            name
            for name in self._feeds.records
            if name not in restless and not freshness.reason(name)
        }

    # Saving --------------------------------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        """Return what :meth:`restore` needs."""
        return {"next_age_ns": self._next_age_ns, **self._letters.saved()}

    def restore(self, saved: dict[str, Any], at_ns: int) -> None:
        """Take over what :meth:`saved` returned; ``at_ns`` is the last tick."""
        if "dead_letters_read" in saved:
            self._letters.restore(saved["dead_letters_read"])
        self._next_age_ns = saved["next_age_ns"]
        self._note_quiet(at_ns)


def _next_minute_ns(at_ns: int) -> int:
    return (at_ns // MINUTE_NS + 1) * MINUTE_NS
