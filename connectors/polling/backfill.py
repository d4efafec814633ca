"""Back-fill: a stretch of the past is asked for, piece by piece, through the buckets of live feeds.

A request is a file in a folder, so that whoever asks need not be who follows: it is taken up while
a live run goes on and after a restart, at the piece where it was. All open requests go on in turn,
a piece each. What is in the log already is dropped there, another value is a revision.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Hashable, Iterator, Sequence
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import structlog

from connectors.clock import MarketClock
from connectors.isos import MARKETS
from connectors.isos.parsed import Again
from connectors.polling.host import Host
from connectors.polling.past import PastPoller
from connectors.polling.poller import Polled
from connectors.polling.report import Report
from connectors.polling.schedule import local_day
from connectors.whole_file import write_whole
from state.errors import ConfigError
from state.moments import SECOND_NS, from_ns

_LOOK_SECONDS = 0.2
_MOST_TRIES = 5
_MOST_NAMED = 100
MOST_DAYS = 400
"""A longer stretch goes into several requests."""

log = structlog.get_logger()


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be asked for.

    Attributes:
        market: whose reports.
        from_ns, to_ns: intervals that begin in [from, to).
        feeds: of the market; empty for all that are followed.
        of_correction: nobody waits for it, and nothing is kept of it once it ended.
        asked_to_ns: the end that was asked for, where it was still to come; 0 for that above.
    """

    market: str
    from_ns: int
    to_ns: int
    feeds: tuple[str, ...] = ()
    of_correction: bool = False
    asked_to_ns: int = 0

    @property
    def name(self) -> str:
        """What it is called; the same request has the same name."""
        feeds = "".join(f"-{feed.partition('/')[2]}" for feed in self.feeds)
        to_ns = self.asked_to_ns or self.to_ns
        return f"{self.market}{feeds}-{self.from_ns // SECOND_NS}-{to_ns // SECOND_NS}"


class Progress(msgspec.Struct, frozen=True):
    """How far a request is.

    Attributes:
        done: pieces that were asked for.
        of: all its pieces.
        failures: pieces of which something did not come.
        failed: what it was, in words, of the first of them; all is asked for again when the
            request is made again.
        left_out: reports that have no past to ask for, in words.
        ended: whether no piece is left.
        of_nobody: whether the run does not follow what is asked for; the request stays open.
    """

    done: int = 0
    of: int = 0
    failures: int = 0
    failed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    ended: bool = False
    of_nobody: bool = False


class Piece(NamedTuple):
    """The intervals of [first, last) of a report: one question, and those its answer names."""

    poller: PastPoller
    first_ns: int
    last_ns: int

    def __str__(self) -> str:
        return f"{self.poller.report.feed} from {_said(self.first_ns)}"

    @property
    def fault(self) -> str:
        """What of it did not come, in words; empty where all came."""
        unanswered, lacking = self.poller.unanswered, self.poller.lacking()
        found = list(unanswered[:1])
        if unanswered[1:]:
            found.append(f"and {len(unanswered) - 1} more questions")
        if lacking:
            found.append(f"{len(lacking)} intervals did not come, first {_said(lacking[0])}")
        return f"{self}: {', '.join(found)}" if found else ""


