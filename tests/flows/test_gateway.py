"""The gateway over real sockets, against a real store and a run that is folded."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import ssl
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from connectors.gateway import forms
from connectors.gateway.address import Address, tls_context
from connectors.gateway.records_in import read_frame
from connectors.gateway.shapes import shaped
from connectors.records import from_record
from state.errors import ConfigError
from state.wire import encode
from tests.flows.gateways import (
    BOOK,
    ORIGIN,
    FoldedRun,
    Served,
    asked,
    deal,
    dial,
    folded_run,
    orders,
    said,
    trades_in,
)
from tests.stores import EmbeddedStore
from tests.waiting import wait_for

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def run(
    shared_store: EmbeddedStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FoldedRun]:
    with folded_run(shared_store, uuid.uuid4().hex, tmp_path_factory.mktemp("run")) as run:
        yield run


@pytest.fixture(scope="module")
def port(run: FoldedRun) -> Iterator[int]:
    served = Served(run.client, orders(run.run))
    yield served.port
    served.close()


@pytest.fixture
def number() -> int:
    """A trade that no other test sends."""
    return uuid.uuid4().int % 10**9


def closing(connection: ClientConnection) -> tuple[int, str]:
    """Read to the end; return how the gateway closed the connection."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            connection.recv(timeout=20)
    close = connection.protocol.close_rcvd
    assert close is not None, "it was cut without a word"
    return close.code, close.reason


# /trades ------------------------------------------------------------------------------------


def test_a_trade_is_acknowledged_with_the_position_it_has_in_the_log(
    run: FoldedRun, port: int, number: int
):
    with dial(port, "/trades") as trades:
        told = asked(trades, deal(number))

    [result] = told["results"]
    assert (told["kind"], told["frame"]) == ("acknowledgement", 1)
    assert result == {
        "trade": f"etrm/G-{number}/1",
        "outcome": "appended",
        "position": result["position"],
    }
    entry = run.log.entry(result["position"])
    assert entry is not None
    expected = from_record(deal(number), received_at_ns=run.tick_ns)
    assert entry.body == encode(expected), "as the record says, at the run's own time"


def test_many_trades_in_a_frame_come_out_in_their_order(port: int, number: int):
    versions = [deal(number), deal(number, version=2, action="amend", quantity_mw=2), deal(-number)]
    with dial(port, "/trades") as trades:
        results = asked(trades, versions)["results"]

    positions = [result["position"] for result in results]
    assert positions == list(range(positions[0], positions[0] + 3))


def test_a_repeat_is_acknowledged_with_the_position_it_has(port: int, number: int):
    with dial(port, "/trades") as trades:
        [first] = asked(trades, deal(number))["results"]
        again = asked(trades, [deal(number), deal(number)])["results"]

    assert [(each["outcome"], each["position"]) for each in again] == [
        ("repeated", first["position"])
    ] * 2


def test_the_same_version_with_other_content_is_refused_with_what_to_do(
    run: FoldedRun, port: int, number: int
):
    with dial(port, "/trades") as trades:
        [first] = asked(trades, deal(number))["results"]
        [result] = asked(trades, deal(number, quantity_mw=9.0))["results"]

    assert (result["outcome"], result["position"]) == ("refused", None)
    assert result["reason"] == (
        f"version 1 of this trade is in the log at position {first['position']} with other "
        "content; send what changed as version 2"
    )
    assert result["field"] == "version"
    assert len(trades_in(run.log)[f"trade/etrm/G-{number}/1"]) == 1


def test_a_bad_trade_is_refused_by_its_field_and_the_others_of_its_frame_go_in(
    port: int, number: int
):
    frame = [deal(number), deal(number + 1, quantity_mw="lots"), deal(number + 2)]
    with dial(port, "/trades") as trades:
        first, second, third = asked(trades, frame)["results"]

    assert [first["outcome"], third["outcome"]] == ["appended", "appended"]
    assert second["trade"] == f"etrm/G-{number + 1}/1"
    assert second["reason"] == (
        "quantity_mw is 'lots', expected a number; correct the record and send it again"
    )
    assert (second["field"], "field" in first) == ("quantity_mw", False)


