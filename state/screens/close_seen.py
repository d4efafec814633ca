"""What the screens read of the official close of a day."""

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
        unknown: which of the three are not known of a P&L, and why; empty where all are.
    """

    book: str
    figure: str
    unit: str
    flash: float
    official: float
    now: float
    difference: float
    unknown: str = ""


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


class RecordRow(msgspec.Struct, kw_only=True):
    """Another system's record of the contracts of the date, as a whole.

    Attributes:
        system: whose record: the settlement system, or who confirms.
        source: the trade system whose contracts they are.
        counterparty: whose alone; empty for those of all.
        compared: contracts that either side holds.
        differing: those of them that differ.
    """

    system: str
    source: str
    counterparty: str
    compared: int
    differing: int


class DetailRow(msgspec.Struct, kw_only=True):
    """One detail of one contract that a record does not hold as we do.

    Attributes:
        book: ours; empty of a contract that does not count here.
        detail: ``price``, ``location``, ``product``, ``tenor`` or ``counterparty``, or
            ``missing`` or ``surplus`` of a contract that only one side holds.
    """

    system: str
    trade: str
    book: str
    detail: str
    ours: str
    theirs: str


class CloseView(View, kw_only=True, tag="close"):
    """The close of one day: the last one that somebody closed or that ended, else today.

    Attributes:
        date: ISO date; empty before the first tick.
        state: ``open``, ``locked``, ``signed off`` or ``reopened``.
        flash_ns, locked_ns: when the figures were struck; 0 when they were not.
        locked_position: log position of the lock.
        steps: what people did, in order.
        reconciled: trade totals of the date; none when the trade system sent none.
        records: what other systems hold of its contracts; none when none sent it.
        details: what differs from them; on a screen the first of very many.
    """

    date: str
    state: str
    flash_ns: int
    locked_ns: int
    locked_position: int
    rows: list[CloseRow]
    steps: list[CloseStepRow]
    reconciled: list[ReconciledRow]
    records: list[RecordRow]
    details: list[DetailRow]
