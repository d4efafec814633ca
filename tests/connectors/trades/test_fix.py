"""FIX 4.4: nothing is believed unverified, nothing is lost, and each report is one version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.log.recording import RecordedItem
from connectors.records import parse_record
from connectors.trades.fix import FixOptions
from connectors.trades.fix_form import Fields, Framer, Garbled, message_of
from connectors.trades.fix_reports import Reports
from connectors.trades.fix_session import Ended, NumbersFile, Session
from state.errors import ConfigError, ParseError
from state.messages import FeedOutcome
from tests.connectors.trades.following import Following, names, opened
from tests.connectors.trades.sources import FixSource, deal
from tests.waiting import wait_for

SENT = "20260908-16:00:00.000"
REPORT: list[tuple[int, str | int]] = [
    (35, "AE"), (34, 2), (49, "VENUE"), (56, "DESK"), (52, SENT), (571, "R-1"), (487, 0),
    (17, "E-1"), (55, "NP15-H19"), (32, 5), (31, "-3.25"), (75, "20260908"),
    (60, "20260908-15:00:00"), (552, 1), (54, 2), (1, "A1"), (453, 2), (448, "CP-07"), (452, 17),
    (448, "trader-2"), (452, 36),
]  # fmt: skip


def changed(**changes: str | int | None) -> list[tuple[int, str | int]]:
    """Return the report with fields ``t55`` changed, None to leave one out."""
    new = {int(name[1:]): value for name, value in changes.items()}
    kept = [(tag, new.pop(tag, value)) for tag, value in REPORT]
    return [(tag, value) for tag, value in [*kept, *new.items()] if value is not None]


def fields(pairs: list[tuple[int, str | int]]) -> Fields:
    [found] = Framer().add(message_of(pairs))
    assert isinstance(found, Fields)
    return found


@pytest.fixture
def options(tmp_path: Path) -> FixOptions:
    source = FixSource(tmp_path)
    source.close()
    made = source.options()
    assert isinstance(made, FixOptions)
    return made


@pytest.fixture
def reports(options: FixOptions) -> Reports:
    return Reports("etrm", options.mapping)


def body_of(reports: Reports, **changes: str | int | None) -> dict[str, Any]:
    raw = reports.record_of(fields(changed(**changes)))
    assert raw is not None
    parse_record(raw, received_at_ns=1)
    found: dict[str, Any] = json.loads(raw)
    return found


# On the wire -------------------------------------------------------------------------------------


def test_messages_are_whole_however_they_are_cut(options: FixOptions) -> None:
    del options
    stream = message_of(REPORT) + message_of([(35, "0"), (34, 3)])
    for cut in range(len(stream)):
        framer = Framer()
        found = framer.add(stream[:cut]) + framer.add(stream[cut:])
        assert [one.kind for one in found if isinstance(one, Fields)] == ["AE", "0"]
        assert len(found) == 2


def test_a_byte_changed_anywhere_is_never_a_good_message_and_the_next_is_read() -> None:
    good, after = message_of(REPORT), message_of([(35, "0"), (34, 3)])
    for at in range(len(good)):
        damaged = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        found = Framer().add(damaged + after + after)
        assert not any(isinstance(one, Fields) and one.kind == "AE" for one in found), at
        assert isinstance(found[0], Garbled)
        kept = b"".join(one.raw for one in found)
        assert damaged in kept, "no byte is lost"


def test_a_field_that_is_none_counts_and_is_not_believed() -> None:
    raw = message_of([*REPORT[:6], (58, "a\x01no tag=1")])
    [found] = Framer().add(raw)
    assert isinstance(found, Fields)
    assert (found.sequence, bool(found.fault)) == (2, True)


def test_a_tag_of_thousands_of_digits_is_a_field_that_is_none() -> None:
    raw = message_of([*REPORT[:6], (58, f"a\x01{'1' * 5_000}=1")])
    [found] = Framer().add(raw)
    assert isinstance(found, Fields)
    assert (found.sequence, bool(found.fault)) == (2, True)


# What a report is --------------------------------------------------------------------------------


def test_a_report_is_the_next_version_of_its_deal(reports: Reports) -> None:
    new = body_of(reports)
    assert (new["trade"], new["action"], new["quantity_mw"], new["price_usd_per_mwh"]) == (
        "E-1", "new", -5.0, -3.25,
    )  # fmt: skip
    assert (new["book"], new["counterparty"], new["trader"]) == ("hedge", "CP-07", "trader-2")
    assert new["version"] == 1_788_883_200_000_000
    amended = body_of(reports, t571="R-2", t487=2, t32=7, t17="E-2", t1126="E-1")
    assert (amended["trade"], amended["action"], amended["quantity_mw"]) == ("E-1", "amend", -7.0)
    assert amended["version"] == new["version"] + 1, "sent in the same moment"
    back = body_of(reports, t571="R-3", t487=2, t52="20260908-17:00:00", t17="E-1")
    assert back["version"] == new["version"] + 3_600_000_000
    cancelled = body_of(reports, t571="R-4", t487=None, t150="H", t52="20260908-18:00:00")
    assert cancelled["action"] == "cancel"


def test_a_repetition_is_none_also_after_a_restart(reports: Reports, options: FixOptions) -> None:
    record = reports.record_of(fields(REPORT))
    assert record is not None
    again = Reports("etrm", options.mapping, [RecordedItem("0/2/R-1", record)])
    for known in (reports, again):
        repeated = changed(t97="Y", t34=9, t52="20260908-19:00:00")
        assert known.record_of(fields(repeated)) is None
        assert known.record_of(fields(changed(t571="R-9", t52="20260908-19:00:00"))) is None
        amended = known.record_of(fields(changed(t571="R-10", t487=2, t43="Y", t122=SENT)))
        assert amended is not None
        assert json.loads(amended)["version"] == json.loads(record)["version"] + 1


def test_an_identifier_that_is_used_again_for_another_deal_loses_none(
    reports: Reports, options: FixOptions
) -> None:
    record = reports.record_of(fields(REPORT))
    assert record is not None
    again = Reports("etrm", options.mapping, [RecordedItem("0/2/R-1", record)])
    for known in (reports, again):
        assert body_of(known, t17="E-2")["trade"] == "E-2"
        assert body_of(known, t32=6)["version"] == json.loads(record)["version"] + 1
        assert known.record_of(fields(REPORT)) is None, "an older one, told again"


def test_a_report_the_log_refuses_can_be_sent_again(reports: Reports, options: FixOptions) -> None:
    contract = options.mapping.contracts["NP15-H19"]
    wrong = contract.model_copy(update={"delivery_end": contract.delivery_start})
    mapping = options.mapping.model_copy(update={"contracts": {"NP15-H19": wrong}})
    for _ in range(2):
        with pytest.raises(ParseError, match="delivery_end"):
            Reports("etrm", mapping).record_of(fields(REPORT))
    record = json.loads(reports.record_of(fields(REPORT)) or b"")
    refused = json.dumps({**record, "delivery_end": record["delivery_start"]}).encode()
    again = Reports("etrm", options.mapping, [RecordedItem("0/2/R-1", refused)])
    assert body_of(again) == record


def test_the_contra_firm_is_the_counterparty_wherever_it_stands(reports: Reports) -> None:
    ours: list[tuple[int, str | int]] = [(448, "OURS"), (452, 4)]
    both = [*REPORT[:-4], *ours, *REPORT[-4:]]
    for pairs, counterparty in ((both, "CP-07"), ([*REPORT[:-4], (571, "R-2"), *ours], "OURS")):
        record = reports.record_of(fields(pairs))
        assert record is not None
        assert json.loads(record)["counterparty"] == counterparty


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"t571": None}, r"TradeReportID \(571\) is missing"),
        ({"t55": "SP15-H19"}, r"Symbol \(55\) 'SP15-H19' is no known contract"),
        ({"t55": None}, r"Symbol \(55\) is missing"),
        ({"t1": "A2"}, r"Account \(1\) 'A2' is no known book"),
        ({"t1": None}, r"no Account \(1\)"),
        ({"t17": None}, "names the deal"),
        ({"t487": 3}, r"TradeReportTransType \(487\) is '3'"),
        ({"t487": None}, r"neither TradeReportTransType \(487\) nor ExecType \(150\)"),
        ({"t32": None}, r"LastQty \(32\) is missing"),
        ({"t32": "-10"}, r"LastQty \(32\) is '-10', expected more than 0"),
        ({"t32": 0}, r"LastQty \(32\) is '0', expected more than 0"),
        ({"t32": "1_0"}, r"LastQty \(32\) is '1_0'"),
        ({"t31": "nan"}, r"LastPx \(31\) is 'nan'"),
        ({"t54": 5}, r"Side \(54\) is '5'"),
        ({"t60": "20260908"}, r"TransactTime \(60\) is '20260908'"),
        ({"t552": 2}, r"NoSides \(552\) is '2'"),
        ({"t442": 3}, r"MultiLegReportingType \(442\) is 3"),
        ({"t15": "EUR"}, r"Currency \(15\) is 'EUR'"),
    ],
)
def test_a_field_that_is_missing_or_senseless_is_named(
    reports: Reports, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ParseError, match=says):
        reports.record_of(fields(changed(**changes)))
    assert body_of(reports)["trade"] == "E-1", "mended, it is taken under the same report"


# The session -------------------------------------------------------------------------------------


def session_of(folder: Path) -> Session:
    file = NumbersFile(folder / "numbers.json")
    return Session(file, sender="DESK", target="VENUE", beat_seconds=30)


def said(session: Session, kind: str, number: int, *more: tuple[int, str | int]) -> list[Fields]:
    head: list[tuple[int, str | int]] = [
        (35, kind), (34, number), (49, "VENUE"), (56, "DESK"), (52, SENT)
    ]  # fmt: skip
    answered = session.take(fields([*head, *more]), 0)
    found = [one for raw in answered.out for one in Framer().add(raw)]
    return [one for one in found if isinstance(one, Fields)]


def test_a_gap_is_asked_for_once_and_filled_gaps_move_on(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    session.logon(0, reset=False)
    [request] = said(session, "A", 5)
    assert (request.kind, request.get(7), request.get(16)) == ("2", "1", "0")
    assert said(session, "0", 6) == []
    assert said(session, "4", 1, (43, "Y"), (123, "Y"), (36, 7)) == []
    [answer] = said(session, "1", 7, (112, "hello"))
    assert (answer.kind, answer.get(112)) == ("0", "hello")
    [filled] = said(session, "2", 8, (7, 1), (16, 0))
    assert (filled.kind, filled.get(123), filled.get(36)) == ("4", "Y", "4")
    assert (filled.sequence, filled.get(43)) == (1, "Y")
    assert said(session, "0", 2, (43, "Y")) == []
    with pytest.raises(Ended, match="too low, expecting 9 but received 3"):
        said(session, "0", 3)


def test_a_report_counts_when_the_log_has_it(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    session.logon(0, reset=False)
    said(session, "A", 1)
    items = []
    for number in (2, 3):
        answered = session.take(fields(changed(t34=number)), 0)
        assert answered.report is not None
        items.append(answered.report.item)
    said(session, "0", 4)
    for settled, inbound in (([], 2), (items[:1], 3), (items[1:], 5)):
        session.settle(list(settled))
        session.save()
        assert NumbersFile(tmp_path / "numbers.json").numbers.inbound == inbound


def test_numbers_begun_anew_forget_those_before(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    session.logon(0, reset=False)
    said(session, "A", 1)
    session.take(fields(REPORT), 0)
    [logon] = Framer().add(session.logon(0, reset=True))
    assert isinstance(logon, Fields)
    assert (logon.sequence, logon.get(141)) == (1, "Y")
    said(session, "A", 1, (141, "Y"))
    session.settle(["0/2/R-1"])
    numbers = NumbersFile(tmp_path / "numbers.json").numbers
    session.save()
    assert (numbers.epoch, numbers.outbound) == (1, 2)
    with pytest.raises(Ended, match="logged out by the counterparty: good bye"):
        said(session, "5", 2, (58, "good bye"))
    session.logon(0, reset=False)
    with pytest.raises(Ended, match="no Logon"):
        said(session, "0", 2)


def test_a_message_of_another_session_ends_it(tmp_path: Path) -> None:
    session = session_of(tmp_path)
    session.logon(0, reset=False)
    with pytest.raises(Ended, match="not of this one"):
        session.take(fields(changed(t49="ELSEWHERE")), 0)


def test_a_session_file_that_is_damaged_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "numbers.json").write_text("{")
    with pytest.raises(ConfigError, match="cannot be read"):
        NumbersFile(tmp_path / "numbers.json")


# Against an acceptor -----------------------------------------------------------------------------


def test_what_is_lost_or_damaged_on_the_way_is_asked_for_again(tmp_path: Path) -> None:
    source = FixSource(tmp_path)
    source.lost, source.damaged = {2}, {4}
    with Following(opened(source)) as following:
        wait_for(lambda: following.outcome() is FeedOutcome.NO_DATA and source.next == 2)
        source.send([deal(1), deal(2)])
        wait_for(lambda: len(names(following.came)) == 2)
        source.send([deal(3), deal(4)])
        wait_for(lambda: len(names(following.came)) == 4)
    wait_for(lambda: source.kinds()[-1] == "5")
    source.close()
    assert names(following.came) == ["D-1", "D-2", "D-3", "D-4"]
    [damaged] = [one for one in following.came if one.refusal]
    assert "CheckSum (10)" in damaged.refusal
    assert source.kinds().count("2") == 2


def test_a_length_that_swallows_what_follows_ends_the_line_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.trades.fix._TEST_AFTER", 0.1)
    monkeypatch.setattr("connectors.trades.fix._GIVE_UP_AFTER", 0.5)
    source = FixSource(tmp_path)
    source.stretched = {2}
    with Following(opened(source)) as following:
        wait_for(lambda: source.next == 2)
        source.send([deal(1), deal(2)])
        wait_for(lambda: len(names(following.came)) == 2)
    source.close()
    assert names(following.came) == ["D-1", "D-2"]
    assert source.kinds().count("A") == 2


def test_a_session_that_subscribes_asks_for_all_reports_and_takes_each_once(
    tmp_path: Path,
) -> None:
    source = FixSource(tmp_path)
    feed = source.options(subscribe=True, reset_on_logon=True).open("trades/x")
    with Following(feed) as following:
        wait_for(lambda: "AD" in source.kinds())
        source.send([deal(1)])
        wait_for(lambda: len(following.came) == 1)
        source.leave()
        source.come_back()
        wait_for(lambda: source.kinds().count("AD") == 2)
        source.send([deal(1), deal(2)])
        wait_for(lambda: len(following.came) == 2)
        following.settle(following.came)
        wait_for(lambda: "2 taken, 1 repeated" in following.detail())
    source.close()
    assert names(following.came) == ["D-1", "D-2"]


def test_a_report_that_comes_at_once_with_a_logout_is_not_lost(tmp_path: Path) -> None:
    source = FixSource(tmp_path)
    with Following(opened(source)) as following:
        wait_for(lambda: source.next == 2)
        source.holds = True
        source.send([deal(1)])
        source.holds = False
        source.say("5", [(58, "end of day")])
        wait_for(lambda: source.kinds().count("A") == 2)
        source.send([deal(2)])
        wait_for(lambda: len(following.came) == 2)
    source.close()
    assert names(following.came) == ["D-1", "D-2"]