@pytest.mark.parametrize(
    ("terms", "field", "reason"),
    [
        ({"product": "swaps"}, "product", "'swaps' is unknown; send one that docs/products.md"),
        ({"product": "basis"}, "second_location", "of a basis is missing; send it in a product"),
        ({"product": "virtual_supply"}, "product", "is not sent as a trade; send an Award"),
        ({"executed_at": "2100-01-01T00:00:00Z"}, "executed_at", "expected a time of the years"),
    ],
)
def test_what_the_core_would_refuse_whatever_it_knows_is_refused_at_the_door(
    port: int, number: int, terms: dict[str, str], field: str, reason: str
):
    with dial(port, "/trades") as trades:
        [result] = asked(trades, deal(number, **terms))["results"]

    assert (result["outcome"], result["field"]) == ("refused", field)
    assert reason in result["reason"]


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("not json", "the record is no JSON"),
        ("[]", "the frame holds 0 trades, expected 1 to 500; send fewer a frame"),
        (json.dumps([deal(1)] * 501), "the frame holds 501 trades"),
    ],
)
def test_a_frame_that_is_none_is_refused_whole_and_the_connection_goes_on(
    port: int, number: int, frame: str, reason: str
):
    with dial(port, "/trades") as trades:
        told = asked(trades, frame)
        after = asked(trades, deal(number))

    assert (told["kind"], told["frame"]) == ("refusal", 1)
    assert reason in told["reason"]
    assert (after["kind"], after["frame"]) == ("acknowledgement", 2)


def test_a_trade_that_gives_a_name_twice_is_refused_and_the_one_beside_it_taken(
    port: int, number: int
):
    line = json.dumps(deal(number))
    twice = line[:-1] + ', "quantity_mw": 500.0}'
    with dial(port, "/trades") as trades:
        good, odd = asked(trades, f"[{line}, {twice}]")["results"]

    assert (good["outcome"], odd["outcome"]) == ("appended", "refused")
    assert good["trade"] == odd["trade"] == f"etrm/G-{number}/1"
    assert "quantity_mw is [1.0, 500.0], expected given once" in odd["reason"]
    assert odd["field"] == "quantity_mw"


def test_a_reason_does_not_grow_with_what_was_sent(port: int, number: int):
    with dial(port, "/trades") as trades:
        [result] = asked(trades, deal(number, **{"x" * 100_000: 1}))["results"]

    assert result["reason"].startswith("unknown field 'xxx")
    assert len(result["reason"]) == 500


def test_half_a_character_ends_no_connection(port: int, number: int):
    """Its frame is answered: what has no answer is sent again, and would end the next one too."""
    with dial(port, "/trades") as trades:
        [result] = asked(trades, deal(number, trade="\ud800"))["results"]
        [twice] = asked(trades, r'{"\ud800": 1, "\ud800": 2}')["results"]
    with dial(port, "/check") as checks:
        asked_twice = asked(checks, r'{"\ud800": 1, "\ud800": 2}')

    assert (result["trade"], result["outcome"]) == ("etrm/?/1", "refused")
    assert twice["reason"].startswith("? is [1, 2], expected given once")
    assert asked_twice["reason"] == twice["reason"]


def test_a_record_of_another_kind_is_no_trade(port: int):
    with dial(port, "/trades") as trades:
        [result] = asked(trades, {"kind": "tick", "at": "2026-09-09T00:00:00Z"})["results"]

    assert "kind is 'tick', expected 'trade' or 'product_trade'" in result["reason"]


@pytest.mark.parametrize(
    ("record", "remedy"),
    [
        ({"kind": "tick"}, "send other records elsewhere (docs/live.md, the inbox)"),
        ({"kind": "trade_check"}, "ask at /check"),
        ({"kind": "tirade"}, "write which of the two it is"),
        ({"source": "etrm", "trade": "T1", "version": 1}, "write which of the two it is"),
        ({"kind": ["trade"]}, "write which of the two it is"),
    ],
)
def test_a_record_of_another_kind_is_told_so_before_anything_else_that_is_wrong(
    record: dict[str, Any], remedy: str
):
    """Its missing fields are no fault of it; what trades are is two kinds, not all there are."""
    [read] = read_frame(json.dumps(record).encode(), received_at_ns=0)

    assert (read.trade, read.field) == (None, "kind")
    assert read.reason == (
        f"kind is {record.get('kind')!r}, expected 'trade' or 'product_trade'; {remedy}"
    )


def test_a_frame_too_large_ends_the_connection_with_a_reason(port: int):
    with dial(port, "/trades") as trades:
        trades.send("x" * 1_000_001)
        code, _ = closing(trades)

    assert code == 1009


