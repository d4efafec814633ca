"""A tiny state with the interface of the core: it counts, and chains a digest over the log."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from state.messages import AnyMessage, Tick, Trade
from state.screens.cases_seen import CaseRow, CaseView
from state.screens.clock_seen import ClockView
from state.screens.view import View
from state.screens.views import Transition
from state.wire import content_digest, decode_state, encode_state


class Tally:
    """Counts messages by kind; every trade is a transition.

    Args:
        company: its name.
    """

    def __init__(self, company: str) -> None:
        self.company = company
        self.position = self._tabled = 0
        self.tick_ns = 0
        self.digest = ""
        self.counts: Counter[str] = Counter()

    @classmethod
    def restore(cls, data: bytes) -> Tally:
        """Return the tally a snapshot was taken of."""
        saved = decode_state(data)
        tally = cls(saved["company"])
        tally.position, tally.tick_ns = saved["position"], saved["tick_ns"]
        tally.digest, tally.counts = saved["digest"], Counter(saved["counts"])
        return tally

    def snapshot(self) -> bytes:
        """Return everything."""
        return encode_state(
            {
                "company": self.company,
                "position": self.position,
                "tick_ns": self.tick_ns,
                "digest": self.digest,
                "counts": dict(self.counts),
            }
        )

    def snapshot_pieces(self) -> list[bytes]:
        """Return everything in one piece."""
        return [self.snapshot()]

    def apply(self, message: AnyMessage, position: int) -> list[Transition]:
        """Count a message."""
        self.position = position
        self.counts[type(message).__name__] += 1
        chained = self.digest.encode() + content_digest(message)
        self.digest = hashlib.blake2b(chained, digest_size=8).hexdigest()
        if isinstance(message, Tick):
            self.tick_ns = message.at_ns
        return [self._transition(message)] if isinstance(message, Trade) else []

    def apply_deals(self, deals: Sequence[Trade], position: int) -> list[list[Transition]]:
        """Count six deals together, where a seventh follows."""
        together = deals[:6] if len(deals) > 6 else ()
        return [self.apply(deal, position + at) for at, deal in enumerate(together)]

    def skip(self, position: int, reason: str) -> list[Transition]:
        """Count what cannot be read."""
        del reason
        self.position = position
        self.counts["skipped"] += 1
        return []

    def refusals(self) -> list[tuple[str, str]]:
        """Refuse nothing."""
        return []

    @property
    def tables_wait(self) -> bool:
        """Whether there was a message since the cases were shown last."""
        return self._tabled != self.position

    @property
    def seldom_next(self) -> str:
        """No view is dear."""
        return ""

    def changed_views(
        self, *, tables: int | None = None, seldom: int | None = None
    ) -> dict[str, View]:
        """Return the clock, which always changes, with the counts, and the cases if asked to."""
        del seldom
        clock = ClockView(
            company=self.company,
            position=self.position,
            tick_ns=self.tick_ns,
            digest=self.digest,
            policies=[f"{kind} {count}" for kind, count in sorted(self.counts.items())],
        )
        if tables == 0:
            return {"clock": clock}
        self._tabled = self.position
        return {"clock": clock, "cases": CaseView(cases=[])}

    def _transition(self, trade: Trade) -> Transition:
        row = CaseRow(
            case=trade.trade,
            limit="",
            clause="",
            policy="",
            scope="",
            period="",
            severity="warn",
            condition="firing",
            status="open",
            headline=f"trade {self.counts['Trade']}",
            passive=False,
            cause="",
            cause_key=trade.key,
            attribution=[],
            value_text="",
            limit_text="",
            opened_ns=self.tick_ns,
            changed_ns=self.tick_ns,
            opened_position=self.position,
        )
        return Transition(
            case=trade.trade,
            sequence=1,
            change="warned",
            at_ns=self.tick_ns,
            position=self.position,
            timing=False,
            row=row,
        )


class Tabled(Tally):
    """A tally with two tables."""

    def changed_views(
        self, *, tables: int | None = None, seldom: int | None = None
    ) -> dict[str, View]:
        """Return the views, as many tables as are asked for."""
        views = super().changed_views(tables=tables, seldom=seldom)
        return views if tables is not None else {**views, "limits": views["cases"]}
