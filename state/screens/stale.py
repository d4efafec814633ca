"""Which views changed since they were shown, and which of them come next."""

from __future__ import annotations

from collections.abc import Iterable

from state.screens import screens
from state.screens.screens import shown_with


class StaleViews(set[str]):
    """The names of views that changed since they were shown.

    Figures are shown whenever anything is. The others take turns, the longest unseen first: tables,
    and the dear ones that are made once an interval.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        super().__init__(names)
        self._seldom = sorted(screens.SELDOM)
        self._tables: list[str] = []

    def take(self, *, tables: int | None, seldom: int | None) -> set[str]:
        """Return what is to be shown now, which is stale no more.

        Args:
            tables: how many of those that are no figures and not dear are among them; None for all.
            seldom: how many of the dear ones likewise.
        """
        self._tables += sorted(self - screens.FIGURES - screens.SELDOM - set(self._tables))
        shown = self & screens.FIGURES
        for name in self._next(self._tables, tables):
            shown.update(shown_with(name))
        shown.update(self._next(self._seldom, seldom))
        for unseen in (self._tables, self._seldom):
            unseen.sort(key=shown.__contains__)
        shown &= self
        self -= shown
        return shown

    def _next(self, unseen: list[str], count: int | None) -> list[str]:
        return [name for name in unseen if name in self][:count]

    @property
    def tables_wait(self) -> bool:
        """Whether there are any that are no figures and not made once an interval."""
        return bool(self - screens.FIGURES - screens.SELDOM)

    @property
    def seldom_next(self) -> str:
        """The one made once an interval that was not shown the longest; empty if there is none."""
        return next(iter(self._next(self._seldom, 1)), "")
