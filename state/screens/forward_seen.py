"""What the screens read of positions beyond the days held."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class ForwardRow(msgspec.Struct, kw_only=True):
    """Position beyond the intraday grid: one book, hub, block and delivery month."""

    book: str
    hub: str
    block: str
    month: str
    open_mwh: float
    open_mw: float
    mark_usd_per_mwh: float
    value_usd: float


class ForwardView(View, kw_only=True, tag="forward"):
    """All forward rows, ordered by book, hub, month and block."""

    rows: list[ForwardRow]
    marks_received_ns: int
