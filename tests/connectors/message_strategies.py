"""Messages of every kind that make sense, drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st

from state import messages as m
from state.moments import END_NS

HOUR_NS = 3600 * 10**9

names = st.text(
    st.characters(codec="utf-8", categories=["L", "N"], include_characters="-_."),
    min_size=1,
    max_size=12,
)
words = st.text(st.characters(codec="utf-8"), max_size=30)
moments = st.integers(0, END_NS - 1)
hours = st.integers(400_000, 500_000).map(lambda hour: hour * HOUR_NS)
money = st.floats(-1e12, 1e12)
prices = st.floats(-1e5, 1e5)
power = st.floats(-1e6, 1e6)
positive = st.floats(0, 1e6)
months = st.dates(date(2020, 1, 1), date(2040, 1, 1)).map(lambda day: f"{day:%Y-%m}")
seconds = st.sampled_from([60, 100, 300, 900, 1800, 3600])


def column(
    size: int, values: st.SearchStrategy[float] = power, *, gaps: bool = True
) -> st.SearchStrategy[Any]:
    """Draw a column, NaN here and there where gaps are allowed."""
    cells = st.one_of(values, st.just(np.nan)) if gaps else values
    return st.lists(cells, min_size=size, max_size=size).map(np.array)


def distinct(least: int = 1, most: int = 4) -> st.SearchStrategy[Any]:
    return st.lists(names, min_size=least, max_size=most, unique=True).map(tuple)


@st.composite
def markets(draw: st.DrawFn) -> m.Market:
    first = draw(st.integers(1, 24))
    return m.Market(
        market=draw(names),
        time_zone=draw(st.sampled_from(["America/Los_Angeles", "America/Chicago", "UTC"])),
        settlement_seconds=draw(st.sampled_from([300, 900])),
        runs=draw(st.sampled_from([(m.Run.DA, m.Run.RTD), tuple(m.Run)])),
        load_price_fmm_weight=draw(st.floats(0, 1)),
        on_peak_days=draw(st.lists(st.integers(0, 6), unique=True).map(tuple)),
        on_peak_hours=(first, draw(st.integers(first, 24))),
    )


@st.composite
def locations(draw: st.DrawFn) -> m.Locations:
    points = draw(distinct())
    return m.Locations(
        market=draw(names),
        locations=points,
        kinds=tuple(draw(st.sampled_from(m.LocationKind)) for _ in points),
        hubs=tuple(draw(st.one_of(names, st.just(""))) for _ in points),
    )


@st.composite
def traders(draw: st.DrawFn) -> m.TraderRecord:
    rows = draw(st.one_of(st.just(()), distinct()))
    known = st.one_of(st.booleans(), st.none())
    return m.TraderRecord(
        trader=draw(names),
        role=draw(names),
        months=draw(st.integers(1, 600)),
        authorised=draw(st.booleans()),
        experience=draw(names),
        under_investigation=draw(known),
        was_investigated=draw(known),
        has_read_policies=draw(st.booleans()),
        markets=draw(distinct()),
        instruments=draw(distinct()),
        own_limits=rows,
        own_bought_usd=draw(column(len(rows), positive)),
        own_bought_mw=draw(column(len(rows), positive)),
        own_sold_usd=draw(column(len(rows), positive)),
        own_sold_mw=draw(column(len(rows), positive)),
    )


@st.composite
def histories(draw: st.DrawFn) -> m.FactorHistory:
    factors, first = draw(distinct()), draw(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
    dates = tuple(f"{first + timedelta(days=day)}" for day in range(draw(st.integers(1, 4))))
    levels = draw(column(len(factors) * len(dates), prices))
    return m.FactorHistory(market=draw(names), factors=factors, dates=dates, levels=levels)


@st.composite
def outcomes(draw: st.DrawFn) -> m.BacktestHistory:
    first, days = draw(st.dates(date(2020, 1, 1), date(2030, 1, 1))), draw(st.integers(1, 4))
    return m.BacktestHistory(
        node=draw(names),
        dates=tuple(f"{first + timedelta(days=day)}" for day in range(days)),
        var_usd=draw(column(days, money)),
        pnl_usd=draw(column(days, money)),
        horizon=draw(st.sampled_from(m.Horizon)),
        confidence=draw(st.floats(0.5, 0.999)),
    )


@st.composite
def totals(draw: st.DrawFn) -> m.TradeTotals:
    books = draw(distinct())
    sums = column(len(books), st.floats(0.0, 1e9))
    return m.TradeTotals(
        source=draw(names),
        date=draw(st.dates(date(2020, 1, 1), date(2030, 1, 1))).isoformat(),
        books=books,
        contracts=draw(column(len(books), st.integers(0, 10_000).map(float))),
        volume_mwh=draw(sums),
        value_usd=draw(sums),
    )


@st.composite
def details(draw: st.DrawFn) -> m.TradeDetails:
    trades = draw(distinct())
    count = len(trades)

    def of(one: st.SearchStrategy[Any]) -> tuple[Any, ...]:
        return tuple(draw(st.lists(one, min_size=count, max_size=count)))

    starts = of(moments)
    return m.TradeDetails(
        system=draw(names),
        source=draw(names),
        date=draw(st.dates(date(2020, 1, 1), date(2030, 1, 1))).isoformat(),
        trades=trades,
        price_usd_per_mwh=draw(column(count, prices)),
        locations=of(names),
        products=of(names),
        blocks=of(st.sampled_from(m.Block)),
        delivery_starts_ns=starts,
        delivery_ends_ns=tuple(start + 3600 * 10**9 for start in starts),
        counterparties=of(names),
        counterparty=draw(st.one_of(st.just(""), names)),
    )


@st.composite
def publications(draw: st.DrawFn) -> m.PricePublication:
    points, length = draw(distinct()), draw(seconds)
    component = st.one_of(st.just(m.EMPTY), column(len(points), prices))
    return m.PricePublication(
        market=draw(names),
        run=draw(st.sampled_from(m.Run)),
        interval_start_ns=draw(hours),
        interval_seconds=length,
        locations=points,
        lmp=draw(column(len(points), prices)),
        **{name: draw(component) for name in ("energy", "congestion", "loss", "ghg")},
        source=draw(names),
        published_at_ns=draw(st.one_of(st.none(), moments)),
    )


@st.composite
def area_volumes(draw: st.DrawFn) -> m.AreaVolume:
    areas = draw(distinct())
    return m.AreaVolume(
        market=draw(names),
        series=draw(st.sampled_from(m.Series)),
        run=draw(names),
        interval_start_ns=draw(hours),
        interval_seconds=draw(seconds),
        areas=areas,
        mw=draw(column(len(areas))),
    )


@st.composite
def curve_marks(draw: st.DrawFn) -> m.CurveMarks:
    count = draw(st.integers(1, 4))
    return m.CurveMarks(
        market=draw(names),
        as_of=f"{draw(st.dates()).isoformat()}",
        hubs=tuple(draw(names) for _ in range(count)),
        blocks=tuple(draw(st.sampled_from(m.Block)) for _ in range(count)),
        months=tuple(draw(months) for _ in range(count)),
        price_usd_per_mwh=draw(column(count, prices)),
    )


@st.composite
def outlooks(draw: st.DrawFn) -> m.VolumeOutlook:
    count = draw(st.integers(1, 4))
    return m.VolumeOutlook(
        resource=draw(names),
        months=tuple(draw(months) for _ in range(count)),
        blocks=tuple(draw(st.sampled_from(m.Block)) for _ in range(count)),
        mw=draw(column(count)),
    )


@st.composite
def schedules(draw: st.DrawFn) -> m.Schedule:
    resources = draw(distinct())
    return m.Schedule(
        market=draw(names),
        run=draw(st.sampled_from(m.Run)),
        interval_start_ns=draw(hours),
        interval_seconds=draw(seconds),
        resources=resources,
        mw=draw(column(len(resources) * draw(st.integers(1, 3)))),
        published_at_ns=draw(st.one_of(st.none(), moments)),
    )


def over_intervals(
    kind: type, **fields: Callable[[int], st.SearchStrategy[Any]]
) -> st.SearchStrategy[Any]:
    """Draw a message of one resource or award over consecutive intervals."""
    return st.integers(1, 5).flatmap(
        lambda count: st.builds(
            kind,
            interval_start_ns=hours,
            interval_seconds=seconds,
            **{"mw": column(count)} | {name: of(count) for name, of in fields.items()},
        )
    )


@st.composite
def trades(draw: st.DrawFn) -> m.Trade:
    start, length = draw(hours), draw(st.integers(1, 4))
    resource = draw(st.one_of(st.just(""), names))
    quantity = draw(st.floats(0, 1) if resource else power)
    return m.Trade(
        source=draw(names),
        trade=draw(names),
        version=draw(st.integers(1 if quantity else 2, 2**40)),
        action=draw(st.sampled_from(m.TradeAction)),
        product=draw(names.filter(lambda product: product != "ppa")),
        market=draw(names),
        book=draw(names),
        counterparty=draw(names),
        location=draw(names),
        delivery_start_ns=start,
        delivery_end_ns=start + length * HOUR_NS,
        quantity_mw=quantity,
        price_usd_per_mwh=draw(prices),
        settles_at=draw(st.sampled_from(m.SettlesAt)),
        block=draw(st.sampled_from(m.Block)),
        trader=draw(st.one_of(st.just(""), names)),
        executed_at_ns=draw(moments),
        resource=resource,
        profile_mw=draw(st.one_of(st.just(m.EMPTY), column(length, gaps=False))),
        comment=draw(words),
    )


@st.composite
def product_trades(draw: st.DrawFn) -> m.ProductTrade:
    plain = draw(trades())
    terms = {name: getattr(plain, name) for name in plain.__struct_fields__}
    return m.ProductTrade(
        **terms,
        second_location=draw(st.one_of(st.just(""), names)),
        price_adjustment_usd_per_mwh=draw(prices),
        floor_usd_per_mwh=draw(prices),
        strike_usd_per_mwh=draw(prices),
        volatility_usd_per_mwh=draw(st.floats(0, 1e5)),
        energy_mwh=draw(positive),
        efficiency=draw(st.floats(0, 1)),
        unit_kind=draw(st.one_of(st.just(""), names)),
        vintage=draw(st.one_of(st.just(""), names)),
        units=draw(power),
        price_usd_per_unit=draw(prices),
        delivers=draw(st.one_of(st.just(""), names)),
    )


@st.composite
def product_marks(draw: st.DrawFn) -> m.ProductMarks:
    size = draw(st.integers(1, 4))
    some = st.lists(names, min_size=size, max_size=size).map(tuple)
    return m.ProductMarks(
        market=draw(names),
        as_of=draw(st.dates(date(2020, 1, 1), date(2040, 1, 1))).isoformat(),
        products=draw(some),
        kinds=draw(some),
        periods=draw(st.lists(months, min_size=size, max_size=size).map(tuple)),
        price_usd_per_unit=draw(column(size, prices)),
    )


def period(kind: type, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw a message about a period of some hours."""
    return hours.flatmap(
        lambda start: st.builds(
            kind,
            version=st.integers(1, 1000),
            start_ns=st.just(start),
            end_ns=st.integers(start + 1, start + 1000 * HOUR_NS),
            **fields,
        )
    )


