"""A simulated ERCOT writes as ERCOT does: lists, names, headers, stamps, line ends."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import numpy as np
import pytest

from connectors.simulated.ercot import DOCUMENT_PATH, LIST_PATH, SimulatedErcot
from connectors.simulated.published import Published, PublishedDay
from state.messages import AreaVolume, PricePublication, Run, Series

SECOND_NS = 10**9
MINUTE_NS = 60 * SECOND_NS


def ns(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * SECOND_NS


JUNE = ns(2026, 6, 10, 18)
AUGUST = ns(2026, 8, 27, 18)
REPEATED = ns(2026, 11, 1, 7, 45)
"""01:45 CST, which the clock shows for the second time."""


def price(start_ns: int, seconds: int, run: Run = Run.RTD, lmp: float = 30.5) -> Published:
    message = PricePublication(
        market="ercot", run=run, interval_start_ns=start_ns, interval_seconds=seconds,
        locations=("HB_BUSAVG", "LZ_WEST/LZEW"), lmp=np.array([lmp, -lmp]),
    )  # fmt: skip
    return Published(start_ns + seconds * SECOND_NS + 2 * SECOND_NS, message)


def load(start_ns: int, run: str, seconds: int = 3600) -> Published:
    message = AreaVolume(
        market="ercot", series=Series.LOAD, run=run, interval_start_ns=start_ns,
        interval_seconds=seconds, areas=("North", "West"), mw=np.array([100.5, 20.0]),
    )  # fmt: skip
    return Published(start_ns, message)


def market(*published: Published) -> SimulatedErcot:
    return SimulatedErcot(PublishedDay("ercot", published))


def documents(own: SimulatedErcot, report: int, now_ns: int) -> list[dict[str, str]]:
    body = own.answer(LIST_PATH, {"reportTypeId": str(report)}, now_ns, wrong=False)
    assert body is not None
    items = json.loads(body)["ListDocsByRptTypeRes"]["DocumentList"]
    return [item["Document"] for item in items if "_csv" in item["Document"]["ConstructedName"]]


def downloaded(
    own: SimulatedErcot, document: dict[str, str], now_ns: int, *, wrong: bool = False
) -> tuple[str, str]:
    """Return name and text of the file in a document."""
    query = {"doclookupId": document["DocID"]}
    body = own.answer(DOCUMENT_PATH, query, now_ns, wrong=wrong)
    assert body is not None
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        (name,) = archive.namelist()
        return name, archive.read(name).decode()


def test_a_list_has_each_document_with_its_twin_as_ercot_names_them() -> None:
    own = market(price(JUNE, 900))
    now_ns = JUNE + 902 * SECOND_NS
    assert documents(own, 12301, now_ns - SECOND_NS) == []
    (found,) = documents(own, 12301, now_ns)
    number = found.pop("DocID")
    assert number.isdigit()
    assert found == {
        "ExpiredDate": "2026-06-17T23:59:59-05:00",
        "ILMStatus": "EXT",
        "SecurityStatus": "P",
        "ContentSize": "4096",
        "Extension": "zip",
        "ReportTypeID": "12301",
        "Prefix": "cdr",
        "FriendlyName": "SPPHLZNP6905_20260610_1315_csv",
        "ConstructedName": "cdr.00012301.0000000000000000.20260610.131502000."
        "SPPHLZNP6905_20260610_1315_csv.zip",
        "PublishDate": "2026-06-10T13:15:02-05:00",
        "ReportName": "Settlement Point Prices at Resource Nodes, Hubs and Load Zones",
        "DUNS": "0000000000000000",
        "DocCount": "0",
    }
    body = own.answer(LIST_PATH, {"reportTypeId": "12301"}, now_ns, wrong=False) or b""
    twins = json.loads(body)["ListDocsByRptTypeRes"]["DocumentList"]
    assert [one["Document"]["FriendlyName"][-3:] for one in twins] == ["csv", "xml"]


@pytest.mark.parametrize(
    ("report", "published", "name", "text"),
    [
        (
            12301, [price(JUNE, 900)],
            "cdr.00012301.0000000000000000.20260610.131502.SPPHLZNP6905_20260610_1315.csv",
            "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,SettlementPointType,"
            "SettlementPointPrice,DSTFlag\n"
            "06/10/2026,14,1,HB_BUSAVG,SH,30.5,N\n06/10/2026,14,1,LZ_WEST,LZEW,-30.5,N\n",
        ),
        (
            12301, [price(REPEATED, 900)],
            "cdr.00012301.0000000000000000.20261101.020002.SPPHLZNP6905_20261101_0200xhr.csv",
            "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,SettlementPointType,"
            "SettlementPointPrice,DSTFlag\n"
            "11/01/2026,2,4,HB_BUSAVG,SH,30.5,Y\n11/01/2026,2,4,LZ_WEST,LZEW,-30.5,Y\n",
        ),
        (
            12331, [price(JUNE, 3600, Run.DA)],
            "cdr.00012331.0000000000000000.20260610.140002.DAMSPNP4190.csv",
            "DeliveryDate,HourEnding,SettlementPoint,SettlementPointPrice,DSTFlag\n"
            "06/10/2026,14:00,HB_BUSAVG,30.5,N\n06/10/2026,14:00,LZ_WEST/LZEW,-30.5,N\n",
        ),
        (
            12300, [price(JUNE, 300)],
            "cdr.00012300.0000000000000000.20260610.130502.LMPSROSNODENP6788_20260610_130500.csv",
            "SCEDTimestamp,RepeatedHourFlag,SettlementPoint,LMP\n"
            "06/10/2026 13:00:00,N,HB_BUSAVG,30.5\n06/10/2026 13:00:00,N,LZ_WEST/LZEW,-30.5\n",
        ),
        (
            12300, [price(AUGUST, 300)],
            "cdr.00012300.0000000000000000.20260827.130502.LMPSROSNODENP6788_20260827_130500.csv",
            "SCEDTimestamp,RepeatedHourFlag,SettlementPoint,CappedLMP,UncappedLMP\n"
            "08/27/2026 13:00:00,N,HB_BUSAVG,30.5,30.5\n"
            "08/27/2026 13:00:00,N,LZ_WEST/LZEW,-30.5,-30.5\n",
        ),
        (
            12311, [load(JUNE, "DAM")],
            "cdr.00012311.0000000000000000.20260610.130000.LFCCONGESTNP3560.csv",
            "DeliveryDate,HourEnding,North,West,SystemTotal,DSTFlag    \n"
            "06/10/2026,14:00,100.5,20,120.5,N\n",
        ),
        (
            12340, [load(JUNE, "ACTUAL", 1800)],
            "cdr.00012340.0000000000000000.20260610.130000.SYSTEMWIDEDEMANDNP6235.csv",
            "DeliveryDate,TimeEnding,Demand,DSTFlag\n"
            "06/10/2026,13:15,120.5,N\n06/10/2026,13:30,120.5,N\n",
        ),
    ],
)  # fmt: skip
def test_a_document_is_a_zip_of_one_csv_in_ercots_own_form(
    report: int, published: list[Published], name: str, text: str
) -> None:
    own = market(*published)
    now_ns = ns(2026, 12, 1)
    (found,) = documents(own, report, now_ns)
    assert downloaded(own, found, now_ns) == (name, text)


def test_a_settlement_price_is_the_mean_of_its_three_dispatches_once_all_are_there() -> None:
    runs = [price(JUNE + at * 300 * SECOND_NS, 300, lmp=lmp) for at, lmp in enumerate((10, 20, 31))]
    own = market(*runs)
    assert documents(own, 12301, runs[1].at_ns) == []
    (found,) = documents(own, 12301, runs[2].at_ns)
    _, text = downloaded(own, found, runs[2].at_ns)
    assert "06/10/2026,14,1,HB_BUSAVG,SH,20.33,N\n" in text
    assert own.published.served == {
        ("price", Run.RTD): {(one.message.interval_start_ns, one.at_ns) for one in runs}
    }


def test_a_wrong_price_is_published_again_and_a_changed_one_is_another_document() -> None:
    first = price(JUNE, 900)
    later = Published(first.at_ns + 3600 * SECOND_NS, price(JUNE, 900, lmp=31.0).message)
    own = market(first, later)
    (found,) = documents(own, 12301, first.at_ns)
    assert ",32," in downloaded(own, found, first.at_ns, wrong=True)[1]
    (again,) = documents(own, 12301, first.at_ns + MINUTE_NS)
    assert again["FriendlyName"] == "SPPHLZNP6905_20260610_1315_retry_csv"
    assert again["DocID"] != found["DocID"]
    assert "30.5" in downloaded(own, again, first.at_ns + MINUTE_NS)[1]
    (changed,) = documents(own, 12301, later.at_ns)
    assert changed["DocID"] not in (found["DocID"], again["DocID"])
    assert ",31," in downloaded(own, changed, later.at_ns)[1]
    assert "30.5" in downloaded(own, again, later.at_ns)[1]


def test_what_ercot_does_not_know_has_no_answer() -> None:
    own = market(price(JUNE, 900))
    for path, query in (
        ("/", {}),
        (LIST_PATH, {}),
        (DOCUMENT_PATH, {"doclookupId": "1"}),
        (DOCUMENT_PATH, {"doclookupId": "0" * 21}),
    ):
        assert own.answer(path, query, JUNE, wrong=False) is None
