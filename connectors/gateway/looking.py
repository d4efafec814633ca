"""Looking at the read model for `/updates`: what changed since the last look, decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import structlog

from connectors.gateway.filtered import RefusedTrade, Shown
from state.errors import WireError
from state.messages import ProductTrade, Trade
from state.screens.views import Transition
from state.store import StoredLetter, StoredTransition, StoreReader, read_view
from state.wire import decode

NAMES = ("clock", "pnl", "risk", "limits", "cases")
POSITIONS = "position/"
"""What the names of position views begin with."""

_MOST_AT_ONCE = 1000
_NEWEST = 2**64 - 1

log = structlog.get_logger()


class Since(NamedTuple):
    """What was told after one position, up to another, oldest first.

    Attributes:
        alerts: changes of cases.
        refused: trades that the core refused.
    """

    alerts: list[Transition]
    refused: list[RefusedTrade]


class Look(NamedTuple):
    """What changed between two looks.

    Attributes:
        position: log position of the read model.
        views: those that changed.
        since: what was told since the look before.
    """

    position: int
    views: dict[str, Shown]
    since: Since


@dataclass
class Looker:
    """Looks at one run's read model; not to be shared between threads at the same time.

    Args:
        reader: of the run.
    """

    reader: StoreReader
    _position: int = 0
    _edition: tuple[int, int] = (0, 0)
    _seen: dict[str, object] = field(default_factory=dict)

    def look(self) -> Look | None:
        """Return what changed, None when nothing did.

        A view that this release cannot read is left as it was, and the log says so once.
        """
        edition = self.reader.edition()
        if edition == self._edition:
            return None
        position, stored = self.reader.stored()
        fresh = {
            name: body
            for name, body in stored.items()
            if _is_shown(name) and self._seen.get(name) != body
        }
        views: dict[str, Shown] = {}
        for name, body in fresh.items():
            try:
                views[name] = cast("Shown", read_view(body))
            except WireError as error:
                log.warning("view.unreadable", view=name, reason=str(error))
        told = since(self.reader, self._position, position) if self._position else Since([], [])
        self._seen.update(fresh)
        self._position, self._edition = position, edition
        return Look(position, views, told)


def since(reader: StoreReader, after: int, until: int) -> Since:
    """Return what messages after one position, up to another, caused to be told."""
    return Since(alerts_between(reader, after, until), refused_between(reader, after, until))


def refused_between(reader: StoreReader, after: int, until: int) -> list[RefusedTrade]:
    """Return the trades after one position, up to another, that the core refused."""
    found: list[RefusedTrade] = []
    last = f"{after}-{_NEWEST}"
    while some := reader.refusals(last, _MOST_AT_ONCE):
        for last, letter in some:
            position = int(last.partition("-")[0])
            if position > until:
                return found
            trade = _trade_in(letter)
            if trade is not None:
                name = f"{trade.source}/{trade.trade}/{trade.version}"
                found.append(
                    RefusedTrade(
                        position=position, trade=name, book=trade.book, reason=letter.reason
                    )
                )
    return found


def _trade_in(letter: StoredLetter) -> Trade | ProductTrade | None:
    """Return the trade that was refused; None for what is none, or cannot be read."""
    try:
        message = decode(letter.raw)
    except WireError:
        return None
    return message if isinstance(message, Trade | ProductTrade) else None


def alerts_between(reader: StoreReader, after: int, until: int) -> list[Transition]:
    """Return the changes of cases that messages after one position, up to another, caused."""
    found: list[Transition] = []
    last = f"{after}-{_NEWEST}"
    while some := reader.transitions(last, _MOST_AT_ONCE):
        found += [each.transition for each in some if _position_of(each) <= until]
        last = some[-1].id
        if _position_of(some[-1]) > until:
            break
    return found


def _position_of(stored: StoredTransition) -> int:
    return int(stored.id.partition("-")[0])


def _is_shown(name: str) -> bool:
    return name in NAMES or name.startswith(POSITIONS)


Looking = Callable[[], Look | None]
"""What :meth:`Looker.look` is."""
