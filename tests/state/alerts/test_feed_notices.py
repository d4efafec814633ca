"""What a live feed says of itself is shown, kept by a snapshot, and moves no figure."""

from __future__ import annotations

import math

from state.company import Company
from state.messages import FeedNotice, FeedOutcome, Tick
from state.screens.feeds_seen import FeedRow, FeedView


def row_of(company: Company, feed: str) -> FeedRow:
    view = company.views()["feeds"]
    assert isinstance(view, FeedView)
    return next(row for row in view.feeds if row.feed == feed)


def noticed() -> Company:
    company = Company("company")
    messages = (
        Tick(at_ns=10**18),
        FeedNotice(feed="caiso/RTD", outcome=FeedOutcome.DATA, delay_seconds=-130.0),
        FeedNotice(
            feed="caiso/RTD",
            outcome=FeedOutcome.THROTTLED,
            detail="status 429",
            missing=2,
            missing_from_ns=9 * 10**17,
        ),
    )
    for position, message in enumerate(messages, start=1):
        assert company.apply(message, position) == []
    return company


def test_the_last_notice_of_a_feed_is_shown_and_its_delays_are_kept() -> None:
    row = row_of(noticed(), "caiso/RTD")
    assert (row.outcome, row.detail, row.missing) == ("throttled", "status 429", 2)
    assert (row.missing_from_ns, row.delays) == (9 * 10**17, [-130.0])


def test_a_feed_whose_messages_count_under_other_names_is_as_new_as_it_says() -> None:
    company = noticed()
    waits = FeedNotice(feed="inbox", outcome=FeedOutcome.NO_DATA)
    company.apply(waits, company.position + 1)
    before = row_of(company, "inbox")
    assert (before.state, math.isnan(before.age_seconds)) == ("waiting", True)
    taken = FeedNotice(
        feed="inbox", outcome=FeedOutcome.DATA, detail="3 taken",
        newest_ns=10**18 + 5 * 10**9, received_at_ns=10**18 + 6 * 10**9,
    )  # fmt: skip
    company.apply(taken, company.position + 1)
    company.apply(waits, company.position + 1)  # it rests: what came stays
    company.apply(Tick(at_ns=10**18 + 65 * 10**9), company.position + 1)
    for known in (company, Company.restore(company.snapshot())):
        row = row_of(known, "inbox")
        assert (row.state, row.age_seconds) == ("fresh", 60.0)
        assert row.received_ns == 10**18 + 6 * 10**9


def test_a_price_feed_is_as_new_as_its_newest_price_whatever_a_notice_says() -> None:
    company = noticed()
    record = company.desk.feeds.record("caiso/RTD")
    company.desk.feeds.arrived("caiso/RTD", 10**18, 10**18)
    notice = FeedNotice(feed="caiso/RTD", outcome=FeedOutcome.DATA, newest_ns=2 * 10**18)
    company.apply(notice, company.position + 1)
    assert record.newest_ns == 10**18


def test_a_notice_changes_the_feeds_view_alone() -> None:
    company = noticed()
    company.changed_views()
    company.apply(FeedNotice(feed="caiso/FMM", outcome=FeedOutcome.NO_DATA), company.position + 1)
    assert {"feeds"} <= set(company.changed_views()) <= {"feeds", "clock"}


def test_a_snapshot_keeps_what_feeds_said() -> None:
    company = noticed()
    restored = row_of(Company.restore(company.snapshot()), "caiso/RTD")
    kept = ("outcome", "detail", "missing", "missing_from_ns", "delays")
    shown = row_of(company, "caiso/RTD")
    assert [getattr(restored, name) for name in kept] == [getattr(shown, name) for name in kept]


def test_a_notice_without_a_feed_is_refused() -> None:
    company = noticed()
    company.apply(FeedNotice(feed=" ", outcome=FeedOutcome.DATA), company.position + 1)
    [(_, reason)] = company.refusals()
    assert "feed is empty" in reason
