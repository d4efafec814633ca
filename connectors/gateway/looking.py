"""Looking at the read model for `/updates`: what changed since the last look, decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import structlog

from connectors.gateway.filtered import Shown
from state.errors import WireError
from state.screens.views import Transition
from state.store import StoredTransition, StoreReader, read_view

NAMES = ("clock", "pnl", "risk", "limits", "cases")
POSITIONS = "position/"
"""What the names of position views begin with."""

_MOST_AT_ONCE = 1000
_NEWEST = 2**64 - 1

log = structlog.get_logger()


class Look(NamedTuple):
    """What changed between two looks.

    Attributes:
        position: log position of the read model.
        views: those that changed.
        alerts: changes of cases since the look before, oldest first.
    """

    position: int
    views: dict[str, Shown]
    alerts: list[Transition]


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
        alerts = alerts_between(self.reader, self._position, position) if self._position else []
        self._seen.update(fresh)
        self._position, self._edition = position, edition
        return Look(position, views, alerts)


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
