"""A simulated ERCOT: lists what a replay day had published by then, and gives each document."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from typing_extensions import override

from connectors.isos.ercot_volumes import ZONE
from connectors.polling.schedule import local_day
from connectors.simulated import ercot_form as form
from connectors.simulated.market import SimulatedMarket
from connectors.simulated.published import Published, PublishedDay, Series, prices_of, volumes_of
from state.moments import SECOND_NS, to_ns

LIST_PATH = "/misapp/servlets/IceDocListJsonWS"
DOCUMENT_PATH = "/misdownload/servlets/mirDownload"

_ZONE = ZoneInfo(ZONE)
_QUARTER_NS = 900 * SECOND_NS
_EVER_NS = 2**62
_SECONDS_DIGITS, _KEY_DIGITS, _NUMBER_DIGITS = 9, 18, 21
"""Of a number of a document: when it was published; what of; and which file of it."""
_FIRST_NS = to_ns(datetime(2020, 1, 1, tzinfo=UTC))


def _quarter(start_ns: int) -> Hashable:
    return start_ns // _QUARTER_NS


def _interval(start_ns: int) -> Hashable:
    return start_ns


def _day(start_ns: int) -> Hashable:
    return local_day(start_ns, _ZONE)


def _quarter_is_whole(found: Sequence[Published]) -> bool:
    seconds = sum(one.message.interval_seconds for one in found)
    return seconds * SECOND_NS >= _QUARTER_NS


def _always(_: Sequence[Published]) -> bool:
    return True


class _Report(NamedTuple):
    """How a report is made of a day.

    Attributes:
        kind: of its documents.
        series: it may come from; the first that the day has.
        document_of: which document holds an interval.
        csv: the text of one.
        is_whole: whether its intervals are enough of them for a document.
    """

    kind: form.Kind
    series: tuple[Series, ...]
    document_of: Callable[[int], Hashable]
    csv: Callable[[list[Published]], str]
    is_whole: Callable[[Sequence[Published]], bool] = _always


_REPORTS = (
    _Report(
        form.SETTLEMENT, (Series("price", "RTD"),), _quarter,
        lambda found: form.settlement_csv([form.settlement_of(prices_of(found))]),
        _quarter_is_whole,
    ),
    _Report(
        form.DISPATCH, (Series("price", "RTD"),), _interval,
        lambda found: form.dispatch_csv(prices_of(found)),
    ),
    _Report(
        form.DAY_AHEAD, (Series("price", "DA"),), _day,
        lambda found: form.day_ahead_csv(prices_of(found)),
    ),
    _Report(
        form.FORECAST, (Series("load", "7DA"), Series("load", "DAM")), _day,
        lambda found: form.forecast_csv(volumes_of(found)),
    ),
    _Report(
        form.ACTUAL, (Series("load", "ACTUAL"),), _day,
        lambda found: form.actual_csv(volumes_of(found)),
    ),
)  # fmt: skip


class SimulatedErcot(SimulatedMarket):
    """Publishes a day.

    A document is what was newest of its intervals when the last of them was published; when one
    changes, or a price of one was wrong, there is another document.

    Args:
        published: what it has by when.
    """

    def __init__(self, published: PublishedDay) -> None:
        super().__init__(published)
        self._wrong: dict[str, list[int]] = {}

    @override
    def answer(
        self, path: str, query: Mapping[str, str], now_ns: int, *, wrong: bool
    ) -> bytes | None:
        """Return the body for a request, None for one that ERCOT does not know."""
        if path == LIST_PATH and query.get("reportTypeId", "").isdigit():
            number = int(query["reportTypeId"])
            reports = [one for one in _REPORTS if one.kind.report == number]
            found = [self._documents(report, now_ns).values() for report in reports]
            return form.listing([self._last(one) for documents in found for one, _ in documents])
        if path == DOCUMENT_PATH:
            return self._document(query.get("doclookupId", ""), now_ns, wrong=wrong)
        return None

    @override
    def section(self, base_url: str) -> dict[str, Any]:
        """Return the section of the file of feeds with which this market is followed."""
        areas = sorted(self.published.areas - {"TOTAL"})
        return {
            "base_url": base_url,
            "locations": sorted(self.published.locations),
            "areas": sorted({*areas, "SystemTotal"}) if self.published.areas else [],
        }

    def _series(self, report: _Report) -> Series:
        known = self.published.series
        return next((one for one in report.series if one in known), report.series[0])

    def _documents(
        self, report: _Report, now_ns: int
    ) -> dict[str, tuple[form.Document, list[Published]]]:
        """Return the documents there are, each with the intervals it holds, by their keys."""
        groups: dict[Hashable, list[Published]] = {}
        for one in self.published.there(self._series(report), 0, _EVER_NS, now_ns):
            groups.setdefault(report.document_of(one.message.interval_start_ns), []).append(one)
        whole = [
            (_document_of(report, group), group)
            for group in groups.values()
            if report.is_whole(group)
        ]
        return {document.key: (document, group) for document, group in whole}

    def _last(self, document: form.Document) -> form.Document:
        """Return the last publication of a document: it comes again after a wrong one."""
        wrong = self._wrong.get(document.key)
        if not wrong:
            return document
        published_ns = max(wrong[-1], document.published_ns)
        return document._replace(published_ns=published_ns, again=len(wrong))

    def _document(self, number: str, now_ns: int, *, wrong: bool) -> bytes | None:
        if not (number.isascii() and number.isdigit() and len(number) == _NUMBER_DIGITS):
            return None
        key, again = number[:_KEY_DIGITS], int(number[_KEY_DIGITS:-1])
        then_ns = min(now_ns, _published_by_ns(key))
        for report in _REPORTS:
            found = self._documents(report, then_ns).get(key)
            if found is not None:
                document = self._last(found[0])._replace(again=again)
                if wrong:
                    self._wrong.setdefault(key, []).append(now_ns)
                return document.zipped(
                    report.csv(self._served(report, found[1], then_ns, wrong=wrong))
                )
        return None

    def _served(
        self, report: _Report, group: list[Published], then_ns: int, *, wrong: bool
    ) -> list[Published]:
        """Note that the intervals of a document were served, and return them."""
        starts = [one.message.interval_start_ns for one in group]
        series = self._series(report)
        return self.published.newest(series, min(starts), max(starts) + 1, then_ns, wrong=wrong)


def _document_of(report: _Report, group: Sequence[Published]) -> form.Document:
    published_ns = max(one.at_ns for one in group)
    last = max(group, key=lambda one: one.message.interval_start_ns).message
    of_ns = last.interval_start_ns + last.interval_seconds * SECOND_NS
    start_ns = min(one.message.interval_start_ns for one in group)
    minutes = (start_ns - _FIRST_NS) // (60 * SECOND_NS)
    seconds = (published_ns - _FIRST_NS) // SECOND_NS
    key = f"{report.kind.report % 100:02d}{minutes:07d}{seconds:09d}"
    return form.Document(report.kind, key, published_ns, of_ns)


def _published_by_ns(key: str) -> int:
    """Return the end of the second in which a document was published."""
    return _FIRST_NS + (int(key[-_SECONDS_DIGITS:]) + 1) * SECOND_NS - 1