outages = period(m.Outage, outage=names, resource=names, available_mw=positive)
adjustments = period(
    m.ManualAdjustment,
    adjustment=names,
    author=names,
    reason=names,
    book=names,
    market=names,
    location=names,
    mw=power,
    expires_at_ns=moments,
)
forecasts = over_intervals(m.Forecast, resource=lambda _: names)
meters = over_intervals(m.MeterValues, resource=lambda _: names)
awards = over_intervals(
    m.Award,
    award=lambda _: names,
    market=lambda _: names,
    book=lambda _: names,
    location=lambda _: names,
    mw=lambda count: column(count, positive),
)


@st.composite
def deliveries(draw: st.DrawFn) -> m.ContractDelivery:
    due_mwh = draw(st.floats(0.5, 1e5))
    return m.ContractDelivery(
        market=draw(names),
        contract=draw(names),
        month=draw(st.dates(date(2020, 1, 1), date(2030, 1, 1))).isoformat()[:7],
        due_mwh=due_mwh,
        delivered_mwh=draw(st.floats(0.0, due_mwh)),
    )


@st.composite
def actions(draw: st.DrawFn) -> m.Action:
    at_ns = draw(moments)
    words = ("action", "case", "actor", "text", "resolution", "duty", "approver")
    return m.Action(
        action_kind=draw(st.sampled_from(m.ActionKind)),
        at_ns=at_ns,
        until_ns=at_ns + draw(st.integers(1, 10**15)),
        **{name: draw(names) for name in words},
    )


