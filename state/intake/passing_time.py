"""What a tick does where something is due: the days roll, figures and limits follow the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.alerts.causes import TIME
from state.hedging.way_out import search_on
from state.screens import screens
from state.screens.views import Transition

if TYPE_CHECKING:
    from state.company import Company


def take_time(company: Company, before_ns: int, at_ns: int) -> list[Transition]:
    """Do what is due at a tick; return the transitions it caused.

    Args:
        company: whose.
        before_ns: the tick before; 0 when there was none.
        at_ns: the tick.
    """
    desk = company.desk
    desk.feeds.since_ns = desk.feeds.since_ns or at_ns
    ticked = [market.tick(at_ns) for market in desk.markets.values()]
    due = any(ticked)
    desk.begin_pnl_day(before_ns)
    if due:
        desk.restrike()
    aged, transitions = desk.feed_watch.tick(
        before_ns, at_ns, company.position, time_zone=desk.time_zone
    )
    if due or aged:
        desk.straight.leave()
        transitions += company.figures_changed(TIME)
        desk.straight.go_on(at_ns)
    else:
        transitions += desk.alerts.expire(at_ns, company.position)
    transitions += desk.arrivals.tick(desk, at_ns, company.position)
    if due:
        desk.note_interval(at_ns)
        company.stale_views.update(("pnl_curve", *screens.SELDOM))
    if desk.pnl_explain.tick(desk, at_ns, company.position, due=due):
        company.stale_views.update(("explain", "explain_points", "limits"))
    if desk.nop.follow(desk):  # the rows hold what they held until they are read
        headrooms = desk.duties.headrooms(desk)
        transitions += desk.nop.tick(desk, at_ns, company.position)
        transitions += desk.duties.note_cures(desk, headrooms, at_ns, company.position)
        company.stale_views.update(("nop", "limits"))
    transitions += desk.credit_limits.tick(desk, company.moment, due=due)
    turned, differ = desk.closes.tick(desk, at_ns, company.position)
    if turned or differ:
        company.stale_views.update(("close", "limits"))
    transitions += differ
    transitions += desk.controls.tick(desk, at_ns, company.position)
    if desk.foresight.tick(list(desk.alerts.tables.values()), before_ns, at_ns):
        company.stale_views.add("limits")
    search_on(company)
    if desk.duties.standing.behind:
        company.stale_views.update(("cases", "policy"))
    counted = desk.duties.tick(desk, at_ns, company.position)
    if counted:
        company.stale_views.update(("limits", "nop", "credit"))
    desk.straight.keep_up(desk, at_ns)
    return transitions + counted