def test_a_caller_of_one_book_books_in_no_other(port: int, number: int):
    frame = [deal(number), deal(number + 1, book="trading")]
    with dial(port, "/trades", "one-book") as trades:
        own, other = asked(trades, frame)["results"]

    assert own["outcome"] == "appended"
    assert other["reason"] == (
        "book 'trading' is not of 'one-book', whose books are load-serving; use its own token"
    )


def test_frames_beyond_the_rate_are_refused_and_taken_when_sent_again(run: FoldedRun, number: int):
    slow = Served(run.client, orders(run.run, frames_per_second=2.0))
    try:
        with dial(slow.port, "/trades") as trades:
            told = [asked(trades, deal(number + each)) for each in range(3)]
            wait_for(lambda: asked(trades, deal(number + 2))["kind"] == "acknowledgement")
    finally:
        slow.close()

    assert [each["kind"] for each in told] == ["acknowledgement", "acknowledgement", "refusal"]
    assert "more than 2 frames a second came over this connection" in told[2]["reason"]


def test_a_frame_of_more_than_a_second_s_trades_is_told_to_be_smaller(run: FoldedRun, number: int):
    slow = Served(run.client, orders(run.run, trades_per_second=2.0))
    try:
        with dial(slow.port, "/trades") as trades:
            told = asked(trades, [deal(number + each) for each in range(3)])
            taken = asked(trades, [deal(number + each) for each in range(2)])
    finally:
        slow.close()

    assert (told["kind"], taken["kind"]) == ("refusal", "acknowledgement")
    assert told["reason"] == (
        "the frame has 3 trades, and this connection may send 2 a second; send fewer a frame"
    )


# /check -------------------------------------------------------------------------------------


def test_a_check_is_answered_through_the_log(run: FoldedRun, port: int, number: int):
    with dial(port, "/check") as checks:
        told = asked(checks, deal(number))

    assert (told["kind"], told["frame"]) == ("answer", 1)
    answer = told["answer"]
    assert answer["trade"] == f"etrm/G-{number}"
    assert answer["decision"] in {"accept", "reject", "refer", "no_decision"}
    assert answer["check"].startswith("desk-")
    kept = run.views.read_views(["checks"])["checks"].checks
    [same] = [each for each in kept if each.check == answer["check"]]
    assert answer == json.loads(json.dumps(shaped(same)))
    assert f"trade/etrm/G-{number}/1" not in trades_in(run.log), "nothing was booked"


def test_the_same_check_asked_again_is_one_check_with_one_answer(port: int, number: int):
    check = {"kind": "trade_check", "check": f"C-{number}", "candidate": deal(number)}
    with dial(port, "/check", "risk") as checks:
        first, again = asked(checks, check), asked(checks, check)
        other = asked(checks, check | {"lot": 5.0})

    assert first["answer"] == again["answer"]
    assert "with another question; give this one a name of its own" in other["reason"]


@pytest.mark.parametrize(
    ("frame", "reason", "field"),
    [
        ("{", "the record is no JSON", ""),
        (
            {"kind": "tick", "at": "2026-09-09T00:00:00Z"},
            "expected a trade_check or a trade",
            "kind",
        ),
        (
            deal(1, price_usd_per_mwh=None),
            "price_usd_per_mwh is None, expected a number",
            "price_usd_per_mwh",
        ),
    ],
)
def test_a_question_that_is_none_is_refused_by_its_field(
    port: int, frame: Any, reason: str, field: str
):
    with dial(port, "/check") as checks:
        told = asked(checks, frame)

    assert told["kind"] == "refusal"
    assert reason in told["reason"]
    assert told["field"] == field


def test_a_caller_of_one_book_asks_about_no_other(port: int, number: int):
    with dial(port, "/check", "one-book") as checks:
        told = asked(checks, deal(number, book="trading"))

    assert "book 'trading' is not of 'one-book'" in told["reason"]


# /updates -----------------------------------------------------------------------------------


class Screen:
    """What a client knows that applies what it is told."""

    def __init__(self, port: int, query: str = "", token: str = "viewer") -> None:  # noqa: S107
        self.connection = dial(port, f"/updates{query}", token).__enter__()
        self.snapshot = said(self.connection)
        self.views: dict[str, Any] = dict(self.snapshot["views"])
        self.alerts: list[Any] = list(self.snapshot["alerts"])
        self.refused: list[Any] = list(self.snapshot["refused"])
        self.position: int = self.snapshot["position"]

    def follow(self, position: int) -> None:
        while self.position < position:
            self.take()

    def catch_up(self, run: FoldedRun) -> dict[str, Any]:
        """Take what comes until nothing differs: tables are drawn again at the same position.

        Returns:
            What is stored then, and may be drawn again right after.
        """
        self.follow(run.settle())
        while (held := stored(run)) != self.views:
            self.take()
        return held

    def take(self) -> None:
        told = said(self.connection)
        if told["kind"] == "standstill":  # this run's clock moves when a test says so
            return
        assert (told["kind"], told["after"]) == ("change", self.position)
        self.views |= told["views"]
        self.alerts += told["alerts"]
        self.refused += told["refused"]
        self.position = told["position"]


