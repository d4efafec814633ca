"""A day put together from a real file, as docs/days.md shows, goes through the company."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.isos import MARKETS
from connectors.log.days import Day, Receipt
from state.company import Company
from state.messages import PricePublication, Tick
from tests.replay_data.document import code

pytestmark = pytest.mark.realdata

NODE = "0096WD_7_N001"


def test_the_real_25_hour_day_fills_25_distinct_hours(real_data: Path, tmp_path: Path):
    (file,) = (real_data / "caiso").glob("*_PRC_LMP_DAM_20200511_*.csv")
    documented = code()
    received = datetime(2019, 11, 3, 8, tzinfo=UTC)
    documented["make_day"](
        tmp_path / "2019-11-03",
        date(2019, 11, 3),
        "America/Los_Angeles",
        [(received, "caiso", file)],
        documented["OPENING"],
    )
    day = Day.open(tmp_path / "2019-11-03")
    assert day.manifest.to_ns - day.manifest.from_ns == 25 * 3_600_000_000_000

    (body,) = (item for item in day.items() if isinstance(item, Receipt))
    messages = (
        MARKETS["caiso"]
        .parse(body.body, received_at_ns=body.received_at_ns, where=body.where)
        .messages
    )
    prices = [item for item in messages if isinstance(item, PricePublication)]
    own = [
        item for item in prices if 0 <= item.interval_start_ns - day.manifest.from_ns < 25 * 3600e9
    ]
    hours = {(item.interval_start_ns - day.manifest.from_ns) // 3_600_000_000_000 for item in own}
    assert hours == set(range(25))
    assert len({float(item.lmp[0]) for item in own}) == 25

    company = Company("company")
    every = [*day.opening(), Tick(at_ns=day.manifest.from_ns), *own]
    for position, message in enumerate(every, start=1):
        company.apply(message, position)
    held = company.desk.markets["caiso"].days[date(2019, 11, 3)].prices
    place = company.desk.markets["caiso"].tables.locations.index[NODE]
    by_hour = held.published[0, place].reshape(25, 12)
    assert by_hour[:, 0].tolist() == [float(item.lmp[0]) for item in own]
    assert (by_hour == by_hour[:, :1]).all()