BY_KIND: dict[str, st.SearchStrategy[Any]] = {
    "trade_check": st.builds(
        m.TradeCheck,
        check=names,
        candidate=st.one_of(trades(), product_trades()).map(
            lambda trade: msgspec.structs.replace(trade, received_at_ns=0)
        ),
        lot=positive,
        reserve_seconds=st.integers(0, 86_400),
        venue=st.sampled_from(("", "bilateral", "caiso", "carb")),
        areas=st.none() | st.lists(names, max_size=2).map(tuple),
        board_approved=st.booleans(),
    ),
    "feed_notice": st.builds(
        m.FeedNotice,
        feed=names,
        outcome=st.sampled_from(m.FeedOutcome),
        detail=words,
        missing=st.integers(0, 1000),
        missing_from_ns=moments,
        delay_seconds=st.floats(-1e5, 1e5),
        newest_ns=moments,
    ),
    "hedge_request": st.builds(
        m.HedgeRequest,
        request=names,
        limit=names,
        lot=positive,
        areas=st.lists(names, max_size=2).map(tuple),
        unit_kind=names,
    ),
    "tick": st.builds(m.Tick, at_ns=moments),
    "run_status": st.builds(
        m.RunStatus, run=names, at_ns=moments, day=names, speed=st.floats(0, 1e6)
    ),
    "opening": st.builds(m.Opening, at_ns=moments, state=st.binary()),
    "market": markets(),
    "locations": locations(),
    "books": distinct().map(
        lambda books: m.Books(
            company="C", books=books, desks=books, nodes=books, parents=("group",) * len(books)
        )
    ),
    "resource": st.builds(
        m.Resource,
        resource=names,
        market=names,
        book=names,
        location=names,
        capacity_mw=positive,
        energy_mwh=positive,
    ),
    "counterparty": st.builds(
        m.Counterparty,
        counterparty=names,
        name=names,
        rating=names,
        agreement=names,
        netting=st.booleans(),
        collateral_usd=money,
    ),
    "trader": traders(),
    "factor_history": histories(),
    "policy": st.builds(
        m.Policy, policy=names, version=names, source=words.map("limits:\n".__add__)
    ),
    "stress_scenarios": st.builds(
        m.StressScenarios,
        scenarios=names,
        version=names,
        source=words.map("scenarios:\n".__add__),
    ),
    "retail_sales": st.builds(
        lambda market, sold: m.RetailSales(
            market=market, periods=tuple(sold), volume_mwh=np.array(list(sold.values()))
        ),
        names,
        st.dictionaries(
            st.from_regex(r"20[0-9]{2}(-0[1-9])?", fullmatch=True),
            st.floats(0, 1e12),
            min_size=1,
            max_size=4,
        ),
    ),
    "company_outlook": st.builds(
        lambda market, told: m.CompanyOutlook(
            market=market,
            figure=m.CompanyFigure.FIXED_REVENUE,
            periods=tuple(told),
            amounts=np.array(list(told.values())),
        ),
        names,
        st.dictionaries(
            st.from_regex(r"20[0-9]{2}-0[1-9]", fullmatch=True),
            st.floats(0, 1),
            min_size=1,
            max_size=4,
        ),
    ),
    "cumulative_pnl": st.builds(m.CumulativePnl, book=names, realised_usd=money),
    "backtest_history": outcomes(),
    "price": publications(),
    "area_volume": area_volumes(),
    "curve_marks": curve_marks(),
    "forecast": forecasts,
    "volume_outlook": outlooks(),
    "schedule": schedules(),
    "meter": meters,
    "award": awards,
    "outage": outages,
    "state_of_charge": st.builds(
        m.StateOfCharge, resource=names, at_ns=moments, energy_mwh=positive
    ),
    "adjustment": adjustments,
    "trade": trades(),
    "product_trade": product_trades(),
    "product_marks": product_marks(),
    "contract_delivery": deliveries(),
    "action": actions(),
    "trade_totals": totals(),
    "trade_details": details(),
    "day_close": st.builds(
        m.DayClose,
        date=st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat),
        step=st.sampled_from(m.CloseStep),
        actor=names,
        at_ns=moments,
        comment=names,
    ),
    "rejected": st.builds(m.Rejected, letter=names, feed=names, reason=words.map("bad ".__add__)),
}
