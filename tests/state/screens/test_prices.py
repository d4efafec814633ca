"""The price ladder: the latest interval of each run, and what real time is above day-ahead."""

from __future__ import annotations

import math

from state.messages import Run
from state.screens.prices_seen import PriceView
from tests.state.worked import company, price, reference, tick


def test_a_spread_is_to_the_day_ahead_price_of_its_own_hour():
    day_ahead = [price(Run.DA, 9, HUB=50.0), price(Run.DA, 10, HUB=80.0)]
    real_time = [price(Run.RTD, 9, HUB=60.0, NODE=61.0)]

    seen = company(reference(), tick(8), day_ahead, real_time, tick(10.1))

    ladder = seen.views()["price/west"]
    assert isinstance(ladder, PriceView)
    hub, node = (ladder.locations.index(name) for name in ("HUB", "NODE"))
    assert (ladder.da[hub], ladder.rtd[hub]) == (80.0, 60.0)  # of the running hour, of the last one
    assert ladder.spread[hub] == 10.0
    assert math.isnan(ladder.spread[node])  # no day-ahead price was published
