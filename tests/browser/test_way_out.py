"""The way out of a tolerance in a real browser: it is asked for, and its answer is read."""

from __future__ import annotations

import msgspec
import pytest
import redis
from playwright.sync_api import expect

from connectors.log.redis import RedisLog
from state.messages import HedgeRequest
from state.screens.hedges_seen import HedgeView
from state.wire import decode
from tests.browser.conftest import SignIn
from tests.dashboards.handmade import HandmadeStore, hedges, nop, nop_row
from tests.dashboards.serving import ServedDashboard

pytestmark = pytest.mark.browser

LAST = "2026-12"


def test_an_answer_is_in_sight_where_it_was_asked_for(
    dashboard: ServedDashboard,
    monitor: HandmadeStore,
    sign_in: SignIn,
    client: redis.Redis,
    run_name: str,
):
    periods = [f"2026-{month:02}" for month in range(5, 13)]
    rows = [nop_row(f"Month {each}", 0.861, "breach", period=each) for each in periods]
    broken = msgspec.structs.replace(nop(), rows=rows)
    monitor.write({"nop": broken, "hedges": HedgeView(answers=[])})
    page = sign_in(dashboard.url, address="nop")
    row = page.locator("#tile-way_out tbody tr").last
    row.get_by_role("button", name="Ask").click()
    expect(page.locator(".notice")).to_contain_text("way out")

    (answer,) = hedges().answers
    (block,) = answer.blocks
    blocks = [msgspec.structs.replace(block, period=each) for each in ("2026-Q3", "2026-Q4")]
    answer = msgspec.structs.replace(answer, period=LAST, blocks=blocks)
    monitor.write({"hedges": HedgeView(answers=[answer])})

    for what in ("buy 7 MW on-peak 2026-Q4", "covered then 90.0 %", "asked 2 min ago"):
        expect(row.get_by_text(what)).to_be_in_viewport(ratio=1)
    expect(row.get_by_role("button", name="Ask")).to_be_in_viewport(ratio=1)
    (request,) = [decode(entry.body) for entry in RedisLog(client, run_name).read(0)]
    assert isinstance(request, HedgeRequest)
    assert request.period == LAST
