"""The view of the official close of a day; ``state.screens.views`` lists it with the others."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class CloseRow(msgspec.Struct, kw_only=True):
    """One figure of a book, or of the firm, on the day shown; NaN is not known.

    Attributes:
        book: "firm" for all together.
        figure: ``pnl`` or ``value`` ($), ``open`` (MWh, + long) or ``var`` ($).
        flash: as of the first tick after the day's end.
        official: as frozen by the lock.
        now: as known now.
        difference: now − official: what came after the lock.
    """

    book: str
    figure: str
    unit: str
    flash: float
    official: float
    now: float
    difference: float


class CloseStepRow(msgspec.Struct, kw_only=True):
    """What a person did.

    Attributes:
        step: ``lock``, ``sign_off`` or ``reopen``.
    """

    step: str
    actor: str
    at_ns: int
    comment: str


class ReconciledRow(msgspec.Struct, kw_only=True):
    """One figure of a book, ours and the trade system's.

    Attributes:
        figure: ``contracts``, ``volume`` (MWh) or ``value`` ($).
        difference: ours − theirs.
        unsized: contracts on a plant's output among ours, without MWh and $ of their own.
        state: ``agrees``, ``differs``, or ``within tolerance``.
    """

    source: str
    book: str
    figure: str
    unit: str
    ours: float
    theirs: float
    difference: float
    unsized: int
    state: str


class CloseView(View, kw_only=True, tag="close"):
    """The close of one day: the last one that somebody closed or that ended, else today.

    Attributes:
        date: ISO date; empty before the first tick.
        state: ``open``, ``locked``, ``signed off`` or ``reopened``.
        flash_ns, locked_ns: when the figures were struck; 0 when they were not.
        locked_position: log position of the lock.
        steps: what people did, in order.
        reconciled: trade totals of the date; none when the trade system sent none.
    """

    date: str
    state: str
    flash_ns: int
    locked_ns: int
    locked_position: int
    rows: list[CloseRow]
    steps: list[CloseStepRow]
    reconciled: list[ReconciledRow]
