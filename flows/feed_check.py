"""Asks each live feed once and says what came: what `tieline doctor --live` shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from connectors.clock import MarketClock
from connectors.polling.host import Host, host_of
from connectors.polling.poller import Poller
from connectors.polling.report import Report
from flows.doctor import Finding, State
from flows.live_file import LiveFile
from state.errors import ConfigError
from state.messages import FeedNotice, FeedOutcome
from state.moments import HOUR_NS

_LOOK_BACK_NS = HOUR_NS
_STATES: dict[FeedOutcome, State] = {
    FeedOutcome.DATA: "ok",
    FeedOutcome.NO_DATA: "warn",
    FeedOutcome.THROTTLED: "warn",
}
_REMEDIES = {
    FeedOutcome.NO_DATA: "nothing is wrong where it is not published yet; else correct the names",
    FeedOutcome.THROTTLED: "wait a minute; another program asks from this address too",
    FeedOutcome.ERROR: "correct names and address in the file of feeds",
    FeedOutcome.CORRUPT: "ask again; if it stays so, the form has changed: report it",
    FeedOutcome.TRANSPORT: "check the network, the address and the proxy's absence",
}


def feed_findings(file: LiveFile) -> Iterator[Finding]:
    """Ask every feed of a file once, politely, one after the other."""
    clock = file.clock.clock()
    for asked in file.asked():
        with host_of(asked, clock) as host:
            for report in asked.reports:
                yield _asked(report, host, clock)


def trade_findings(file: LiveFile) -> Iterator[Finding]:
    """Look once whether the source of every trade feed answers; nothing is taken from it."""
    for name, options in file.trade_feeds().items():
        try:
            outcome, detail = options.open(name).ask()
        except ConfigError as error:
            yield Finding(name, "fail", str(error))
        else:
            yield _said(name, outcome, detail)


def _asked(report: Report, host: Host, clock: MarketClock) -> Finding:
    host.bucket.wait(threading.Event())
    now_ns = clock.now_ns()
    first_ns = (now_ns - _LOOK_BACK_NS) // report.schedule.step_ns * report.schedule.step_ns
    poller = Poller(report, host, clock, since_ns=first_ns)
    polled = poller.ask(first_ns, now_ns + report.schedule.step_ns)
    taken = poller.take(polled, received_at_ns=now_ns)
    messages, rejected = [*taken.messages], [*taken.rejected]
    for question in [one for one in taken.follow_ups if not one.is_aside][-1:]:
        host.bucket.wait(threading.Event())
        taken = poller.take(poller.put(question), received_at_ns=now_ns)
        messages += taken.messages
        rejected += taken.rejected
    notice = poller.notice(now_ns)
    if notice is None or notice.outcome is not FeedOutcome.DATA:
        return _told(report.feed, notice)
    found = report.parts(messages)
    names = frozenset().union(*(part.names for part in found))
    absent = sorted(report.names - names)
    says = f"{len(found)} intervals of {len(names)} names, {len(rejected)} rows rejected"
    if absent:
        remedy = "correct the names in the file of feeds"
        return Finding(report.feed, "warn", f"{says}; nothing of {', '.join(absent[:5])}", remedy)
    return Finding(report.feed, "ok", says)


def _told(feed: str, notice: FeedNotice | None) -> Finding:
    outcome = notice.outcome if notice is not None else FeedOutcome.NO_DATA
    return _said(feed, outcome, notice.detail if notice is not None else "")


def _said(feed: str, outcome: FeedOutcome, detail: str) -> Finding:
    says = f"{outcome}: {detail}" if detail else str(outcome)
    return Finding(feed, _STATES.get(outcome, "fail"), says, _REMEDIES.get(outcome, ""))
