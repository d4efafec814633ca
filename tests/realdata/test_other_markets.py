"""What the real files of ERCOT, NYISO and ISO-NE say, beyond counts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from connectors.isos import MARKETS, Parsed
from state.messages import AreaVolume, Run, Series
from state.moments import HOUR_NS, to_ns

pytestmark = pytest.mark.realdata


def parse(folder: Path, market: str, name: str) -> Parsed:
    path = folder / market / name
    return MARKETS[market].parse(path.read_bytes(), received_at_ns=1, where=name)


def utc(*parts: int) -> int:
    return to_ns(datetime(*parts, tzinfo=UTC))


def test_the_first_of_two_equal_hours_of_nyiso_is_edt(real_data: Path):
    parsed = parse(real_data, "nyiso", "20251102rtlbmp_zone_SAMPLE.csv")
    city = {
        message.interval_start_ns: message.lmp[message.locations.index("N.Y.C.")]
        for message in parsed.messages
    }
    assert [city[utc(2025, 11, 2, hour)] for hour in (4, 5, 6, 7)] == [66.30, 56.71, 38.03, 47.49]
    assert {(m.run, m.interval_seconds) for m in parsed.messages} == {(Run.RTD, 3600)}
    pjm = [m.congestion[m.locations.index("PJM")] for m in parsed.messages]
    assert -0.82 in pjm, "published as 0.82"


def test_extra_readings_of_nyisos_load_stand_in_their_five_minutes(real_data: Path):
    parsed = parse(real_data, "nyiso", "20171122pal.csv")
    slot = [m for m in parsed.messages if m.interval_start_ns == utc(2017, 11, 22, 5, 5)]
    assert len(slot) == 3
    assert {message.areas for message in slot} == {slot[0].areas}


def test_the_forecast_of_nyiso_sums_to_its_total(real_data: Path):
    for message in parse(real_data, "nyiso", "20171122isolf.csv").messages:
        assert isinstance(message, AreaVolume)
        total = message.mw[message.areas.index("NYISO")]
        assert abs(message.mw.sum() - 2 * total) <= 6, "zones are rounded"


def test_ercots_zones_sum_to_the_system(real_data: Path):
    parsed = parse(real_data, "ercot", "load_forecast_specific_reportid.zip")
    for message in parsed.messages:
        total = message.mw[message.areas.index("SystemTotal")]
        np.testing.assert_allclose(message.mw.sum() - total, total, atol=0.01)
    assert parsed.messages[0].interval_start_ns == utc(2025, 3, 13, 5)
    assert parsed.messages[0].mw[parsed.messages[0].areas.index("North")] == 13005.493749755861875


def test_ercots_wind_has_no_actual_for_hours_to_come(real_data: Path):
    parsed = parse(real_data, "ercot", "wind_specific_reportid.zip")
    actual = [m for m in parsed.messages if m.run == "ACTUAL"]
    assert {m.series for m in parsed.messages} == {Series.WIND}
    assert max(m.interval_start_ns for m in actual) < utc(2025, 3, 13, 18, 55)
    first = actual[0]
    assert first.mw[first.areas.index("SYSTEM_WIDE")] == 15527.49


def test_the_hours_of_ercots_dashboard_are_consecutive(real_data: Path):
    parsed = parse(real_data, "ercot", "ERCOT_demand.json")
    starts = [m.interval_start_ns for m in parsed.messages if m.run == "CURRENT"]
    assert set(np.diff(starts)) == {HOUR_NS}
    first = next(m for m in parsed.messages if m.run == "ACTUAL")
    assert (first.interval_start_ns, first.mw.tolist()) == (utc(2024, 11, 24, 6), [42015.44])


def test_iso_nes_repeated_hour_is_two_hours(real_data: Path):
    parsed = parse(real_data, "isone", "gs_vcr_load_hourly_2024-11-02_2024-11-04__1.json")
    values = {m.interval_start_ns: m.mw.tolist()[0] for m in parsed.messages}
    assert values[utc(2024, 11, 3, 5)] == 10073.077
    assert values[utc(2024, 11, 3, 6)] == 9951.317


def test_iso_nes_forecasts_carry_their_creation(real_data: Path):
    parsed = parse(real_data, "isone", "gs_vcr_hourly_load_forecast_2024-11-02_2024-11-04__0.json")
    first_hour = [m for m in parsed.messages if m.interval_start_ns == utc(2024, 11, 2, 4)]
    made = [m.published_at_ns for m in first_hour]
    assert made == sorted(made)
    assert made[0] == utc(2024, 10, 31, 8, 0, 55)
    assert first_hour[0].mw.tolist() == [9910]
