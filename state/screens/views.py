"""What the screens read: absolute values, each complete in itself, named and versioned.

The monitor writes a view when something in it changed; whoever reads it needs nothing else.
A view says how old its inputs are, so that no screen has to guess. NaN is "not known".
"""

from __future__ import annotations

import msgspec

from state.hedging.answer import HedgeAnswer, HedgeBlock, HedgeView
from state.messages import FloatColumn
from state.pretrade.answer import CheckAnswer, CheckView
from state.pretrade.verdict import LimitEffect
from state.screens.backtest_seen import BacktestRow, BacktestView
from state.screens.case_rows import CaseRow, DutyRow, Frozen, StandingDuty, Waiver
from state.screens.close_seen import CloseView
from state.screens.contributions_seen import (
    ContributionRow,
    ContributionView,
    MethodRow,
    NodeRisk,
    TailDay,
)
from state.screens.exposure_views import CreditView, HoldingView, NopView, StressView
from state.screens.policy_rows import PolicyView
from state.screens.view import Matrix, View

# What stands in files of its own is read from here too.
__all__ = [
    "BacktestRow", "BacktestView", "CaseRow", "CheckAnswer", "CheckView", "ContributionRow",
    "ContributionView", "DutyRow", "Frozen", "HedgeAnswer", "HedgeBlock", "HedgeView",
    "LimitEffect", "Matrix", "MethodRow", "NodeRisk", "StandingDuty", "TailDay", "View", "Waiver",
]  # fmt: skip


class ClockView(View, kw_only=True, tag="clock"):
    """Where the fold stands.

    Attributes:
        tick_ns: the last tick; 0 before the first.
        phase: of the run: ``started``, ``paused``, ``resumed`` or ``ended``.
        day: the replayed day, empty when live.
        digest: the chain of canonical effects up to the last tick, hex.
        timing_digest: the chain of effects of timing (ages, feed cases, dead letters), hex.
    """

    company: str
    position: int
    tick_ns: int
    run: str = ""
    phase: str = ""
    day: str = ""
    speed: float = 1.0
    digest: str = ""
    timing_digest: str = ""
    policies: list[str] = msgspec.field(default_factory=list)  # ``name version``, in force


class HourAxis(msgspec.Struct, kw_only=True):
    """The hours of a market day: 23, 24 or 25.

    Attributes:
        labels: hour ending as people write it: ``01`` … ``24``, the repeated hour ``02*``.
        starts_ns: start of each hour.
        delivered: True where the hour is over.
        current: index of the running hour, −1 when the day is not today.
    """

    market: str
    time_zone: str
    date: str
    labels: list[str]
    starts_ns: list[int]
    delivered: list[bool]
    current: int


class PositionView(View, kw_only=True, tag="position"):
    """Open position of one market day.

    ``open_mw[row, hour]`` is the mean over the hour's undelivered intervals (over all of them
    once it is delivered); rows are the (book, location) pairs held. Of very many, those at the
    locations with the largest positions have rows of their own, and the others are one row a book
    and hub, at "n others at HUB". ``total_*`` are sums over rows, delivered hours included so that
    they can be shown dimmed.

    Attributes:
        coverage: firm coverage an hour, 1.0 = 100 %; NaN where not applicable or not known.
        unknown: why an hour's figure cannot be trusted, empty where it can.
        oldest_input_ns: receipt time of the oldest input of the day's open hours.
    """

    axis: HourAxis
    books: list[str]
    locations: list[str]
    open_mw: Matrix
    total_open_mw: FloatColumn
    total_open_mwh: FloatColumn
    load_mw: FloatColumn
    coverage: FloatColumn
    unknown: list[str]
    oldest_input_ns: int


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


class PriceView(View, kw_only=True, tag="price"):
    """The price ladder of one market: the latest interval of each run, by location.

    Attributes:
        da, fmm, rtd: $/MWh of the interval named by ``*_interval_ns`` (DA: the running hour).
        rtd_history: last two hours of RTD, shape (locations, intervals), oldest first.
        *_received_ns: when that run's latest publication arrived; 0 when none has.
        day_da, day_rtd: today's prices at all intervals of the grid, for charts.
    """

    market: str
    time_zone: str
    locations: list[str]
    kinds: list[str]
    da: FloatColumn
    fmm: FloatColumn
    rtd: FloatColumn
    da_interval_ns: int
    fmm_interval_ns: int
    rtd_interval_ns: int
    da_received_ns: int
    fmm_received_ns: int
    rtd_received_ns: int
    rtd_history: Matrix


class BookPnl(msgspec.Struct, kw_only=True):
    """P&L of one book since market-local midnight, in $; ``book`` is "firm" for the sum."""

    book: str
    today_usd: float
    realised_usd: float
    unrealised_usd: float
    corrections_usd: float
    value_usd: float  # cumulative: all value and cash since the log began
    estimated: str
    """Which parts are estimates: "load price estimated", "marked at DA", … or empty."""


class PnlView(View, kw_only=True, tag="pnl"):
    """P&L by book.

    Attributes:
        oldest_input_ns: receipt time of the oldest price in it.
    """

    books: list[BookPnl]
    oldest_input_ns: int


