"""How each step is drawn, and how often."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from hypothesis import strategies as st

from state.messages import (
    AwardKind,
    Block,
    Forecast,
    MeterValues,
    Run,
    SettlesAt,
    TradeAction,
)
from tests.state.strategies.contracts import (
    AdjustmentStep,
    AwardStep,
    CheckStep,
    HeldStep,
    OutageStep,
    ProductStep,
    TradeStep,
)
from tests.state.strategies.steps import (
    CurveStep,
    OutlookStep,
    PriceStep,
    ScheduleStep,
    VolumeStep,
    a_b_a,
    about_no_figure,
    about_the_close,
    again,
    every_mark,
    product_marks,
    unknown_prices,
)
from tests.state.strategies.world import (
    BOOKS,
)

TRADES = ("T1", "T2", "T3", "T4")
MW = st.integers(-20, 60).map(float)
DOLLARS = st.integers(-60, 300).map(float)
NOT_PUBLISHED = st.just(math.nan)
NEAR = st.integers(-6, 12)
FAR = st.one_of(NEAR, st.integers(-40, 50))
MARKETS = st.sampled_from(["caiso", "caiso", "spp"])
BOOK_NAMES = st.sampled_from([*BOOKS, *BOOKS, *BOOKS, "no such book"])
PLACE = st.sampled_from([0, 1, 2, 3, 0, 1, 2, 3, 100])
RESOURCE = st.sampled_from([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 100])
SOME_MW = st.lists(st.one_of(MW, MW, NOT_PUBLISHED), min_size=1, max_size=4).map(tuple)
SOME_DOLLARS = st.lists(st.one_of(DOLLARS, DOLLARS, NOT_PUBLISHED), min_size=1, max_size=4).map(
    tuple
)
SOME = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(tuple)

TICKS = st.sampled_from(
    [1, 7, 60, 300, 900, 900, 1800, 3600, 3600, 18_000, 43_200, 86_400, 259_200]
)
PRICES = st.builds(
    PriceStep,
    market=MARKETS,
    run=st.sampled_from(Run),
    offset=FAR,
    count=st.integers(1, 30),
    locations=SOME,
    values=SOME_DOLLARS,
)
REAL_TIME = st.builds(
    PriceStep,
    market=MARKETS,
    run=st.sampled_from([Run.RTD, Run.RTD, Run.FMM]),
    offset=st.integers(-30, 1),
    count=st.integers(1, 40),
    locations=st.just((0, 1, 2, 3)),
    values=SOME_DOLLARS,
)
SCHEDULES = st.builds(
    ScheduleStep,
    market=MARKETS,
    run=st.sampled_from([Run.DA, Run.DA, Run.FMM, Run.RTD]),
    offset=FAR,
    count=st.integers(1, 30),
    resources=SOME,
    values=SOME_MW,
)
VOLUMES = st.builds(
    VolumeStep,
    kind=st.sampled_from([Forecast, Forecast, MeterValues]),
    resource=RESOURCE,
    offset=FAR,
    count=st.integers(1, 60),
    hourly=st.booleans(),
    values=SOME_MW,
)
CONTRACTS = st.builds(
    TradeStep,
    trade=st.sampled_from(TRADES),
    version=st.integers(1, 4),
    action=st.sampled_from([TradeAction.NEW, TradeAction.AMEND, TradeAction.CANCEL]),
    product=st.sampled_from(
        ["energy", "energy", "swap", "ppa", "energy", "swap", "ppa", "elsewhere"]
    ),
    market=MARKETS,
    book=BOOK_NAMES,
    location=PLACE,
    offset=FAR,
    hours=st.one_of(st.integers(1, 30), st.integers(1, 900)),
    quantity_mw=st.integers(-50, 50),
    price=st.integers(-20, 100),
    settles_at=st.sampled_from(SettlesAt),
    block=st.sampled_from(Block),
    shaped=st.booleans(),
)
PRODUCTS = st.builds(
    ProductStep,
    plain=CONTRACTS,
    product=st.sampled_from(
        [
            "cfd",
            "ppa",
            "basis",
            "crr_obligation",
            "crr_option",
            "dispatchable",
            "storage",
            "ist",
            "shaped",
            "energy",
        ]
    ),
    second=st.integers(0, 3),
    floor=st.one_of(st.none(), st.integers(-20, 60)),
    strike=st.integers(0, 80),
    volatility=st.sampled_from([0, 0, 200]),
    delivers=st.booleans(),
)
HELD = st.builds(
    HeldStep,
    plain=CONTRACTS,
    product=st.sampled_from(["rec", "capacity"]),
    kind=st.sampled_from(["PCC1", "PCC1", "PCC3"]),
    vintage=st.sampled_from(["2026", "2026", "2025"]),
)
PRODUCT_MARKS = SOME_DOLLARS.map(lambda values: partial(product_marks, values=values))
DAY_AHEAD = st.builds(
    PriceStep,
    market=MARKETS,
    run=st.just(Run.DA),
    offset=st.integers(-6, 20),
    count=st.integers(1, 24),
    locations=SOME,
    values=SOME_DOLLARS,
    congestion=SOME_DOLLARS,
)
AWARDS = st.builds(
    AwardStep,
    award=st.sampled_from(["V1", "V2"]),
    market=MARKETS,
    book=BOOK_NAMES,
    location=PLACE,
    award_kind=st.sampled_from(AwardKind),
    offset=NEAR,
    values=st.lists(st.integers(0, 30).map(float), min_size=1, max_size=6).map(tuple),
)
OUTAGES = st.builds(
    OutageStep,
    outage=st.sampled_from(["O1", "O2"]),
    version=st.integers(1, 3),
    resource=RESOURCE,
    offset=NEAR,
    hours=st.integers(1, 30),
    minutes=st.sampled_from([0, 0, 7, 20]),
    available_mw=st.integers(0, 30),
    cancelled=st.booleans(),
)
ADJUSTMENTS = st.builds(
    AdjustmentStep,
    adjustment=st.sampled_from(["M1", "M2"]),
    version=st.integers(1, 3),
    book=BOOK_NAMES,
    location=PLACE,
    offset=NEAR,
    hours=st.integers(1, 12),
    mw=st.integers(-20, 20),
    minutes_in_force=st.sampled_from([1, 31, 67, 301, 2_000]),
)
CURVES = st.builds(
    CurveStep,
    market=MARKETS,
    chosen=st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 2)), min_size=1, max_size=5
    ).map(tuple),
    values=SOME_DOLLARS,
)
EVERY_MARK = st.builds(partial, st.just(every_mark), SOME_DOLLARS)
OUTLOOKS = st.builds(
    OutlookStep,
    resource=RESOURCE,
    chosen=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=1, max_size=4, unique=True
    ).map(tuple),
    values=SOME_MW,
)


CHECKS = st.builds(
    CheckStep,
    step=st.one_of(CONTRACTS, PRODUCTS),
    lot=st.sampled_from([0, 1]),
    reserve_seconds=st.sampled_from([0, 60, 3600]),
)
REPEATS = st.builds(partial, st.just(again), st.integers(0, 10))
CORRECTIONS = st.builds(partial, st.just(a_b_a), PRICES, SOME_DOLLARS)
REST = st.one_of(
    # One of each part: a strategy that is listed twice is drawn no more often.
    *[
        st.builds(partial, st.just(about_no_figure), st.integers(first, last))
        for first, last in ((0, 2), (3, 5), (6, 10), (11, 16))
    ],
    st.builds(partial, st.just(unknown_prices), st.integers(0, 2)),
    st.builds(partial, st.just(about_the_close), st.integers(0, 4), st.integers(0, 2)),
)
FACTS: st.SearchStrategy[Any] = st.one_of(
    PRICES,
    *[REAL_TIME] * 3,
    *[SCHEDULES] * 3,
    *[VOLUMES] * 2,
    *[CONTRACTS] * 3,
    *[PRODUCTS] * 3,
    DAY_AHEAD,
    HELD,
    PRODUCT_MARKS,
    AWARDS,
    CHECKS,
    OUTAGES,
    ADJUSTMENTS,
    CURVES,
    EVERY_MARK,
    OUTLOOKS,
    REPEATS,
    CORRECTIONS,
    REST,
)
STEPS = st.tuples(FACTS, st.one_of(st.none(), TICKS))
"""A fact, and how many seconds later the clock ticks, if it does before the next one."""

DEALS = st.tuples(
    st.one_of(
        *[CONTRACTS] * 2, *[PRODUCTS] * 4, HELD, OUTLOOKS, VOLUMES, DAY_AHEAD, REAL_TIME, CURVES
    ),
    st.one_of(st.none(), st.none(), TICKS),
)
"""Steps that are contracts of every product for the most part."""
