"""What SPP is asked for the next minutes and for its generation mix."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from connectors.polling.report import Report
from connectors.polling.spp import SppFeeds

UTC = dt.UTC


def ns(*at: int) -> int:
    return int(dt.datetime(*at, tzinfo=UTC).timestamp()) * 10**9


def reports() -> dict[str, Report]:
    section = {"locations": ["A"], "areas": ["SPP"], "short_term": True, "generation_mix": True}
    (asked,) = SppFeeds.model_validate(section).asked()
    return {report.feed: report for report in asked.reports}


@pytest.mark.parametrize(
    ("start", "path"),
    [
        ((2026, 6, 10, 18, 40), "/2026/06/10/14/OP-STLF-202606101335.csv"),
        ((2026, 6, 11, 4, 45), "/2026/06/10/00/OP-STLF-202606102340.csv"),
        # The hour that the clock shows twice: 01:05 to 01:55 and 02:00 are named again.
        ((2026, 11, 1, 6, 10), "/2026/11/01/02/OP-STLF-202611010105.csv"),
        ((2026, 11, 1, 7, 5), "/2026/11/01/03/OP-STLF-202611010200.csv"),
        ((2026, 11, 1, 7, 10), "/2026/11/01/02/OP-STLF-202611010105d.csv"),
        ((2026, 11, 1, 8, 5), "/2026/11/01/03/OP-STLF-202611010200d.csv"),
    ],
)
def test_the_forecast_of_an_interval_is_the_file_of_five_minutes_before(
    start: tuple[int, ...], path: str
) -> None:
    report, start_ns = reports()["spp/load_short_term"], ns(*start)
    found = report.ask(start_ns, start_ns + report.schedule.step_ns)
    assert found.path.endswith("/stlf-vs-actual")
    assert found.query == {"path": path}


def test_the_forecast_of_an_interval_is_due_before_it_begins() -> None:
    schedule, start_ns = reports()["spp/load_short_term"].schedule, ns(2026, 6, 10, 18, 40)
    assert start_ns in schedule.due(start_ns, start_ns - 180 * 10**9)


def test_the_generation_mix_is_not_asked_for_what_it_holds_no_more() -> None:
    report = reports()["spp/generation_mix"]
    assert report.names == {"solar SPP", "wind SPP"}
    assert report.kept_seconds == 7200.0
    assert not report.has_past


def test_a_forecast_of_the_next_minutes_needs_areas() -> None:
    with pytest.raises(ValidationError, match="short_term follows the load of areas"):
        SppFeeds.model_validate({"locations": ["A"], "short_term": True})