class PnlCurveView(View, kw_only=True, tag="pnl_curve"):
    """Today's P&L of each book and of the firm as it was at each settlement interval, in $.

    Attributes:
        books: of the rows; "firm" is the sum.
        at_ns: times of the points.
        total, realised: shape (books + firm, points).
    """

    books: list[str]
    at_ns: list[int]
    total: Matrix
    realised: Matrix


class RiskRow(msgspec.Struct, kw_only=True):
    """VaR and ES of one node and horizon, positive = loss, in $.

    Attributes:
        node: a book, or "firm".
        horizon: ``intraday``, ``forward`` or ``total``.
        complete: False when some exposure has no covered factor.
    """

    node: str
    horizon: str
    var_usd: float
    es_usd: float
    complete: bool


class RiskView(View, kw_only=True, tag="risk"):
    """Value at risk, with everything one must know to read it.

    Attributes:
        firm_scenarios_usd: the firm's P&L in each scenario; same order as ``scenario_dates``.
        uncovered: ``factor: exposure`` lines for what the history does not cover.
    """

    method: str
    confidence: float
    holding: str
    window_days: int
    scenarios: int
    scenarios_left_out: int
    history_from: str
    history_to: str
    rows: list[RiskRow]
    scenario_dates: list[str]
    firm_scenarios_usd: FloatColumn
    uncovered: list[str]
    oldest_input_ns: int


class LimitRow(msgspec.Struct, kw_only=True):
    """One limit on one scope and period, as it stands.

    Attributes:
        state: ``ok``, ``warn``, ``breach``, ``unknown`` or ``not_applicable``.
        standing: the state underneath an ``unknown`` (an open breach stays visible).
        value, limit_low, limit_high: in ``unit``; NaN where there is none.
        utilisation: 1.0 at the limit; NaN shows as "–"; infinity shows as "over".
        headroom: signed distance to the nearest edge in ``unit``, negative in breach.
        value_text, limit_text, headroom_text: the same, ready to read.
        since_ns: when it entered this state.
        case: the open case, or empty.
        warn_due_ns, breach_due_ns: when it gets there at the drift it has now; 0 if it does not.
        waived_until_ns: until when the breach is let be; 0 where it is not.
    """

    limit: str
    title: str
    clause: str
    policy: str
    scope: str
    period: str
    period_start_ns: int
    unit: str
    state: str
    standing: str
    reason: str
    value: float
    limit_low: float
    limit_high: float
    utilisation: float
    warn_at: float
    headroom: float
    value_text: str
    limit_text: str
    headroom_text: str
    since_ns: int
    case: str
    waived_until_ns: int = 0
    figure: str = ""  # what it binds: ``coverage``, ``pnl_today``, ``var`` …
    warn_due_ns: int = 0
    breach_due_ns: int = 0


class LimitView(View, kw_only=True, tag="limit"):
    """Limits on the screen: breaches, unknowns and warnings first, then by utilisation."""

    rows: list[LimitRow]
    shown: int
    total: int


class CaseView(View, kw_only=True, tag="case"):
    """Cases that are not closed, newest first, then the last closed ones.

    Attributes:
        standing: the duties that no breach calls for, those done last at the end.
    """

    cases: list[CaseRow]
    standing: list[StandingDuty] = msgspec.field(default_factory=list)


class FeedRow(msgspec.Struct, kw_only=True):
    """Freshness of one feed.

    Attributes:
        age_seconds: age of its newest interval at the last tick; NaN before the first.
        cadence_seconds: how often it is expected.
        state: ``fresh``, ``late``, ``stale`` or ``waiting`` (nothing yet).
        outcome, detail: what came of asking a live feed last; empty for one that nobody asks.
        missing, missing_from_ns: intervals it lacks, and the start of the oldest.
        delays: seconds from an interval's start to its arrival, the last ones.
    """

    feed: str
    market: str
    age_seconds: float
    cadence_seconds: float
    state: str
    received_ns: int
    publications: int
    revisions: int
    rejected: int
    last_rejection: str = ""
    outcome: str = ""
    detail: str = ""
    missing: int = 0
    missing_from_ns: int = 0
    delays: list[float] = []


class FeedView(View, kw_only=True, tag="feed"):
    """All feeds, and the count of dead letters."""

    feeds: list[FeedRow]
    dead_letters: int


class Transition(View, kw_only=True, tag="transition"):
    """An entry of the alert stream: a case changed its state.

    Attributes:
        sequence: how many-th transition of this case; (case, sequence) is unique for ever.
        change: ``warned``, ``breached``, ``unknown``, ``known``, ``eased``, ``resolved``,
            ``expired``, ``reopened``, ``acknowledged``, ``assigned``, ``commented``,
            ``mitigated``, ``owed``, ``duty_done``, ``waived``, ``waiver_over``, ``closed``.
        timing: True for an effect of timing (feed ages); it has a digest chain of its own.
        position: log position of the message that caused it.
    """

    case: str
    sequence: int
    change: str
    at_ns: int
    position: int
    timing: bool
    row: CaseRow


AnyView = (
    ClockView
    | PositionView
    | ForwardView
    | PriceView
    | PnlView
    | PnlCurveView
    | RiskView
    | ContributionView
    | StressView
    | CreditView
    | HoldingView
    | NopView
    | PolicyView
    | BacktestView
    | LimitView
    | CaseView
    | CheckView
    | HedgeView
    | CloseView
    | FeedView
)
