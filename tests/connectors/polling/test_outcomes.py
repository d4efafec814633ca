"""The six outcomes of an answer, told apart."""

from __future__ import annotations

import io
import threading
import zipfile

import numpy as np
import pytest

from connectors.clock import WALL
from connectors.isos import MARKETS
from connectors.polling.caiso import reports
from connectors.polling.host import Answer, Host
from connectors.polling.poller import Polled, Poller
from connectors.simulated.faults import THROTTLED_PAGE, WEB_PAGE
from connectors.simulated.oasis_form import PriceForm, no_data, zipped
from state.messages import FeedOutcome, PricePublication, Run

START = 1_788_886_800 * 10**9


def good() -> bytes:
    publication = PricePublication(
        market="caiso",
        run=Run.RTD,
        interval_start_ns=START,
        interval_seconds=300,
        locations=("A",),
        lmp=np.array([30.5]),
        energy=np.array([30.0]),
        congestion=np.array([0.5]),
        loss=np.array([0.0]),
    )
    form = PriceForm("RTM", "VALUE")
    return zipped("PRC_INTVL_LMP", form.csv([publication]), START)


def poller() -> Poller:
    host = Host("http://127.0.0.1:9", every_seconds=0, clock=WALL)
    return Poller(reports(("A",), ())[0], host, WALL, since_ns=START)


def cut() -> bytes:
    return good()[: len(good()) // 2]


def torn() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("a.csv", "INTERVALSTARTTIME_GMT,INTERVAL")
    return body.getvalue()


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, good(), FeedOutcome.DATA),
        (200, no_data(START), FeedOutcome.NO_DATA),
        (304, b"", FeedOutcome.NO_DATA),
        (200, THROTTLED_PAGE, FeedOutcome.THROTTLED),
        (429, THROTTLED_PAGE, FeedOutcome.THROTTLED),
        (200, WEB_PAGE, FeedOutcome.ERROR),
        (302, b"", FeedOutcome.ERROR),
        (500, b"", FeedOutcome.ERROR),
        (200, b"", FeedOutcome.CORRUPT),
        (200, cut(), FeedOutcome.CORRUPT),
        (200, torn(), FeedOutcome.CORRUPT),
    ],
)
def test_an_answer_has_its_outcome(status: int, body: bytes, outcome: FeedOutcome) -> None:
    own = poller()
    answer = Answer(status, {}, body, "oasis.caiso.com/oasisapi/SingleZip")
    taken = own.take(Polled(own, answer), received_at_ns=START)
    notice = own.notice(START)
    assert notice is not None
    assert notice.outcome is outcome
    assert bool(taken.messages) == (outcome is FeedOutcome.DATA)
    unread = status != 200
    bad = outcome not in (FeedOutcome.DATA, FeedOutcome.NO_DATA)
    assert bool(taken.fault) == (bad and not unread)


def test_no_answer_is_an_outcome_of_its_own_and_says_why() -> None:
    own = poller()
    own.take(
        Polled(own, None, "oasis.caiso.com gave no answer (ReadTimeout)"), received_at_ns=START
    )
    notice = own.notice(START)
    assert notice is not None
    assert (notice.outcome, notice.detail) == (
        FeedOutcome.TRANSPORT,
        "oasis.caiso.com gave no answer (ReadTimeout)",
    )


def test_nothing_is_said_twice() -> None:
    own = poller()
    answer = Answer(200, {}, good(), "host")
    own.take(Polled(own, answer), received_at_ns=START)
    assert own.notice(START) is not None
    assert own.notice(START) is None
    own.take(Polled(own, answer), received_at_ns=START + 10**9)
    assert own.notice(START + 10**9) is None


def test_a_gap_is_said_when_it_opens_and_when_it_closes() -> None:
    own = poller()
    later = START + 6 * 60 * 10**9
    opened = own.notice(later)
    assert opened is not None
    assert (opened.missing, opened.missing_from_ns) == (1, START)
    own.take(Polled(own, Answer(200, {}, good(), "host")), received_at_ns=later)
    closed = own.notice(later)
    assert closed is not None
    assert closed.missing == 0


def test_a_poller_waits_until_its_answer_was_taken() -> None:
    own, stop = poller(), threading.Event()
    batches = own.run(stop)
    first = next(batches)[0]
    assert first.answer is None
    stop.set()
    assert list(batches) == []


def test_a_host_that_is_down_for_days_is_asked_at_most_every_five_minutes() -> None:
    own = poller()
    own._faults = 5_000
    assert 150.0 <= own._seconds() <= 300.0


def test_a_parser_that_fails_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    own = poller()
    broken = MARKETS["caiso"]._replace(parse=fails)
    monkeypatch.setitem(MARKETS, "caiso", broken)
    taken = own.take(Polled(own, Answer(200, {}, good(), "host")), received_at_ns=START)
    assert taken.fault.startswith("the parser failed (ZeroDivisionError")
    notice = own.notice(START)
    assert notice is not None
    assert notice.outcome is FeedOutcome.CORRUPT
