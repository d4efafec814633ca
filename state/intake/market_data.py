"""What messages of market data do: prices, marks, what an area needs, how its feeds answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.intake.references import feed_of
from state.messages import AreaVolume, CurveMarks, FeedNotice, PricePublication, ProductMarks
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.company import Company


def take_prices(company: Company, publication: PricePublication) -> list[Transition]:
    """Enter the prices of an interval."""
    feed = f"{publication.market}/{publication.run}"
    book = company.desk.markets[publication.market]
    company.arrived(feed, publication.interval_start_ns, publication.received_at_ns)
    company.stale_views.add(f"price/{publication.market}")
    before = book.revised(publication.run)
    transitions = company.take_dated(publication)
    if book.revised(publication.run) > before:
        company.desk.feeds.record(feed).revisions += 1
    return transitions


def take_area_volume(company: Company, volume: AreaVolume) -> list[Transition]:
    """Note that an area's load or generation arrived."""
    received_ns = volume.received_at_ns
    company.arrived(feed_of(company.desk, volume), received_ns, received_ns)
    return []


def take_marks(company: Company, marks: CurveMarks | ProductMarks) -> list[Transition]:
    """Enter marks of a curve, or of what is no energy."""
    book, received_ns = company.desk.markets[marks.market], marks.received_at_ns
    if isinstance(marks, CurveMarks):
        book.curve(marks)
    else:
        refused = book.certificates.set_marks(marks)
        if refused:
            company.refuse_message(marks, refused)
    company.arrived(feed_of(company.desk, marks), received_ns, received_ns)
    return company.figures_changed(company.cause_of(marks))


def take_notice(company: Company, notice: FeedNotice) -> list[Transition]:
    """Show what became of a live feed's last answer, and what it lacks."""
    company.desk.feeds.note(notice)
    company.stale_views.add("feeds")
    return []