def shown_at(port: int) -> int:
    """Return the position a new client is shown."""
    with dial(port, "/updates", "viewer") as updates:
        return int(said(updates)["position"])


def stored(run: FoldedRun) -> dict[str, Any]:
    names = ("clock", "pnl", "risk", "limits", "cases", "position/")
    views = {
        name: shaped(view)
        for name, view in run.views.read_views().items()
        if name.startswith(names) and name != "pnl_curve"
    }
    return json.loads(json.dumps(views))


def test_snapshot_and_changes_are_the_views_in_the_store(run: FoldedRun, port: int, number: int):
    settled = run.settle()
    wait_for(lambda: shown_at(port) == settled)
    screen = Screen(port)
    known = len(run.views.transitions())
    assert screen.snapshot["kind"] == "snapshot"
    screen.catch_up(run)
    with dial(port, "/trades") as trades:
        for each in range(3):
            asked(trades, deal(number + each, quantity_mw=-900.0 + each))
            run.tick()

    assert screen.catch_up(run) == screen.views
    alerts = [shaped(each.transition) for each in run.views.transitions()[known:]]
    assert alerts, "900 MW sold must move a limit"
    assert screen.alerts == json.loads(json.dumps(alerts))


def test_updates_go_on_where_a_client_left_off(run: FoldedRun, port: int, number: int):
    screen = Screen(port)
    screen.connection.close()
    with dial(port, "/trades") as trades:
        asked(trades, deal(number, quantity_mw=900.0))
    run.tick()
    position = run.settle()
    wait_for(lambda: shown_at(port) == position)

    resumed = Screen(port, f"?after={screen.position}")
    assert resumed.snapshot["after"] == screen.position
    resumed.views = screen.views | resumed.views
    resumed.catch_up(run)
    since = [
        shaped(each.transition)
        for each in run.views.transitions()
        if each.transition.position > screen.position
    ]
    assert resumed.alerts == json.loads(json.dumps(since))
    nothing_new = Screen(port, f"?after={resumed.position}")
    nothing_new.views = resumed.views | nothing_new.views
    nothing_new.catch_up(run)
    assert nothing_new.alerts == []


def test_an_acknowledged_trade_that_the_core_refuses_is_told_to_whoever_may_see_its_book(
    run: FoldedRun, port: int, number: int
):
    screen, of_a_book = Screen(port), Screen(port, f"?books={BOOK}")
    with dial(port, "/trades") as trades:
        frame = [deal(number), deal(number + 1, book="nobody")]
        _, result = asked(trades, frame)["results"]
    assert result["outcome"] == "appended"
    run.tick()
    position = run.settle()
    for each in (screen, of_a_book):
        each.follow(position)

    [refused] = screen.refused
    assert (refused["position"], refused["trade"]) == (result["position"], result["trade"])
    assert refused["book"] == "nobody"
    assert "nobody" in refused["reason"]
    assert of_a_book.refused == []
    resumed = Screen(port, f"?after={result['position'] - 1}")
    assert resumed.snapshot["refused"] == [refused]
    assert Screen(port, f"?after={result['position']}").snapshot["refused"] == []


def test_a_position_this_run_has_not_reached_is_refused(port: int):
    with pytest.raises(InvalidStatus) as refused:
        dial(port, "/updates?after=999999999")

    assert refused.value.response.status_code == 400
    assert b"after is '999999999', expected a log position up to" in refused.value.response.body


