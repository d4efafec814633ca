"""A day put together from a real file, as docs/days.md shows, goes through the company."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import ClassVar

import pytest
import redis

from connectors.isos import MARKETS
from connectors.log.days import Day, Receipt
from flows import ingest, monitor
from flows.ingest import Played
from flows.monitor import Monitored
from state.company import Company
from state.messages import PricePublication, Tick
from tests.replay_data.document import code

pytestmark = pytest.mark.realdata

NODE = "0096WD_7_N001"


class Witness(Company):
    """A company that the test can look into when the flow is over."""

    last: ClassVar[Company]

    def __init__(self, company: str) -> None:
        super().__init__(company)
        Witness.last = self


def real_day(real_data: Path, folder: Path) -> Day:
    (file,) = (real_data / "caiso").glob("*_PRC_LMP_DAM_20200511_*.csv")
    documented = code()
    received = datetime(2019, 11, 3, 8, tzinfo=UTC)
    documented["make_day"](
        folder,
        date(2019, 11, 3),
        "America/Los_Angeles",
        [(received, "caiso", file)],
        documented["OPENING"],
    )
    return Day.open(folder)


def held_da_prices(company: Company) -> list[list[float]]:
    market = company.desk.markets["caiso"]
    place = market.tables.locations.index[NODE]
    held = market.days[date(2019, 11, 3)].prices.published[0, place]
    return held.reshape(25, 12).tolist()


def test_the_real_25_hour_day_goes_through_the_flow_and_fills_25_distinct_hours(
    real_data: Path, tmp_path: Path, client: redis.Redis, run_name: str
):
    day = real_day(real_data, tmp_path / "2019-11-03")
    ingest.run(client, Played(run=run_name, day=day, speed=0.0, until_ended=True))
    snapshots = tmp_path / "snapshots"
    monitored = Monitored(run_name, "company", Witness, snapshots, until_ended=True)
    monitor.run(client, monitored)

    hours = held_da_prices(Witness.last)
    assert all(len(set(hour)) == 1 for hour in hours)
    assert len({hour[0] for hour in hours}) == 25


def test_the_real_25_hour_day_fills_25_distinct_hours(real_data: Path, tmp_path: Path):
    day = real_day(real_data, tmp_path / "2019-11-03")
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
    assert held_da_prices(company) == [[float(item.lmp[0])] * 12 for item in own]
