"""The vocabulary: every fact that can enter the log, one frozen struct a kind.

Signs: bought, long and supply are +; sold, short and load are −. The volume of a resource is
stated in its own direction (a load's consumption and a plant's output are both positive);
:class:`Resource` says which way it counts. Times are UTC nanoseconds since 1970; an interval is
its start and its length. In a column NaN means "not published" and never overwrites.

Evolution: a field may be added with a default; none is renamed, retyped or taken away, so that
every later release reads every earlier log (``state/wire.py`` holds the version number).
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

FloatColumn = NDArray[np.float64]
"""A read-only column of float64; NaN means "not published"."""

FIRM = "firm"
"""The scope of all books together; no book is called so."""


class Run(StrEnum):
    """A market run, in the order in which an interval is priced."""

    DA = "DA"
    FMM = "FMM"
    RTD = "RTD"


class SettlesAt(StrEnum):
    """The price a contract settles against."""

    DA = "DA"
    FMM = "FMM"
    RTD = "RTD"
    CURVE = "curve"


class Block(StrEnum):
    """The hours of a standard product."""

    FLAT = "flat"
    ON_PEAK = "on_peak"
    OFF_PEAK = "off_peak"


class TradeAction(StrEnum):
    """What a version of a trade does to the one before it."""

    NEW = "new"
    AMEND = "amend"
    CANCEL = "cancel"


class ResourceKind(StrEnum):
    """What a resource is; only a load withdraws."""

    LOAD = "load"
    SOLAR = "solar"
    WIND = "wind"
    THERMAL = "thermal"
    HYDRO = "hydro"
    STORAGE = "storage"
    OTHER = "other"


class LocationKind(StrEnum):
    """What a settlement point is."""

    HUB = "hub"
    LOAD_ZONE = "load_zone"
    NODE = "node"


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A fact in the log.

    Attributes:
        received_at_ns: when Tieline learned it; no part of the content, so that the same
            publication polled twice is one fact.
    """

    received_at_ns: int = 0

    @property
    def key(self) -> str:
        """The idempotency key: equal content under an equal key is a duplicate."""
        raise NotImplementedError


def _digest_of_names(names: tuple[str, ...]) -> str:
    return hashlib.blake2b("\n".join(names).encode(), digest_size=6).hexdigest()


# Time and the run ---------------------------------------------------------------------------


class Tick(Message, frozen=True, kw_only=True, tag="tick"):
    """The clock: one a second. Nothing in the core knows any other time."""

    at_ns: int

    @property
    def key(self) -> str:
        return "tick"