@pytest.mark.parametrize(("query", "token"), [(f"?books={BOOK}", "viewer"), ("", "one-book")])
def test_who_sees_one_book_sees_nothing_of_others_or_the_firm(
    run: FoldedRun, port: int, query: str, token: str
):
    run.settle()
    screen = Screen(port, query, token)
    views = screen.views
    positions = [view for name, view in views.items() if name.startswith("position/")]

    assert screen.snapshot["books"] == [BOOK]
    assert {row["book"] for row in views["pnl"]["books"]} == {BOOK}
    assert {row["node"] for row in views["risk"]["rows"]} == {BOOK}
    assert all(BOOK in row["scope"].split("/") for row in views["limits"]["rows"])
    assert all(BOOK in case["scope"].split("/") for case in views["cases"]["cases"])
    assert views["cases"]["standing"] == []
    assert any(view["books"] for view in positions)
    for view in positions:
        assert set(view["books"]) <= {BOOK}
        assert len(view["open_mw"]) == len(view["books"]) == len(view["locations"])
        assert view["total_open_mw"] == view["coverage"] == view["load_mw"] == []


def test_a_filter_does_not_widen_what_a_token_may_see(port: int):
    with pytest.raises(InvalidStatus) as refused:
        dial(port, f"/updates?books={BOOK},trading", "one-book")

    assert refused.value.response.status_code == 403
    assert b"book 'trading' is not of 'one-book'" in refused.value.response.body


def test_a_client_that_does_not_read_is_cut_off_and_the_others_notice_nothing(
    run: FoldedRun, monkeypatch: pytest.MonkeyPatch
):
    cut_off: list[str] = []
    monkeypatch.setattr("connectors.gateway.updates.MOST_WAITING", 4)
    monkeypatch.setattr(
        "connectors.gateway.sending.log",
        SimpleNamespace(warning=lambda _, reason: cut_off.append(reason)),
    )
    served = Served(run.client, orders(run.run))
    try:
        run.settle()
        good = Screen(served.port)
        slow = slow_reader(served.port)
        wait_for(lambda: good.follow(run.tick() and run.settle()) or len(cut_off) > 0)
        code, reason = closing(slow)
        good.catch_up(run)
    finally:
        served.close()

    assert code == 1008
    assert "messages wait unread; read faster and resume by position" in reason
    assert good.views == stored(run)


