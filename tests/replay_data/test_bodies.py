"""Bodies are as the markets serve them, quirks included."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import numpy as np
import pytest

from connectors.isos import MARKETS
from replay_data import oasis, oasis_areas, spp
from replay_data.locations import CAISO, SPP
from replay_data.oasis_areas import AreaHours
from replay_data.prices import RunPrices
from replay_data.records import LocalDay
from state.errors import NoDataYet
from state.messages import AreaVolume, PricePublication, Run, Series

PACIFIC = "America/Los_Angeles"
LONG = LocalDay(date(2025, 11, 2), PACIFIC)
SUMMER = LocalDay(date(2026, 7, 14), PACIFIC)
RTD_HEADER = (
    "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,NODE_ID_XML,NODE_ID,NODE,"
    "MARKET_RUN_ID,LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,VALUE,OPR_INTERVAL,GROUP"
)


def prices(day: LocalDay, seconds: int, places: int) -> RunPrices:
    """Prices that differ in every place and interval; some components are below zero."""
    count = (day.grid.end_ns - day.grid.start_ns) // (seconds * 10**9)
    energy = np.arange(count) * 1_234_567 - 3_000_000
    grid = np.arange(places)[:, None] * 100_001 - energy[None, :] // 3
    return RunPrices(day.grid.start_ns, seconds, energy, grid, -grid // 7)


def csv_of(body: bytes) -> tuple[str, list[str]]:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        (name,) = archive.namelist()
        return name, archive.read(name).decode().split("\n")


@pytest.mark.parametrize(("run", "seconds"), [(Run.DA, 3600), (Run.FMM, 900), (Run.RTD, 300)])
def test_the_parser_reads_back_every_price_of_a_long_day(run: Run, seconds: int):
    table = oasis.PriceTable(run, LONG, CAISO, prices(LONG, seconds, len(CAISO)))
    count = len(table.prices.energy)
    _, body = table.body(range(count), LONG.at("12:00"))
    messages, rejected, _ = MARKETS["caiso"].parse(body, received_at_ns=1, where="written")
    assert not rejected
    assert len(messages) == count
    for index, message in enumerate(messages):
        assert isinstance(message, PricePublication)
        assert message.interval_start_ns == table.prices.interval_start_ns(index)
        order = [message.locations.index(place.name) for place in CAISO]
        written = table.prices.lmp[:, index]
        assert np.rint(message.lmp[order] * 1e5).tolist() == written.tolist()


def test_a_five_minute_body_has_the_header_zeros_and_name_of_oasis():
    table = oasis.PriceTable(Run.RTD, SUMMER, CAISO, prices(SUMMER, 300, len(CAISO)))
    name, body = table.body([1], SUMMER.at("00:02"))
    member, lines = csv_of(body)
    assert name == member.replace(".csv", ".zip")
    assert member == "20260714_20260715_PRC_INTVL_LMP_RTM_20260714_00_02_00_v3.csv"
    assert lines[0] == RTD_HEADER
    assert lines[-1] == ""
    cells = dict(zip(lines[0].split(","), lines[1].split(","), strict=True))
    assert cells["OPR_HR"] == "01"
    assert cells["OPR_INTERVAL"] == "2"
    assert len(cells["VALUE"].split(".")[1]) == 5


@pytest.mark.parametrize(("run", "text"), [(Run.RTD, "-30.00000"), (Run.DA, "-30")])
def test_only_five_minute_values_keep_their_trailing_zeros(run: Run, text: str):
    seconds = 300 if run is Run.RTD else 3600
    table = oasis.PriceTable(run, SUMMER, CAISO, prices(SUMMER, seconds, len(CAISO)))
    values = [row.split(",")[-3 if run is Run.RTD else -2] for row in table.rows([0])]
    assert values.count(text) == len(CAISO)


def test_the_repeated_hour_lies_between_hours_2_and_3():
    starts = [LONG.grid.start_ns + hour * 3_600_000_000_000 for hour in range(25)]
    hours = [oasis.operating_hour(LONG, start) for start in starts]
    assert hours[:4] == [1, 2, 25, 3]
    assert hours[-1] == 24


def test_rows_are_split_by_type_and_out_of_order():
    table = oasis.PriceTable(Run.DA, SUMMER, CAISO, prices(SUMMER, 3600, len(CAISO)))
    rows = [row.split(",") for row in table.rows(range(24))]
    types = [row[9] for row in rows]
    assert types == sorted(types)
    assert [row[0] for row in rows[:24]] != sorted(row[0] for row in rows[:24])
    assert {row[4] for row in rows} == {"0"}
    assert {row[3] for row in rows} == {str(hour) for hour in range(1, 25)}


def test_no_data_comes_as_xml_in_a_zip():
    _, body = oasis.no_data_body(SUMMER, SUMMER.at("12:58"))
    with pytest.raises(NoDataYet):
        MARKETS["caiso"].parse(body, received_at_ns=1, where="written")


@pytest.mark.parametrize("run", ["DAM", "ACTUAL"])
def test_a_load_body_reads_back(run: str):
    areas = [AreaHours(("CA ISO-TAC",), [float(hour) for hour in range(24)])]
    _, body = oasis_areas.load_body(run, SUMMER, areas, range(24), SUMMER.at("09:11"))
    messages, rejected, _ = MARKETS["caiso"].parse(body, received_at_ns=1, where="written")
    assert not rejected
    volumes = [item for item in messages if isinstance(item, AreaVolume)]
    assert {(item.run, item.series) for item in volumes} == {(run, Series.LOAD)}
    assert [item.mw.tolist() for item in volumes] == [[float(hour)] for hour in range(24)]


def test_a_renewable_body_tells_sun_from_wind():
    areas = [AreaHours(("SP15", kind), [5.0] * 24) for kind in ("Solar", "Wind")]
    _, body = oasis_areas.renewable_body(SUMMER, areas, range(24), SUMMER.at("09:24"))
    messages, *_ = MARKETS["caiso"].parse(body, received_at_ns=1, where="written")
    series = [item.series for item in messages if isinstance(item, AreaVolume)]
    assert sorted(series) == [Series.SOLAR] * 24 + [Series.WIND] * 24


CENTRAL = LocalDay(date(2026, 6, 10), "America/Chicago")


def test_an_rtbm_body_reads_back_to_the_fourth_decimal():
    written = prices(CENTRAL, 300, len(SPP))
    name, body = spp.real_time_body(CENTRAL, SPP, written, 7)
    assert name == "RTBM-LMP-SL-202606100040.csv"
    (price,), rejected, _ = MARKETS["spp"].parse(body, received_at_ns=1, where=name)
    assert not rejected
    assert isinstance(price, PricePublication)
    assert price.interval_start_ns == written.interval_start_ns(7)
    order = [price.locations.index(place.name) for place in SPP]
    assert np.allclose(price.lmp[order], written.lmp[:, 7] / 1e5, rtol=0, atol=1.6e-4)
    sums = price.energy + price.congestion + price.loss
    assert np.rint(sums * 1e4).tolist() == np.rint(price.lmp * 1e4).tolist()


def test_a_day_ahead_body_bears_the_header_of_2026_and_the_hours_of_its_day():
    written = prices(CENTRAL, 3600, len(SPP))
    name, body = spp.day_ahead_body(CENTRAL, SPP, written)
    assert body.startswith(b"INTERVAL,GMTINTERVALEND,BAA,SETTLEMENT_LOCATION,PNODE,LMP")
    messages, rejected, _ = MARKETS["spp"].parse(body, received_at_ns=1, where=name)
    assert not rejected
    prices_read = [item for item in messages if isinstance(item, PricePublication)]
    assert {item.run for item in prices_read} == {Run.DA}
    assert len(prices_read) == 24