class Requests:
    """The folder of requests.

    Args:
        folder: made where it is missing.

    Raises:
        ConfigError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            reason = f"the folder of requests {folder} cannot be made ({error.strerror}); mend it"
            raise ConfigError(reason) from error

    def put(self, request: Request) -> None:
        """Ask for something; what is asked for already stays as it is, what failed begins anew."""
        progress = self.progress(request)
        if progress.ended:
            self._progress_path(request).unlink(missing_ok=True)
        elif progress.of_nobody:  # whoever follows now says whether that is still so
            self.note(request, msgspec.structs.replace(progress, of_nobody=False))
        if progress.ended or not self._path(request).exists():
            write_whole(self._path(request), msgspec.json.encode(request))

    def open(self) -> list[Request]:
        """Return the requests that have not ended, the oldest first; what is none is put aside."""
        found = []
        for path in sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns):
            try:
                request = msgspec.json.decode(path.read_bytes(), type=Request)
            except (msgspec.DecodeError, UnicodeDecodeError):
                request = None
            if request is None or request.market not in MARKETS or self._path(request) != path:
                path.rename(path.with_suffix(".refused"))
            else:
                found.append(request)
        return found

    def progress(self, request: Request) -> Progress:
        """Return how far a request is; one whose note is damaged begins anew."""
        path = self._progress_path(request)
        with contextlib.suppress(FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
            return msgspec.json.decode(path.read_bytes(), type=Progress)
        return Progress()

    def note(self, request: Request, progress: Progress) -> None:
        """Note how far a request is; one that ended is asked for no more."""
        write_whole(self._progress_path(request), msgspec.json.encode(progress))
        if progress.ended:
            self._path(request).unlink(missing_ok=True)
            if request.of_correction:
                self._progress_path(request).unlink(missing_ok=True)

    def _progress_path(self, request: Request) -> Path:
        return self._folder / f"{request.name}.progress"

    def _path(self, request: Request) -> Path:
        return self._folder / f"{request.name}.json"


class Backfill:
    """Works the requests off, one question at a time.

    Args:
        requests: the folder.
        clock: of the market.
        hosts: each with the reports asked of it, shared with live pollers.
        until_ended: return when no request is left that can be asked for.
    """

    def __init__(
        self,
        requests: Requests,
        clock: MarketClock,
        hosts: Sequence[tuple[Host, Sequence[Report]]],
        *,
        until_ended: bool = False,
    ) -> None:
        self._requests = requests
        self._clock = clock
        self._until_ended = until_ended
        self._reports = [(report, host) for host, reports in hosts for report in reports]
        self._pieces: dict[str, list[Piece]] = {}

    def run(self, stop: threading.Event) -> Iterator[Sequence[Polled]]:
        """Yield answers until the event is set; a request that comes is taken up."""
        while not stop.is_set():
            is_left = False
            for request in self._requests.open():
                if self._asked_for(request):
                    is_left = True
                    yield from self._go_on(request, stop)
                elif not self._requests.progress(request).of_nobody:
                    self._note(request, of_nobody=True)
            if not is_left:
                if self._until_ended:
                    return
                stop.wait(_LOOK_SECONDS)

    def _go_on(self, request: Request, stop: threading.Event) -> Iterator[Sequence[Polled]]:
        """Ask for the next piece of a request; note its end after the last."""
        if request.name not in self._pieces:
            self._pieces[request.name] = self.pieces(request)
            left_out = tuple(
                f"{report.feed}: only the newest of it is published"
                for report, _ in self._asked_for(request)
                if not report.has_past
            )
            of = len(self._pieces[request.name])
            self._note(request, of=of, left_out=left_out, of_nobody=False)
        pieces, progress = self._pieces[request.name], self._requests.progress(request)
        if progress.done < len(pieces):
            piece = pieces[progress.done]
            yield from piece.poller.ask_stretch(
                piece.first_ns, piece.last_ns, tries=_MOST_TRIES, stop=stop
            )
            if stop.is_set():  # whether it was appended is not known: it is asked for again
                return
            progress = _after(progress, piece.fault)
        is_ended = progress.done >= len(pieces)
        self._requests.note(request, msgspec.structs.replace(progress, ended=is_ended))
        if is_ended:
            del self._pieces[request.name]
            if request.of_correction and progress.failures:
                log.warning("backfill.corrections_lacking", failed=progress.failed)

    def _note(self, request: Request, **changes: object) -> None:
        progress = self._requests.progress(request)
        self._requests.note(request, msgspec.structs.replace(progress, **changes))

    def _asked_for(self, request: Request) -> list[tuple[Report, Host]]:
        """Return the reports of a request that hold values."""
        return [
            (report, host)
            for report, host in self._reports
            if report.announced is None
            and report.market == request.market
            and (not request.feeds or report.feed in request.feeds)
        ]

    def pieces(self, request: Request) -> list[Piece]:
        """Return the pieces of a request: a report, a local day and an answer each.

        The oldest day comes first, and of a day the reports as their market has them, the
        preliminary before the final.
        """
        now_ns = self._clock.now_ns()
        zone = ZoneInfo(MARKETS[request.market].time_zone)
        found: dict[tuple[date, int, Hashable], list[int]] = {}
        pollers: list[PastPoller] = []
        for report, host in self._asked_for(request):
            if not report.has_past:
                continue
            due = report.schedule.due(request.from_ns, now_ns)
            for start in takewhile(lambda start: start < request.to_ns, due):
                place = (local_day(start, zone), len(pollers), report.answer_of(start))
                found.setdefault(place, []).append(start)
            pollers.append(PastPoller(report, host, self._clock))
        places = sorted(found.items(), key=lambda one: one[0][:2])
        return [
            Piece(poller, min(starts), max(starts) + poller.report.schedule.step_ns)
            for (_, number, _), starts in places
            for poller in (pollers[number],)
        ]


def requests_for(market: str, corrected: Sequence[Again]) -> list[Request]:
    """Return the requests for what is to be read again: one a run and local day.

    Args:
        market: whose reports.
        corrected: stretches of a day at most; what lies between them is read again with them.
    """
    zone = ZoneInfo(MARKETS[market].time_zone)
    days: dict[tuple[object, ...], list[Again]] = {}
    for again in corrected:
        days.setdefault((again.run, local_day(again.first_ns, zone)), []).append(again)
    return [
        Request(
            market,
            min(again.first_ns for again in day),
            max(again.last_ns for again in day),
            (f"{market}/{day[0].run}",),
            of_correction=True,
        )
        for day in days.values()
    ]


def _after(progress: Progress, fault: str) -> Progress:
    """Return the progress after one more piece."""
    failed = (*progress.failed, fault)[:_MOST_NAMED] if fault else progress.failed
    failures = progress.failures + bool(fault)
    return msgspec.structs.replace(
        progress, done=progress.done + 1, failures=failures, failed=failed
    )


def _said(at_ns: int) -> str:
    return from_ns(at_ns).isoformat(timespec="minutes")
