"""What is to be said of a trade feed: whether its source answers, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.trades import Fate, Settled
from state.messages import FeedNotice, FeedOutcome
from state.moments import MINUTE_NS, SECOND_NS, from_ns

_MOST_SECONDS = 1e6
"""Of a delay that a notice can tell."""
_DETAIL = 200


class Standing:
    """Keeps it; the feed's own thread says it, whoever writes the log tells it.

    Args:
        feed: its name.
    """

    def __init__(self, feed: str) -> None:
        self._feed = feed
        self._fault: tuple[FeedOutcome, str] | None = (FeedOutcome.NO_DATA, "not connected yet")
        self._counts = dict.fromkeys(Fate, 0)
        self._repeats = 0
        self._sent_ns = 0
        self._delay_seconds = 0.0
        self._newest_ns = 0
        self._is_news = False
        self._said: tuple[object, ...] = ()
        self._minute = 0

    def answers(self) -> None:
        """Say that the source answers."""
        self._fault = None

    def fails(self, outcome: FeedOutcome, detail: str) -> None:
        """Say why nothing comes."""
        self._fault = (outcome, " ".join(detail.split())[:_DETAIL])

    def sent(self, at_ns: int) -> None:
        """Note when the source sent what comes now."""
        self._sent_ns = at_ns

    def repeats(self) -> None:
        """Count what the feed itself knows for a repetition; the log never sees it."""
        self._repeats += 1
        self._is_news = True

    def settle(self, settled: Sequence[Settled]) -> None:
        """Count what became of deals."""
        for each in settled:
            self._counts[each.fate] += 1
        self._is_news = True

    def notice(self, now_ns: int) -> FeedNotice | None:
        """Return what the log does not know yet: a change at once, mere counts once a minute."""
        counts = self._counts | {Fate.REPEATED: self._counts[Fate.REPEATED] + self._repeats}
        if self._is_news:
            self._is_news, self._newest_ns = False, now_ns
            delay = (now_ns - self._sent_ns) / SECOND_NS if self._sent_ns else 0.0
            self._delay_seconds = max(-_MOST_SECONDS, min(_MOST_SECONDS, delay))
        outcome, detail = self._fault or self._of_counts(counts)
        said = (outcome, self._fault and detail, tuple(counts.values()))
        minute = now_ns // MINUTE_NS
        if said == self._said or (said[:2] == self._said[:2] and minute == self._minute):
            return None
        self._said, self._minute = said, minute
        return FeedNotice(
            received_at_ns=now_ns,
            feed=self._feed,
            outcome=outcome,
            detail=detail,
            delay_seconds=round(self._delay_seconds, 3),
            newest_ns=self._newest_ns,
        )

    def _of_counts(self, counts: dict[Fate, int]) -> tuple[FeedOutcome, str]:
        if not any(counts.values()):
            return FeedOutcome.NO_DATA, "connected; nothing came yet"
        told = ", ".join(f"{count:,} {fate}" for fate, count in counts.items() if count)
        return FeedOutcome.DATA, f"{told}; the last at {from_ns(self._newest_ns):%H:%M:%S} UTC"