class RunPhase(StrEnum):
    """What happened to a run; only that it is paused or ended lets watchdogs rest."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    """From whoever paused it; the run goes on as one that started."""
    ENDED = "ended"


class RunStatus(Message, frozen=True, kw_only=True, tag="run_status"):
    """A run began, paused, resumed or ended; a pause or an end disarms the watchdogs.

    Attributes:
        run: the run's name.
        day: the replayed day's name, empty for a live run.
        speed: market seconds per wall second; 0 is "as fast as possible".
    """

    run: str
    phase: RunPhase
    at_ns: int
    day: str = ""
    speed: float = 1.0

    @property
    def key(self) -> str:
        return f"run_status/{self.run}"


class Opening(Message, frozen=True, kw_only=True, tag="opening"):
    """The whole state at a moment, from which a log may begin.

    Attributes:
        at_ns: the tick after which the state was saved.
        state: what ``Company.snapshot()`` returned.
    """

    at_ns: int
    state: bytes

    @property
    def key(self) -> str:
        return "opening"


# Reference data -----------------------------------------------------------------------------


class Market(Message, frozen=True, kw_only=True, tag="market"):
    """A market the company is in.

    Attributes:
        market: its short name (``caiso``).
        time_zone: IANA name of its prevailing time.
        settlement_seconds: length of a real-time settlement interval.
        runs: the runs it prices; two settlements where FMM is absent.
        load_price_fmm_weight: weight of FMM in the estimate of the hourly real-time load price.
        on_peak_days: weekdays (Monday 0) with on-peak hours.
        on_peak_hours: first and last on-peak hour ending, local time.
    """

    market: str
    time_zone: str
    settlement_seconds: int = 300
    runs: tuple[Run, ...] = (Run.DA, Run.FMM, Run.RTD)
    load_price_fmm_weight: float = 0.5
    on_peak_days: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
    on_peak_hours: tuple[int, int] = (7, 22)

    @property
    def key(self) -> str:
        return f"market/{self.market}"


class Locations(Message, frozen=True, kw_only=True, tag="locations"):
    """The settlement points of a market and the hub whose factors move each of them.

    Attributes:
        hubs: one a location; a hub names itself. Empty where the location has no factor, which
            makes its exposure "not covered".
    """

    market: str
    locations: tuple[str, ...]
    kinds: tuple[LocationKind, ...]
    hubs: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"locations/{self.market}"


class Books(Message, frozen=True, kw_only=True, tag="books"):
    """The books of the company, and each one's desk.

    Attributes:
        nodes, parents: desks, and groups of desks, that stand below another than the firm, and
            which that is.
    """

    company: str
    books: tuple[str, ...]
    desks: tuple[str, ...]
    nodes: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return "books"


class Resource(Message, frozen=True, kw_only=True, tag="resource"):
    """A plant, a storage unit, a contract's plant or a load: it carries volume, never price.

    Attributes:
        capacity_mw: maximum output, or peak consumption.
        energy_mwh: what a storage unit holds when full; 0 for all others.
    """

    resource: str
    market: str
    book: str
    location: str
    resource_kind: ResourceKind
    capacity_mw: float
    energy_mwh: float = 0.0

    @property
    def key(self) -> str:
        return f"resource/{self.resource}"


class Counterparty(Message, frozen=True, kw_only=True, tag="counterparty"):
    """A counterparty's record (risk policy §6.2).

    Attributes:
        counterparty: unique id; contracts name it.
        rating: as an agency words it.
        investment_grade: as the record has it; kept, no limit judges it.
        agreement: the enabling agreement, which the clauses on trading ask for.
        government_entity: as the record has it; kept, no limit judges it.
        netting: whether receivables and payables are netted.
        collateral_usd: held of it, $.
    """

    counterparty: str
    name: str
    rating: str = ""
    investment_grade: bool = False
    agreement: str = ""
    government_entity: bool = False
    netting: bool = False
    collateral_usd: float = 0.0

    @property
    def key(self) -> str:
        return f"counterparty/{self.counterparty}"


class TraderRecord(Message, frozen=True, kw_only=True, tag="trader"):
    """A trader's record (risk policy §5.2): what was verified, and what is authorised.

    A later record of the same trader replaces the one before, whole.

    Attributes:
        trader: the name trades carry.
        role: whose trading limits hold, as the policy names it (``authorized-personnel``).
        months: the most months a contract may last.
        authorised: whether the Middle Office has authorised the person.
        experience: as verified; empty where it was not.
        under_investigation, was_investigated: for market manipulation; None where nobody knows,
            which authorises nobody.
        has_read_policies: on closing the NOP, on speculation and on manipulation.
        markets, instruments: ids of the policy's entries (``caiso``, ``energy``).
        own_limits: rows of the policy's trading limits that are narrower for this person.
        own_bought_usd, own_bought_mw, own_sold_usd, own_sold_mw: the most of one contract, one a
            row of ``own_limits``; NaN where the policy's number holds.
    """

    trader: str
    role: str
    months: int
    authorised: bool = False
    experience: str = ""
    under_investigation: bool | None = None
    was_investigated: bool | None = None
    has_read_policies: bool = False
    markets: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    own_limits: tuple[str, ...] = ()
    own_bought_usd: FloatColumn = msgspec.field(default_factory=lambda: EMPTY)
    own_bought_mw: FloatColumn = msgspec.field(default_factory=lambda: EMPTY)
    own_sold_usd: FloatColumn = msgspec.field(default_factory=lambda: EMPTY)
    own_sold_mw: FloatColumn = msgspec.field(default_factory=lambda: EMPTY)

    @property
    def key(self) -> str:
        return f"trader/{self.trader}"


class FactorHistory(Message, frozen=True, kw_only=True, tag="factor_history"):
    """Price levels of risk factors by date, from which the scenarios are made.

    Factors are named ``market/location/RUN/HEnn`` (a hub's price by local hour),
    ``market/location/basis/RUN`` (a location's daily mean price less its hub's) and
    ``market/hub/curve/block/YYYY-MM`` (a forward month). A date's level is that of the delivery
    date for hours and basis, of the mark's date for curves.

    Attributes:
        dates: ISO dates, ascending.
        levels: $/MWh, shape (factors, dates), flattened by factor; NaN where missing.
    """

    market: str
    factors: tuple[str, ...]
    dates: tuple[str, ...]
    levels: FloatColumn

    @property
    def key(self) -> str:
        return f"factor_history/{self.market}/{_digest_of_names(self.factors)}"


class Policy(Message, frozen=True, kw_only=True, tag="policy"):
    """A policy comes into force.

    Attributes:
        source: the YAML text, as read.
    """

    policy: str
    version: str
    source: str

    @property
    def key(self) -> str:
        return f"policy/{self.policy}"


class StressScenarios(Message, frozen=True, kw_only=True, tag="stress_scenarios"):
    """Stress scenarios come into force; a file of the same name replaces the one before.

    Attributes:
        scenarios: name of the file.
        source: the YAML text, as read (docs/stress.md).
    """

    scenarios: str
    version: str
    source: str

    @property
    def key(self) -> str:
        return f"stress_scenarios/{self.scenarios}"


class CumulativePnl(Message, frozen=True, kw_only=True, tag="cumulative_pnl"):
    """P&L a book brings into the log from before its first message, in $."""

    book: str
    realised_usd: float

    @property
    def key(self) -> str:
        return f"cumulative_pnl/{self.book}"


class RetailSales(Message, frozen=True, kw_only=True, tag="retail_sales"):
    """What was delivered to customers, by year or month: what certificates are owed for.

    States what no outlook of the log reaches: the years of a compliance period before it began
    (risk policy §4.6). Certificates of those years are stated as the contracts they came by.

    Attributes:
        periods: ``YYYY`` or ``YYYY-MM``; a whole year goes before its months.
        volume_mwh: one a period; NaN withdraws what was stated of it.
    """

    market: str
    periods: tuple[str, ...]
    volume_mwh: FloatColumn

    @property
    def key(self) -> str:
        return f"retail_sales/{self.market}"


class CompanyFigure(StrEnum):
    """What a company states of itself by period, since no feed tells it (risk policy §4.4)."""

    CUSTOMERS = "customers"
    FIXED_REVENUE = "fixed_revenue_share"
    GHG_OBLIGATION = "ghg_obligation_t"
    PEAK_LOAD = "peak_load_mw"
    LOCAL_CAPACITY = "local_capacity_mw"


class CompanyOutlook(Message, frozen=True, kw_only=True, tag="company_outlook"):
    """What a company expects of itself and is required to hold, by month or year.

    Attributes:
        figure: what is told: customers served in a month, acquired and retained; the share of a
            month's load that is sold at a fixed price; metric tons of CO2e for which allowances
            are owed for a year; the peak of all loads in a month; the local capacity that is
            required in a month.
        periods: ``YYYY-MM``; of what is owed ``YYYY``.
        amounts: one a period; NaN withdraws what was stated of it.
    """

    market: str
    figure: CompanyFigure
    periods: tuple[str, ...]
    amounts: FloatColumn

    @property
    def key(self) -> str:
        return f"company_outlook/{self.market}/{self.figure}"


class Horizon(StrEnum):
    """A part of the VaR: until delivery, one day of the forwards, or both."""

    INTRADAY = "intraday"
    FORWARD = "forward"
    TOTAL = "total"


class BacktestHistory(Message, frozen=True, kw_only=True, tag="backtest_history"):
    """What became of VaRs that were struck before the log began: one node and horizon.

    Attributes:
        node: a book, or ``firm``.
        dates: ISO dates on which the VaRs were struck, ascending.
        var_usd: as struck, a loss positive; NaN where none is known.
        pnl_usd: of the book frozen with it, over the VaR's own holding period; NaN likewise.
        confidence: at which they were struck.
    """

    node: str
    dates: tuple[str, ...]
    var_usd: FloatColumn
    pnl_usd: FloatColumn
    horizon: Horizon = Horizon.TOTAL
    confidence: float = 0.95

    @property
    def key(self) -> str:
        return f"backtest_history/{self.horizon}/{self.node}"


# Market data --------------------------------------------------------------------------------


class PricePublication(Message, frozen=True, kw_only=True, tag="price"):
    """One interval's prices of one run, as columns over locations.

    Attributes:
        source: the report it came from (``OASIS PRC_INTVL_LMP``).
        lmp: locational marginal price, $/MWh.
        energy, congestion, loss, ghg: its components, $/MWh; empty where none are published.
    """

    market: str
    run: Run
    interval_start_ns: int
    interval_seconds: int
    locations: tuple[str, ...]
    lmp: FloatColumn
    energy: FloatColumn = msgspec.field(default_factory=lambda: EMPTY)
    congestion: FloatColumn = msgspec.field(default_factory=lambda: EMPTY)
    loss: FloatColumn = msgspec.field(default_factory=lambda: EMPTY)
    ghg: FloatColumn = msgspec.field(default_factory=lambda: EMPTY)
    source: str = ""
    published_at_ns: int | None = None

    @property
    def key(self) -> str:
        names = _digest_of_names(self.locations)
        return f"price/{self.market}/{self.run}/{self.interval_start_ns}/{names}"


class Series(StrEnum):
    """What a market-wide figure is about."""

    LOAD = "load"
    SOLAR = "solar"
    WIND = "wind"


class AreaVolume(Message, frozen=True, kw_only=True, tag="area_volume"):
    """A market-wide load, wind or solar forecast or actual, as columns over areas.

    Attributes:
        run: the horizon as the market names it (``DAM``, ``2DA``, ``7DA``, ``RTM``, ``ACTUAL``).
        mw: mean MW of the interval.
    """

    market: str
    series: Series
    run: str
    interval_start_ns: int
    interval_seconds: int
    areas: tuple[str, ...]
    mw: FloatColumn
    source: str = ""
    published_at_ns: int | None = None

    @property
    def key(self) -> str:
        # The first five minutes of an hour are not the hour: a market may publish both.
        interval = f"{self.interval_start_ns}/{self.interval_seconds}"
        names = _digest_of_names(self.areas)
        return f"area_volume/{self.market}/{self.series}/{self.run}/{interval}/{names}"


class CurveMarks(Message, frozen=True, kw_only=True, tag="curve_marks"):
    """Forward prices of hubs by block and delivery month; columns of one length.

    Attributes:
        as_of: ISO date the marks were struck.
        months: delivery months, ``YYYY-MM``.
        price_usd_per_mwh: one a (hub, block, month).
    """

    market: str
    as_of: str
    hubs: tuple[str, ...]
    blocks: tuple[Block, ...]
    months: tuple[str, ...]
    price_usd_per_mwh: FloatColumn

    @property
    def key(self) -> str:
        return f"curve_marks/{self.market}"


# Volumes ------------------------------------------------------------------------------------


class Forecast(Message, frozen=True, kw_only=True, tag="forecast"):
    """Expected volume of one resource, load or supply, over consecutive intervals.

    Attributes:
        mw: one an interval, in the resource's own direction (a storage unit charges below 0).
    """

    resource: str
    interval_start_ns: int
    interval_seconds: int
    mw: FloatColumn
    published_at_ns: int | None = None

    @property
    def key(self) -> str:
        return f"forecast/{self.resource}/{self.interval_start_ns}/{self.interval_seconds}"


class VolumeOutlook(Message, frozen=True, kw_only=True, tag="volume_outlook"):
    """Expected mean MW of a resource by delivery month and block, beyond its forecasts."""

    resource: str
    months: tuple[str, ...]
    blocks: tuple[Block, ...]
    mw: FloatColumn

    @property
    def key(self) -> str:
        return f"volume_outlook/{self.resource}"


class Schedule(Message, frozen=True, kw_only=True, tag="schedule"):
    """The company's schedules out of one market run: day-ahead, FMM or RTD.

    The day-ahead schedule is the switch from the first to the second formula of the open
    position, for every interval it covers.

    Attributes:
        mw: shape (resources, intervals), flattened by resource; in each one's own direction.
    """

    market: str
    run: Run
    interval_start_ns: int
    interval_seconds: int
    resources: tuple[str, ...]
    mw: FloatColumn
    published_at_ns: int | None = None

    @property
    def key(self) -> str:
        names = _digest_of_names(self.resources)
        return f"schedule/{self.market}/{self.run}/{self.interval_start_ns}/{names}"


class MeterValues(Message, frozen=True, kw_only=True, tag="meter"):
    """Measured mean MW of one resource over consecutive intervals."""

    resource: str
    interval_start_ns: int
    interval_seconds: int
    mw: FloatColumn

    @property
    def key(self) -> str:
        return f"meter/{self.resource}/{self.interval_start_ns}/{self.interval_seconds}"


class AwardKind(StrEnum):
    """What was awarded: a convergence bid to sell or to buy day-ahead."""

    VIRTUAL_SUPPLY = "virtual_supply"
    VIRTUAL_DEMAND = "virtual_demand"


class Award(Message, frozen=True, kw_only=True, tag="award"):
    """Convergence bids awarded day-ahead, to be liquidated in real time.

    Attributes:
        mw: awarded MW, positive, one a consecutive interval.
    """

    award: str
    market: str
    book: str
    location: str
    award_kind: AwardKind
    interval_start_ns: int
    interval_seconds: int
    mw: FloatColumn

    @property
    def key(self) -> str:
        return f"award/{self.market}/{self.award}"


class Outage(Message, frozen=True, kw_only=True, tag="outage"):
    """A derate of a resource; a later version replaces it, ``cancelled`` lifts it."""

    outage: str
    version: int
    resource: str
    start_ns: int
    end_ns: int
    available_mw: float
    cancelled: bool = False

    @property
    def key(self) -> str:
        return f"outage/{self.outage}/{self.version}"


class StateOfCharge(Message, frozen=True, kw_only=True, tag="state_of_charge"):
    """What a storage unit holds, as measured."""

    resource: str
    at_ns: int
    energy_mwh: float

    @property
    def key(self) -> str:
        return f"state_of_charge/{self.resource}"


class ManualAdjustment(Message, frozen=True, kw_only=True, tag="adjustment"):
    """A person's correction of the open position until it expires; version 2 replaces 1."""

    adjustment: str
    version: int
    author: str
    reason: str
    book: str
    market: str
    location: str
    start_ns: int
    end_ns: int
    mw: float
    expires_at_ns: int

    @property
    def key(self) -> str:
        return f"adjustment/{self.adjustment}/{self.version}"


# Trades and people --------------------------------------------------------------------------


class Trade(Message, frozen=True, kw_only=True, tag="trade"):
    """One version of one contract.

    Attributes:
        source: the system of record; (source, trade, version) is the identity.
        product: a name in ``state.products``.
        block: the hours of the delivery period that are delivered.
        quantity_mw: signed, bought +, sold −; for an as-generated contract the share of its
            resource's output, 0 to 1 where it is bought and −1 to 0 where it is sold.
        settles_at: the price the contract settles against.
        resource: the plant of an as-generated contract.
        profile_mw: shaped energy, one signed value a local hour of the delivery period; of an
            as-generated contract one signed share an hour; empty for a flat quantity.
    """

    source: str
    trade: str
    version: int
    action: TradeAction
    product: str
    market: str
    book: str
    counterparty: str
    location: str
    delivery_start_ns: int
    delivery_end_ns: int
    quantity_mw: float
    price_usd_per_mwh: float
    settles_at: SettlesAt
    block: Block = Block.FLAT
    trader: str = ""
    executed_at_ns: int = 0
    resource: str = ""
    profile_mw: FloatColumn = msgspec.field(default_factory=lambda: EMPTY)
    comment: str = ""

    @property
    def identity(self) -> str:
        """The contract, whatever its version."""
        return f"{self.source}/{self.trade}"

    @property
    def key(self) -> str:
        return f"trade/{self.source}/{self.trade}/{self.version}"


NO_FLOOR_USD_PER_MWH = -1e6
"""The floor of a contract without one: below every price there can be."""


class ProductTrade(Trade, frozen=True, kw_only=True, tag="product_trade"):
    """One version of one contract whose product has terms beyond a price and MW.

    A kind of its own, so that the bytes of a plain :class:`Trade` stay what they are; both share
    one identity, and a version of either may replace one of the other. docs/products.md says
    which product takes which term; a term that its product does not take is refused.

    Attributes:
        second_location: where a basis trade is short; the source of a CRR.
        price_adjustment_usd_per_mwh: what is added to the fixed price.
        floor_usd_per_mwh: the least settlement price; −1,000,000 is none.
        strike_usd_per_mwh: at which a unit is called: its fuel and variable cost.
        volatility_usd_per_mwh: standard deviation, a year, of the price (a spread's of the
            spread), in $/MWh; 0 values an option by what it would pay now.
        energy_mwh: what a storage unit holds when full.
        efficiency: of a storage unit, discharged by charged MWh.
        unit_kind: which kind of a certificate, of capacity or of a service.
        vintage: year of a certificate or an allowance, ``YYYY``.
        units: certificates or allowances, signed, bought +, sold −.
        price_usd_per_unit: what one costs, in the product's own unit.
        delivers: identity of the contract an inter-SC trade delivers.
    """

    second_location: str = ""
    price_adjustment_usd_per_mwh: float = 0.0
    floor_usd_per_mwh: float = NO_FLOOR_USD_PER_MWH
    strike_usd_per_mwh: float = 0.0
    volatility_usd_per_mwh: float = 0.0
    energy_mwh: float = 0.0
    efficiency: float = 1.0
    unit_kind: str = ""
    vintage: str = ""
    units: float = 0.0
    price_usd_per_unit: float = 0.0
    delivers: str = ""

    @property
    def key(self) -> str:
        return f"trade/{self.source}/{self.trade}/{self.version}"


class TradeCheck(Message, frozen=True, kw_only=True, tag="trade_check"):
    """A question: would this trade pass every limit? It moves no figure.

    Attributes:
        check: unique name of the check.
        candidate: the trade as it would be booked.
        lot: size of a lot, in the unit of the trade's quantity; 0 asks for no sizes.
        reserve_seconds: for how long, if it is accepted, later checks count it as done.
        venue: where it would be traded: ``bilateral``, ``caiso`` or ``carb``; empty where it is
            not given, and then read as of a trade that nobody asked about.
        areas: in which its delivery lies (``WECC``, ``California``), none of them where it is
            empty; None where they are not given, and then those of the market.
        board_approved: whether the Board approved the agreement it is done under.
    """

    check: str
    candidate: Trade | ProductTrade
    lot: float = 0.0
    reserve_seconds: int = 0
    venue: str = ""
    areas: tuple[str, ...] | None = None
    board_approved: bool = False

    @property
    def key(self) -> str:
        return f"check/{self.check}"


class HedgeRequest(Message, frozen=True, kw_only=True, tag="hedge_request"):
    """A question: which standard contracts bring a net open position back? It moves no figure.

    Attributes:
        request: unique name of the request.
        limit: id of the tolerance; empty for the first that is out of its band.
        period: its dates, as the position is labelled; empty for the first.
        lot: MW, or certificates, in whole multiples of which contracts are dealt.
        market, location, book: where they are dealt; by default those of the largest load, at
            its hub.
        venue, areas: as in :class:`TradeCheck`; by default those of the first approved market
            for the product.
        unit_kind: of a tolerance of capacity which kind of it, empty for the first; otherwise the
            only block (``on_peak``), or category of certificates (``PCC1``), to deal in.
    """

    request: str
    limit: str = ""
    period: str = ""
    lot: float = 1.0
    market: str = ""
    location: str = ""
    book: str = ""
    venue: str = ""
    areas: tuple[str, ...] = ()
    unit_kind: str = ""

    @property
    def key(self) -> str:
        return f"hedge/{self.request}"


class ProductMarks(Message, frozen=True, kw_only=True, tag="product_marks"):
    """Marks of what is held rather than delivered as energy; columns of one length.

    Attributes:
        as_of: ISO date the marks were struck.
        products: names in ``state.products`` (``rec``, ``capacity``, …).
        kinds: the ``unit_kind`` of each.
        periods: delivery month ``YYYY-MM``, or vintage ``YYYY``.
        price_usd_per_unit: one a (product, kind, period), in the product's own unit.
    """

    market: str
    as_of: str
    products: tuple[str, ...]
    kinds: tuple[str, ...]
    periods: tuple[str, ...]
    price_usd_per_unit: FloatColumn

    @property
    def key(self) -> str:
        return f"product_marks/{self.market}"


class ContractDelivery(Message, frozen=True, kw_only=True, tag="contract_delivery"):
    """What a contract delivered of what was due under it in a month (risk policy §4.4).

    A later record of the same contract and month takes the place of the one before.

    Attributes:
        market: of the contract.
        contract: its source and name, joined by a slash.
        month: delivery month, ``YYYY-MM``.
        due_mwh: what it was to deliver.
        delivered_mwh: what of it was delivered.
    """

    market: str
    contract: str
    month: str
    due_mwh: float
    delivered_mwh: float

    @property
    def key(self) -> str:
        return f"contract_delivery/{self.market}/{self.contract}/{self.month}"


class ActionKind(StrEnum):
    """What a person did to a case."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    COMMENT = "comment"
    RESOLVE = "resolve"
    """States root cause and resolution, while the case goes on."""
    WAIVE = "waive"
    """Lets a breach be for a time."""
    DONE = "done"
    """Did what the policy asks for after a breach."""
    CLOSE = "close"
    LIFT = "lift"
    """Ends the suspension of a counterparty (risk policy §6.5): it, or the case behind it."""


_CURE = {"text": "the root cause", "resolution": "the resolution"}
ACTION_NEEDS: dict[ActionKind, dict[str, str]] = {
    ActionKind.ACKNOWLEDGE: {},
    ActionKind.ASSIGN: {"text": "the assignee"},
    ActionKind.COMMENT: {"text": "the comment"},
    ActionKind.RESOLVE: _CURE,
    ActionKind.WAIVE: {
        "text": "the reason",
        "approver": "the approver",
        "until_ns": "an end after at_ns",
    },
    ActionKind.DONE: {"duty": "the id of the duty"},
    ActionKind.CLOSE: _CURE,
    ActionKind.LIFT: {"text": "the reason"},
}
"""Without what an action is not taken: fields, and what each of them is to say."""


class Action(Message, frozen=True, kw_only=True, tag="action"):
    """A person acted on a case.

    Attributes:
        action: unique name of the action, made by the screen it came from.
        text: the comment, the assignee, for a resolving or a closing the root cause, for a
            waiver and a lifting the reason, for a duty done a note, which may be empty.
        resolution: how it was resolved.
        counterparty: whose suspension is lifted; empty of an action on a case.
        duty: id of the duty that was done, as the case names it.
        approver: who allows a waiver.
        until_ns: when a waiver ends; the breach counts again from then on.
    """

    action: str
    action_kind: ActionKind
    case: str
    actor: str
    at_ns: int
    text: str = ""
    resolution: str = ""
    counterparty: str = ""
    duty: str = ""
    approver: str = ""
    until_ns: int = 0

    @property
    def key(self) -> str:
        return f"action/{self.action}"

    def lacking(self) -> dict[str, str]:
        """Return of what an action needs the fields that do not say it."""
        needed = ACTION_NEEDS[self.action_kind]
        return {name: what for name, what in needed.items() if not self._says(name)}

    def _says(self, name: str) -> bool:
        if name == "until_ns":
            return self.until_ns > self.at_ns
        return bool(getattr(self, name).strip())


# The close of a day -------------------------------------------------------------------------


class TradeTotals(Message, frozen=True, kw_only=True, tag="trade_totals"):
    """What the trade system counts of one trade date; columns of one length, a row a book.

    A later message of the same system and date takes the place of the one before.

    Attributes:
        source: the trade system, as its trades name it.
        date: ISO trade date, on the clock of the company's first market.
        books: a book that is left out has no trade there.
        contracts: how many contracts count, cancelled ones left out.
        volume_mwh: what they deliver, purchases and sales together, never negative.
        value_usd: price × quantity over the whole delivery, likewise.
    """

    source: str
    date: str
    books: tuple[str, ...]
    contracts: FloatColumn
    volume_mwh: FloatColumn
    value_usd: FloatColumn

    @property
    def key(self) -> str:
        return f"trade_totals/{self.source}/{self.date}"


class TradeDetails(Message, frozen=True, kw_only=True, tag="trade_details"):
    """What another system holds of the contracts of one trade date; columns, a row a contract.

    It is whole: a contract of ours that is not in it is missing there. A later message of the
    same two systems, date and counterparty takes the place of the one before.

    Attributes:
        system: whose record it is: the settlement system, or who confirms.
        source: the trade system whose contracts they are, as its trades name it.
        date: ISO trade date, on the clock of the company's first market.
        counterparty: whose contracts alone are in it; empty for those of all.
        trades: names of the contracts in the trade system.
        price_usd_per_mwh: $/MWh; of a product that is held, $ a unit.
        products, blocks: names in ``state.products``, and the hours that are delivered.
        delivery_starts_ns, delivery_ends_ns: the tenor.
    """

    system: str
    source: str
    date: str
    trades: tuple[str, ...]
    price_usd_per_mwh: FloatColumn
    locations: tuple[str, ...]
    products: tuple[str, ...]
    blocks: tuple[Block, ...]
    delivery_starts_ns: tuple[int, ...]
    delivery_ends_ns: tuple[int, ...]
    counterparties: tuple[str, ...]
    counterparty: str = ""

    @property
    def key(self) -> str:
        told = f"trade_details/{self.system}/{self.source}/{self.date}"
        return f"{told}/{self.counterparty}" if self.counterparty else told


class CloseStep(StrEnum):
    """A step in the close of a day."""

    LOCK = "lock"
    """Freezes the official figures as they stand."""
    SIGN_OFF = "sign_off"
    """Says that a person stands by them; needs a lock."""
    REOPEN = "reopen"
    """Takes lock and sign-off back; needs a comment that says why."""


class DayClose(Message, frozen=True, kw_only=True, tag="day_close"):
    """A person takes a step in the official close of a day.

    Attributes:
        date: ISO date, on the clock of the company's first market.
        actor: who takes it.
    """

    date: str
    step: CloseStep
    actor: str
    at_ns: int
    comment: str = ""

    @property
    def key(self) -> str:
        return f"day_close/{self.date}"


# Faults -------------------------------------------------------------------------------------


class FeedOutcome(StrEnum):
    """What came of asking a source."""

    DATA = "data"
    NO_DATA = "no data yet"
    ERROR = "error"
    THROTTLED = "throttled"
    CORRUPT = "corrupt"
    TRANSPORT = "no answer"


class FeedNotice(Message, frozen=True, kw_only=True, tag="feed_notice"):
    """A live feed changed: what came of asking for it, or which intervals it lacks.

    Attributes:
        feed: ``market/run`` or ``market/report``; of trades ``trades/name``, or ``inbox``.
        detail: in words, empty where the outcome says all.
        missing: intervals that should be there and are not, or not at every location.
        missing_from_ns: start of the oldest of them, 0 when none is.
        delay_seconds: from the start of the newest interval to its arrival, negative for one that
            came before it began; of trades, from when the newest was sent, 0 where nobody says.
        newest_ns: start of its newest interval; of trades when the newest came; 0 before the first.
    """

    feed: str
    outcome: FeedOutcome
    detail: str = ""
    missing: int = 0
    missing_from_ns: int = 0
    delay_seconds: float = 0.0
    newest_ns: int = 0

    @property
    def key(self) -> str:
        return f"feed_notice/{self.feed}"


class Rejected(Message, frozen=True, kw_only=True, tag="rejected"):
    """A payload could not become messages; its raw bytes are in the dead-letter stream.

    Attributes:
        letter: the dead letter's name, unique within a run.
        feed: the feed it came from.
        reason: names the field, the value and the remedy.
    """

    letter: str
    feed: str
    reason: str

    @property
    def key(self) -> str:
        return f"rejected/{self.letter}"


EMPTY: FloatColumn = np.empty(0)
EMPTY.flags.writeable = False

AnyMessage = (
    Tick
    | RunStatus
    | Opening
    | Market
    | Locations
    | Books
    | Resource
    | Counterparty
    | TraderRecord
    | FactorHistory
    | Policy
    | StressScenarios
    | CumulativePnl
    | BacktestHistory
    | RetailSales
    | CompanyOutlook
    | PricePublication
    | AreaVolume
    | CurveMarks
    | Forecast
    | VolumeOutlook
    | Schedule
    | MeterValues
    | Award
    | Outage
    | StateOfCharge
    | ManualAdjustment
    | Trade
    | ProductTrade
    | TradeCheck
    | HedgeRequest
    | ProductMarks
    | ContractDelivery
    | Action
    | TradeTotals
    | TradeDetails
    | DayClose
    | FeedNotice
    | Rejected
)
"""Every kind of message; what the log may hold."""

KINDS: dict[str, type[Any]] = {
    str(kind.__struct_config__.tag): kind for kind in AnyMessage.__args__
}
"""The kinds by the tag that names them on the wire."""
