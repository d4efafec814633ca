"""Back-fill: a stretch of the past is asked for, piece by piece, through the buckets of live feeds.

A request is a file in a folder, so that whoever asks need not be who follows: it is taken up while
a live run goes on and after a restart, at the piece where it was. What is in the log already is
dropped there, another value is a revision.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from connectors.clock import MarketClock
from connectors.isos import MARKETS
from connectors.polling.host import Host
from connectors.polling.poller import Polled, Poller
from connectors.polling.report import Report
from connectors.polling.schedule import local_day
from state.errors import ConfigError

_LOOK_SECONDS = 0.2
_MOST_TRIES = 5
_SECOND_NS = 1_000_000_000
MOST_DAYS = 400
"""A longer stretch goes into several requests."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be asked for.

    Attributes:
        market: whose reports.
        from_ns, to_ns: intervals that begin in [from, to).
        feeds: of the market; empty for all that are followed.
    """

    market: str
    from_ns: int
    to_ns: int
    feeds: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called; the same request has the same name."""
        feeds = "".join(f"-{feed.partition('/')[2]}" for feed in self.feeds)
        return f"{self.market}{feeds}-{self.from_ns // _SECOND_NS}-{self.to_ns // _SECOND_NS}"


class Progress(msgspec.Struct, frozen=True):
    """How far a request is.

    Attributes:
        done: pieces that were answered, or given up.
        of: all its pieces.
        failed: those given up, in words; asked for again when the request is made again.
        ended: whether no piece is left.
    """

    done: int = 0
    of: int = 0
    failed: tuple[str, ...] = ()
    ended: bool = False


class Piece(NamedTuple):
    """One question: the intervals of [first, last) of a report."""

    poller: Poller
    first_ns: int
    last_ns: int

    def __str__(self) -> str:
        return f"{self.poller.report.feed} from {self.first_ns // _SECOND_NS}"


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
            (self._folder / f"{request.name}.progress").unlink(missing_ok=True)
        if progress.ended or not self._path(request).exists():
            _write(self._path(request), msgspec.json.encode(request))

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
        """Return how far a request is."""
        path = self._folder / f"{request.name}.progress"
        if not path.exists():
            return Progress()
        return msgspec.json.decode(path.read_bytes(), type=Progress)

    def note(self, request: Request, progress: Progress) -> None:
        """Note how far a request is; one that ended is asked for no more."""
        _write(self._folder / f"{request.name}.progress", msgspec.json.encode(progress))
        if progress.ended:
            self._path(request).unlink(missing_ok=True)

    def _path(self, request: Request) -> Path:
        return self._folder / f"{request.name}.json"


class Backfill:
    """Works the requests off, one question at a time.

    Args:
        requests: the folder.
        clock: of the market.
        hosts: each with the reports asked of it, shared with live pollers.
        until_ended: return when no request is left.
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
        self._pollers = [
            Poller(report, host, clock, since_ns=clock.now_ns())
            for host, reports in hosts
            for report in reports
        ]

    def run(self, stop: threading.Event) -> Iterator[Sequence[Polled]]:
        """Yield answers until the event is set; a request that comes is taken up."""
        while not stop.is_set():
            for request in self._requests.open():
                yield from self._work_off(request, stop)
            if self._until_ended and not self._requests.open():
                return
            stop.wait(_LOOK_SECONDS)

    def _work_off(self, request: Request, stop: threading.Event) -> Iterator[Sequence[Polled]]:
        pieces = self.pieces(request)
        progress = self._requests.progress(request)
        progress = msgspec.structs.replace(progress, of=len(pieces))
        self._requests.note(request, progress)
        for piece in pieces[progress.done :]:
            poller = piece.poller
            yield from poller.ask_until_answered(
                piece.first_ns, piece.last_ns, tries=_MOST_TRIES, stop=stop
            )
            if stop.is_set():  # whether it was appended is not known: it is asked for again
                return
            failed = (f"{piece}: {poller.fault}",) if poller.fault else ()
            progress = msgspec.structs.replace(
                progress, done=progress.done + 1, failed=progress.failed + failed
            )
            self._requests.note(request, progress)
        self._requests.note(request, msgspec.structs.replace(progress, ended=True))

    def pieces(self, request: Request) -> list[Piece]:
        """Return the questions of a request: a report and a local day each, the oldest first."""
        now_ns = self._clock.now_ns()
        zone = ZoneInfo(MARKETS[request.market].time_zone)
        found: dict[tuple[object, ...], list[int]] = {}
        pollers = {poller.report.feed: poller for poller in self._pollers}
        for feed, poller in pollers.items():
            report = poller.report
            if (
                report.announced is not None
                or report.market != request.market
                or (request.feeds and feed not in request.feeds)
            ):
                continue
            for start in report.schedule.due(request.from_ns, min(now_ns, request.to_ns)):
                if start < request.to_ns:
                    place = (local_day(start, zone), feed, report.answer_of(start))
                    found.setdefault(place, []).append(start)
        return [
            Piece(poller, min(starts), max(starts) + poller.report.schedule.step_ns)
            for (_, feed, _), starts in sorted(found.items(), key=lambda one: one[0][:2])
            for poller in (pollers[str(feed)],)
        ]


def _write(path: Path, body: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(body)
    part.replace(path)