def slow_reader(port: int) -> ClientConnection:
    """Connect, and take in as little as a client can."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.connect(("127.0.0.1", port))
    options = {"sock": own, "max_queue": 1, "ping_interval": None}
    return dial(port, "/updates", "viewer", **options).__enter__()


def test_clients_are_told_when_the_run_s_clock_stands_still_and_when_it_goes_on(run: FoldedRun):
    served = Served(run.client, orders(run.run, stale_seconds=0.3))
    try:
        with dial(served.port, "/updates", "viewer") as updates:
            stands = _next_of(updates, "standstill")
            with dial(served.port, "/updates", "viewer") as late:
                late_told = _next_of(late, "standstill")
            run.tick()
            goes_on = _next_of(updates, "standstill")
    finally:
        served.close()

    assert (stands["stands"], stands["seconds"] > 0.3) == (True, True)
    assert late_told["stands"] is True
    assert goes_on["stands"] is False


def _next_of(connection: ClientConnection, kind: str) -> dict[str, Any]:
    while (told := said(connection))["kind"] != kind:
        pass
    return told


def test_updates_take_nothing_in(port: int):
    screen = Screen(port)
    screen.connection.send("{}")

    assert closing(screen.connection) == (
        1008,
        "send nothing to /updates; trades go to /trades",
    )


# The door -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "token", "status", "reason"),
    [
        ("/trades", "", 401, b"no token came with the request; send the header 'Authorization"),
        ("/trades", "desk2", 401, b"the token is nobody's"),
        ("/trades", "viewer", 403, b"the role viewer may use /updates, not /trades"),
        ("/trades", "risk", 403, b"the role risk may use /check, /updates, not /trades"),
        ("/check", "viewer", 403, b"the role viewer may use /updates, not /check"),
        ("//[x", "desk", 404, b"there is no '//[x' here; use one of /trades, /check"),
        ("/orders", "desk", 404, b"there is no '/orders' here; use one of /trades, /check"),
        ("/trades?books=A", "desk", 400, b"/trades has no 'books'"),
        ("/updates?book=A", "desk", 400, b"it takes after and books in its address"),
        ("/updates?books=A&books=B", "desk", 400, b"give each once, as books=A,B&after=1"),
        ("/updates?after=" + "9" * 5000, "desk", 400, b"expected a log position up to"),
        ("/updates?books=", "desk", 400, b"books is '', in which a book has no name; leave it"),
        ("/updates?books=A,,B", "desk", 400, b"books is 'A,,B', in which a book has no name"),
        ("/updates?after=-1", "desk", 400, b"after is '-1', expected a log position"),
    ],
)
def test_the_door_refuses_with_what_where_and_remedy(
    port: int, path: str, token: str, status: int, reason: bytes
):
    with pytest.raises(InvalidStatus) as refused:
        dial(port, path, token)

    assert refused.value.response.status_code == status
    assert reason in refused.value.response.body


def test_a_token_in_the_address_is_no_token(port: int):
    with pytest.raises(InvalidStatus) as refused:
        dial(port, "/trades?token=desk", "")

    assert refused.value.response.status_code == 401


def test_a_page_of_another_origin_may_not_connect_even_with_a_token(port: int):
    with pytest.raises(InvalidStatus) as refused:
        dial(port, "/updates", origin="https://elsewhere.example.net")

    assert refused.value.response.status_code == 403
    assert b"name it in gateway_origins" in refused.value.response.body


def test_a_page_of_ours_connects_with_its_token_as_a_subprotocol(port: int):
    with connect(
        f"ws://127.0.0.1:{port}/updates",
        origin=ORIGIN,
        subprotocols=["tieline.v1", "tieline.token.viewer"],
        compression=None,
    ) as updates:
        assert updates.subprotocol == "tieline.v1"
        assert said(updates)["kind"] == "snapshot"


def test_nothing_is_compressed(port: int):
    with connect(
        f"ws://127.0.0.1:{port}/updates", additional_headers={"Authorization": "Bearer viewer"}
    ) as updates:
        assert updates.protocol.extensions == []


def test_everything_said_decodes_as_its_schema_says(run: FoldedRun, port: int, number: int):
    with (
        dial(port, "/updates", "viewer") as updates,
        dial(port, "/trades") as trades,
        dial(port, "/check") as checks,
    ):
        texts = [updates.recv(timeout=20)]
        trades.send(json.dumps([deal(number), deal(number, quantity_mw=2.0)]))
        trades.send("{")
        texts += [trades.recv(timeout=20), trades.recv(timeout=20)]
        checks.send(json.dumps(deal(number + 1)))
        texts.append(checks.recv(timeout=20))
        run.tick()
        texts.append(updates.recv(timeout=20))

    kinds = (
        forms.Snapshot | forms.Change | forms.Standstill | forms.Answer
        | forms.Acknowledgement | forms.Refusal
    )  # fmt: skip
    told = [type(msgspec.json.decode(text, type=kinds)) for text in texts]
    assert told[:4] == [forms.Snapshot, forms.Acknowledgement, forms.Refusal, forms.Answer]


def test_with_a_certificate_connections_are_encrypted(run: FoldedRun, tmp_path: Path, number: int):
    certificate, key = made_certificate(tmp_path)
    address = Address("127.0.0.1", 0, certificate=certificate, key=key)
    served = Served(run.client, orders(run.run, address=address))
    try:
        trusting = ssl.create_default_context(cafile=str(certificate))
        with connect(
            f"wss://localhost:{served.port}/trades",
            ssl=trusting,
            additional_headers={"Authorization": "Bearer desk"},
            compression=None,
        ) as trades:
            [result] = asked(trades, deal(number))["results"]
        with pytest.raises((OSError, WebSocketException)):
            dial(served.port, "/trades")
    finally:
        served.close()

    assert result["outcome"] == "appended"


def made_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for this machine's loopback with the system's openssl."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl to make a certificate with")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = ["-keyout", str(key), "-out", str(certificate)]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *made, *names],
        check=True,
        capture_output=True,
    )
    return certificate, key


def test_half_a_certificate_and_a_wrong_one_are_refused_before_anything_listens(tmp_path: Path):
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate", encoding="utf-8")

    with pytest.raises(ConfigError, match="needs both gateway_certificate and gateway_key"):
        tls_context(Address("127.0.0.1", 0, certificate=wrong))
    with pytest.raises(ConfigError, match=r"wrong\.pem cannot be used.*name a PEM certificate"):
        tls_context(Address("127.0.0.1", 0, certificate=wrong, key=wrong))


def test_before_the_run_has_begun_nobody_is_let_in(shared_store: EmbeddedStore):
    """Trades before the opening would be lost under the state it restores."""
    with shared_store.client() as client:
        served = Served(client, orders(uuid.uuid4().hex))
        with pytest.raises(InvalidStatus) as refused:
            dial(served.port, "/trades")
        served.close()

    assert refused.value.response.status_code == 503
    assert b"the run has not begun" in refused.value.response.body
