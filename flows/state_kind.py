"""What the flow asks of the state it folds the log into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from state.messages import AnyMessage, Trade
from state.screens.view import View
from state.screens.views import Transition


class Fold(Protocol):
    """State that is a fold over the log (``state.company.Company``)."""

    @property
    def position(self) -> int:
        """Position of the last entry applied or skipped, 0 before the first."""

    def apply(self, message: AnyMessage, position: int) -> list[Transition]:
        """Apply the message at a position.

        Raises:
            StateError: an invariant is broken; the process must not go on.
        """

    def apply_deals(self, deals: Sequence[Trade], position: int) -> list[list[Transition]]:
        """Apply the deals at the head of a run that can be taken together.

        Returns:
            The transitions of each that was applied; the next has to be applied by itself.
        """

    def skip(self, position: int, reason: str) -> list[Transition]:
        """Pass over an entry that cannot be read, as a rejected entry is counted."""

    def refusals(self) -> list[tuple[str, str]]:
        """Return feed and reason of what was refused since the last call."""

    def changed_views(
        self, *, tables: int | None = None, seldom: int | None = None
    ) -> dict[str, View]:
        """Return the views changed since the last call; all of them after a restore.

        Args:
            tables: how many are among them that are neither figures nor dear, the longest unseen
                first; the rest count as changed still. None for all.
            seldom: how many dear ones are, likewise.
        """

    @property
    def tables_wait(self) -> bool:
        """Whether views that changed are left, beyond figures and dear ones."""

    @property
    def seldom_next(self) -> str:
        """Name of the dear view that is next among those that changed; empty for none."""

    def snapshot_pieces(self) -> Iterable[bytes]:
        """Yield the whole state, encoded, piece by piece."""


class FoldKind(Protocol):
    """A class of such states."""

    def __call__(self, company: str) -> Fold:
        """Return the state before the first entry."""

    def restore(self, data: bytes) -> Fold:
        """Return the state a snapshot was taken of."""
