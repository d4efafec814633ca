"""Every file of CAISO that is at hand, through its parser."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from connectors.isos import MARKETS, Parsed
from state.calendar import MarketCalendar, MarketDay, local_date
from state.errors import NoDataYet, ParseError
from state.messages import AreaVolume, PricePublication, Run, Series
from state.moments import HOUR_NS, to_ns
from state.wire import decode, encode

pytestmark = pytest.mark.realdata

ZONE = "America/Los_Angeles"
DAY_AHEAD = "20191012_20191106_PRC_LMP_DAM_20200511_15_31_06_v1.csv"
DAY_AHEAD_SAMPLE = "PRC_LMP_DAM_TH_SP15_20260714_SAMPLE.csv"
FIVE_MINUTE_SAMPLE = "PRC_INTVL_LMP_RTM_HEAD_SAMPLE.csv"
FIFTEEN_MINUTE = {
    "20230917_20230919_PRC_RTPD_LMP_RTPD_20230921_11_49_39_v2.csv": "CAS_PP_GNODE7",
    "20230917_20230919_PRC_RTPD_LMP_RTPD_20230921_11_57_28_v2.csv": "SANBRDNO_6_GN002",
    "20230917_20230919_PRC_RTPD_LMP_RTPD_20230927_11_26_02_v2.csv": "MIL1_3_PASGNODE",
}
LOAD = "20230917_20230919_SLD_FCST_DAM_20230920_21_28_35_v1.csv"
LOAD_ZIP = "20250219_20250227_SLD_FCST_7DA_20250221_01_09_58_v1.zip"
RENEWABLES = "20230917_20230919_SLD_REN_FCST_DAM_20230920_21_28_47_v1.csv"
OUTLOOK = "CAISO-demand-20191010.csv"
ERROR, PAGE = "OASIS_error_1000_no_data.xml", "OASIS_429_body.html"
REFUSED = {
    "20191010_20191011_ENE_CB_MKT_SUM_N_20200509_17_55_19_v1.csv": "ENE_CB_MKT_SUM",
    "20191010_20191011_ENE_SLRS_DAM_20200511_12_10_51_v1.csv": "ENE_SLRS",
    "20230917_20230918_ATL_PNODE_MAP_N_20230921_11_06_29_v1.csv": "ATL_PNODE_MAP",
    "DERIVED_2024_DLAP_DAM_vs_RTM_hourly_HE10-24.csv": "$ Price Per MW",
}
READ = (
    DAY_AHEAD,
    DAY_AHEAD_SAMPLE,
    FIVE_MINUTE_SAMPLE,
    *FIFTEEN_MINUTE,
    LOAD,
    LOAD_ZIP,
    RENEWABLES,
)
PRICES = (DAY_AHEAD, *FIFTEEN_MINUTE)


def parse(folder: Path, name: str) -> Parsed:
    return MARKETS["caiso"].parse(
        (folder / "caiso" / name).read_bytes(), received_at_ns=1, where=name
    )


def test_every_file_of_the_folder_is_accounted_for(real_data: Path):
    names = {path.name for path in (real_data / "caiso").iterdir()}
    assert names == {*READ, *REFUSED, OUTLOOK, ERROR, PAGE}


@pytest.mark.parametrize("name", READ)
def test_no_row_of_a_supported_report_is_rejected(real_data: Path, name: str):
    parsed = parse(real_data, name)
    assert parsed.rejected == []
    assert all(encode(decode(encode(message))) == encode(message) for message in parsed.messages)
    assert len({message.key for message in parsed.messages}) == len(parsed.messages)


@pytest.mark.parametrize(("name", "looks_like"), REFUSED.items())
def test_every_other_report_is_refused_by_its_name(real_data: Path, name: str, looks_like: str):
    with pytest.raises(ParseError, match="report not supported") as refused:
        parse(real_data, name)
    assert looks_like in refused.value.what
    assert not isinstance(refused.value, NoDataYet)


def test_no_data_is_told_from_throttling(real_data: Path):
    with pytest.raises(NoDataYet, match="1000"):
        parse(real_data, ERROR)
    with pytest.raises(ParseError, match="Acceptable Use Policy") as refused:
        parse(real_data, PAGE)
    assert not isinstance(refused.value, NoDataYet)


@pytest.mark.parametrize("name", PRICES)
def test_an_lmp_is_the_sum_of_its_components(real_data: Path, name: str):
    for price in parse(real_data, name).messages:
        assert isinstance(price, PricePublication)
        ghg = price.ghg if price.ghg.size else np.zeros(1)
        total = price.energy + price.congestion + price.loss + np.nan_to_num(ghg)
        np.testing.assert_allclose(price.lmp, total, atol=0.01)


def test_the_day_ahead_file_has_601_hours_without_a_gap(real_data: Path):
    messages = parse(real_data, DAY_AHEAD).messages
    starts = [message.interval_start_ns for message in messages]
    assert len(starts) == 601
    assert set(np.diff(starts)) == {HOUR_NS}
    assert {(m.run, m.interval_seconds, m.locations) for m in messages} == {
        (Run.DA, 3600, ("0096WD_7_N001",))
    }
    lmp = np.concatenate([message.lmp for message in messages])
    assert (round(lmp.min(), 1), round(lmp.max(), 1)) == (2.3, 189.8)
    assert all(message.ghg.size == 0 for message in messages)


def test_the_25_hour_day_fills_25_distinct_hours(real_data: Path):
    messages = parse(real_data, DAY_AHEAD).messages
    hours = Counter(local_date(message.interval_start_ns, ZONE) for message in messages)
    assert hours.pop(date(2019, 11, 3)) == 25
    assert set(hours.values()) == {24}
    assert len(hours) == 24
    day = MarketDay(MarketCalendar(ZONE), date(2019, 11, 3), settlement_seconds=3600)
    of_day = [m for m in messages if day.start_ns <= m.interval_start_ns < day.end_ns]
    places = [day.span(m.interval_start_ns, m.interval_start_ns + HOUR_NS)[0] for m in of_day]
    assert places == list(range(25))


@pytest.mark.parametrize(("name", "node"), FIFTEEN_MINUTE.items())
def test_a_15_minute_file_has_960_rows_in_192_intervals(real_data: Path, name: str, node: str):
    messages = parse(real_data, name).messages
    assert {(m.run, m.interval_seconds, m.locations) for m in messages} == {(Run.FMM, 900, (node,))}
    columns = [
        m.lmp.size + m.energy.size + m.congestion.size + m.loss.size + m.ghg.size for m in messages
    ]
    assert (len(messages), sum(columns)) == (192, 960)


def test_the_samples_of_2025_and_2026_read_like_the_files_of_2019(real_data: Path):
    five_minute = parse(real_data, FIVE_MINUTE_SAMPLE).messages
    assert [(m.run, m.interval_seconds, m.locations) for m in five_minute] == [
        (Run.RTD, 300, ("TH_NP15_GEN-APND",))
    ]
    assert five_minute[0].lmp.tolist() == [50.48609]
    assert five_minute[0].energy.tolist() == [48.9464]
    assert five_minute[0].loss.size == 0
    day_ahead = parse(real_data, DAY_AHEAD_SAMPLE).messages
    assert [message.lmp.tolist() for message in day_ahead][:2] == [[55.5152], [48.61367]]
    assert day_ahead[0].interval_start_ns == to_ns(datetime(2026, 7, 14, 7, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "run", "intervals", "rows"),
    [(LOAD, "DAM", 48, 1632), (LOAD_ZIP, "7DA", 192, 6432)],
)
def test_the_load_forecasts_have_their_areas_and_the_system(
    real_data: Path, name: str, run: str, intervals: int, rows: int
):
    messages = parse(real_data, name).messages
    assert len(messages) == intervals
    assert {(m.series, m.run, m.interval_seconds) for m in messages} == {(Series.LOAD, run, 3600)}
    assert len({area for message in messages for area in message.areas}) == 34
    assert sum(message.mw.size for message in messages) == rows
    for message in messages:
        assert isinstance(message, AreaVolume)
        system = message.mw[message.areas.index("CA ISO-TAC")]
        assert 10_000 < system < 52_000
        assert not np.isnan(message.mw).any()


def test_the_renewables_have_solar_at_three_hubs_and_wind_at_two(real_data: Path):
    messages = parse(real_data, RENEWABLES).messages
    by_series = Counter((message.series, message.areas) for message in messages)
    assert by_series == {
        (Series.SOLAR, ("NP15", "SP15", "ZP26")): 48,
        (Series.WIND, ("NP15", "SP15")): 48,
    }
    assert sum(message.mw.size for message in messages) == 240


def test_the_outlook_steps_behind_the_hour_and_its_last_row_has_no_line_end(real_data: Path):
    parsed = parse(real_data, OUTLOOK)
    assert "truncated" in parsed.rejected[0].reason
    forecast = [message for message in parsed.messages if message.run == "DAM"]
    starts = np.array([message.interval_start_ns for message in forecast])
    values = np.array([message.mw[0] for message in forecast])
    assert set(np.diff(starts)) == {HOUR_NS // 12}
    steps = starts[1:][np.diff(values) != 0.0]
    assert set(steps % HOUR_NS) == {0}
