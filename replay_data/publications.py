"""What CAISO publishes over a day, as raw bodies with the moment each was received."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from replay_data import oasis, oasis_areas
from replay_data.oasis_areas import AreaHours
from replay_data.prices import MarketPrices, RunPrices, Spike, clock_hours
from replay_data.records import LocalDay, Record, record
from state.messages import PricePublication, Run

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
LEAD_NS = {Run.RTD: 150 * SECOND_NS, Run.FMM: 22 * MINUTE_NS + 30 * SECOND_NS}
REPORT_NAMES = {
    Run.DA: "OASIS PRC_LMP",
    Run.FMM: "OASIS PRC_RTPD_LMP",
    Run.RTD: "OASIS PRC_INTVL_LMP",
}
_AREA_PEAK_MW = {
    "PGE-TAC": 17_500.0,
    "SCE-TAC": 19_500.0,
    "SDGE-TAC": 3_900.0,
    "VEA-TAC": 145.0,
    "MWD-TAC": 95.0,
}
_RENEWABLE_PEAK_MW = {
    ("NP15", "Solar"): 2_600.0,
    ("NP15", "Wind"): 1_250.0,
    ("SP15", "Solar"): 12_600.0,
    ("SP15", "Wind"): 3_100.0,
    ("ZP26", "Solar"): 2_450.0,
}


class Receipt(NamedTuple):
    """A raw body as received."""

    received_at_ns: int
    source: str
    payload: str
    body: bytes


class Caiso(NamedTuple):
    """CAISO's publications around one day.

    Attributes:
        load_shape: system load over its peak by clock hour; likewise ``solar`` and ``wind``.
    """

    prices: MarketPrices
    day: LocalDay
    spike: Spike | None
    load_shape: Sequence[float]
    solar: Sequence[float]
    wind: Sequence[float]

    def receipts(self) -> Iterator[Receipt]:
        """Yield the bodies received during the day, in no order."""
        start, end = self.day.grid.start_ns, self.day.grid.end_ns
        for item in self._real_time():
            if start <= item.received_at_ns < end:
                yield item
        yield self._day_ahead()
        yield from self._areas()

    def _real_time(self) -> Iterator[Receipt]:
        for day, spike in ((self.day, self.spike), (self.day.next(), None)):
            for run in (Run.FMM, Run.RTD):
                yield from self._run_of_day(run, day, spike)

    def _run_of_day(self, run: Run, day: LocalDay, spike: Spike | None) -> Iterator[Receipt]:
        prices = self.prices.on(day, run, spike)
        delays = self._delays(run, day, len(prices.energy))
        for index, delay in enumerate(delays):
            published = prices.interval_start_ns(index) - LEAD_NS[run] + delay
            if published < self.day.grid.end_ns and published >= self.day.grid.start_ns:
                yield self._price_receipt(run, day, prices, [index], published)

    def _delays(self, run: Run, day: LocalDay, count: int) -> list[int]:
        """Return each publication's delay, in nanoseconds: mostly seconds, some a minute late."""
        generator = np.random.Generator(
            np.random.PCG64([self.prices.seed, day.day.toordinal(), len(run)])
        )
        seconds = np.abs(generator.standard_normal(count)) * 9 + 45 * (
            generator.random(count) < 0.03  # one in thirty
        )
        return [int(round(float(value), 3) * 1000) * 1_000_000 for value in seconds]

    def _price_receipt(
        self, run: Run, day: LocalDay, prices: RunPrices, intervals: Sequence[int], at_ns: int
    ) -> Receipt:
        table = oasis.PriceTable(run, day, self.prices.places, prices)
        name, body = table.body(intervals, at_ns)
        first = prices.interval_start_ns(intervals[0])
        label = f"{oasis.gmt(first)[:16].replace('-', '').replace(':', '')}"
        return Receipt(at_ns, "caiso", f"{run}/{label}_{name}", body)

    def _day_ahead(self) -> Receipt:
        tomorrow = self.day.next()
        prices = self.prices.on(tomorrow, Run.DA)
        hours = range(len(prices.energy))
        at = self.day.at("13:02") + 17 * SECOND_NS
        return self._price_receipt(Run.DA, tomorrow, prices, hours, at)

    # Area forecasts --------------------------------------------------------------------------

    def _areas(self) -> Iterator[Receipt]:
        tomorrow = self.day.next()
        at = self.day.at("09:11")
        yield self._area_receipt(
            at,
            *oasis_areas.load_body(
                "DAM", tomorrow, self._load_areas(tomorrow, 0.0), range(tomorrow.grid.hours), at
            ),
        )
        at = self.day.at("09:24")
        yield self._area_receipt(
            at,
            *oasis_areas.renewable_body(
                tomorrow, self._renewable_areas(tomorrow), range(tomorrow.grid.hours), at
            ),
        )
        actual = self._load_areas(self.day, 0.015)
        for hour in range(self.day.grid.hours - 1):
            at = self.day.grid.start_ns + (hour + 1) * 60 * MINUTE_NS + 6 * MINUTE_NS
            yield self._area_receipt(
                at, *oasis_areas.load_body("ACTUAL", self.day, actual, [hour], at)
            )

    def _area_receipt(self, at_ns: int, name: str, body: bytes) -> Receipt:
        folder = "load" if "SLD_FCST" in name else "renewables"
        return Receipt(at_ns, "caiso", f"{folder}/{name}", body)

    def _load_areas(self, day: LocalDay, error: float) -> list[AreaHours]:
        seed = [self.prices.seed, day.day.toordinal(), 5]
        generator = np.random.Generator(np.random.PCG64(seed))
        clock = clock_hours(day)
        areas = []
        whole = np.zeros(len(clock))
        for area, peak in _AREA_PEAK_MW.items():
            noise = 1 + error * generator.standard_normal(len(clock))
            mw = peak * np.array(self.load_shape)[clock] * noise
            whole = whole + mw
            areas.append(AreaHours((area,), [round(float(value), 2) for value in mw]))
        system = [round(float(value), 2) for value in whole]
        return [AreaHours(("CA ISO-TAC",), system), *areas]

    def _renewable_areas(self, day: LocalDay) -> list[AreaHours]:
        clock = clock_hours(day)
        areas = []
        for (hub, kind), peak in _RENEWABLE_PEAK_MW.items():
            shape = np.array(self.solar if kind == "Solar" else self.wind)[clock]
            mw = [round(float(value), 2) for value in peak * shape]
            areas.append(AreaHours((hub, kind), mw))
        return areas

    # Opening ---------------------------------------------------------------------------------

    def opening(self) -> Iterator[Record]:
        """Yield what was published before midnight for today, as records."""
        yield from self._already(Run.DA, self.day.at("13:02", days=-1))
        for run in (Run.FMM, Run.RTD):
            yield from self._already(run, 0)

    def _already(self, run: Run, at_ns: int) -> Iterator[Record]:
        prices = self.prices.on(self.day, run, self.spike)
        midnight = self.day.grid.start_ns
        delays = [0] * len(prices.energy)
        if run is not Run.DA:
            delays = self._delays(run, self.day, len(prices.energy))
        for index, delay in enumerate(delays):
            start = prices.interval_start_ns(index)
            published = at_ns or start - LEAD_NS[run] + delay
            if published < midnight:
                message = self._publication(run, prices, index)
                yield record(message, "caiso", published, self.day)

    def _publication(self, run: Run, prices: RunPrices, index: int) -> PricePublication:
        return PricePublication(
            market=self.prices.market,
            run=run,
            interval_start_ns=prices.interval_start_ns(index),
            interval_seconds=prices.interval_seconds,
            locations=self.prices.names,
            lmp=prices.lmp[:, index] / 1e5,
            energy=np.full(len(self.prices.names), prices.energy[index] / 1e5),
            congestion=prices.congestion[:, index] / 1e5,
            loss=prices.loss[:, index] / 1e5,
            source=REPORT_NAMES[run],
        )
