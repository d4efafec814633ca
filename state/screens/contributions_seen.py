"""What the screens read of where the risk comes from."""

from __future__ import annotations

import msgspec

from state.messages import FloatColumn
from state.screens.view import View


class NodeRisk(msgspec.Struct, kw_only=True):
    """VaR and ES of one node of the tree book, desk, firm; arrays by horizon, positive = loss, $.

    Attributes:
        kind: ``firm``, ``desk`` or ``book``; a desk may have the name of a book.
        depth: 0 for the firm.
        parent: the node above, empty for the firm.
        var_usd, es_usd: intraday, forward, total.
    """

    node: str
    kind: str
    depth: int
    parent: str
    var_usd: FloatColumn
    es_usd: FloatColumn


class ContributionRow(msgspec.Struct, kw_only=True):
    """What one part contributes to the firm's VaR and ES, $; + adds to the loss.

    Attributes:
        partition: ``book``, ``location``, ``block``, ``position``; each sums to the firm.
        gross_mwh: Σ |MWh| it holds.
        marginal_var_usd_per_mwh: of a MWh more of what it holds; NaN where that is nothing.
        incremental_var_usd, incremental_es_usd: the firm less the firm without it.
    """

    partition: str
    part: str
    gross_mwh: float
    component_var_usd: float
    component_es_usd: float
    incremental_var_usd: float
    incremental_es_usd: float
    marginal_var_usd_per_mwh: float


class TailDay(msgspec.Struct, kw_only=True):
    """One of the worst scenarios of the firm: the date it is of, and its P&L."""

    date: str
    pnl_usd: float


class MethodRow(msgspec.Struct, kw_only=True):
    """VaR and ES of the firm by one method.

    Attributes:
        settings: its parameters, in words.
        note: why a figure is missing or must be read with care.
    """

    method: str
    title: str
    var_usd: float
    es_usd: float
    settings: str
    note: str


class ContributionView(View, kw_only=True, tag="contributions"):
    """Where the firm's risk comes from, and how other methods see it; made once an interval.

    Attributes:
        at_ns: the tick it was made at; 0 before the first.
        complete: False when some exposure has no covered factor.
        tail: the scenarios of the tail, the worst first; the last is VaR.
        holding: of the scenarios, in words.
        changes: of prices that the scenarios repeat, in words.
        intrinsic: options and floors without a known volatility, valued at what they would pay.
    """

    at_ns: int
    confidence: float
    complete: bool
    holding: str
    window_days: int
    scenarios: int
    oldest: str
    newest: str
    nodes: list[NodeRisk]
    rows: list[ContributionRow]
    tail: list[TailDay]
    methods: list[MethodRow]
    changes: str = ""
    intrinsic: list[str] = msgspec.field(default_factory=list)
