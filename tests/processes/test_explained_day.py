"""The whole evening of scarcity is explained: at every point, to the last cent, in every book."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from connectors.log.days import Day
from flows.fold import steps
from state.company import Company
from state.explain.views import ExplainPointsView, ExplainView, window
from state.messages import Tick
from state.screens import screens


@pytest.mark.processes
def test_every_minute_of_the_scarcity_day_is_explained(evening: Path):
    day = Day.open(evening)
    company = Company(day.manifest.company)
    at_points: dict[int, float] = {}
    for position, message, _ in steps(day, company):
        if isinstance(message, Tick) and not message.at_ns % 600_000_000_000:
            view = screens.build(company.desk, {"explain"}, company.tick_ns)["explain"]
            assert isinstance(view, ExplainView)
            total, _, corrections = company.desk.pnl()
            assert not view.unexplained_usd.any()
            assert np.allclose(np.add.reduce(view.today_usd, axis=0), total, rtol=1e-9, atol=1e-6)
            told = dict(zip(view.drivers, view.today_usd[:, -1].tolist(), strict=True))
            assert told.get("corrections", 0.0) == pytest.approx(corrections[-1], abs=1e-6)
            at_points[position] = float(total[-1])

    view, points = (company.views()[name] for name in ("explain", "explain_points"))
    assert isinstance(view, ExplainView)
    assert isinstance(points, ExplainPointsView)
    end = float(company.desk.pnl()[0][-1])
    met = 0
    for index, position in enumerate(points.positions):
        since = window(view, points, index)
        assert since is not None
        if position in at_points and index > points.midnight:
            met += 1
            assert since.total[0] == pytest.approx(end - at_points[position], abs=1e-5)
    assert met > 100
    # The story of the day: real-time prices, and the outage that left the company short of them.
    told = dict(zip(view.drivers, view.today_usd[:, -1].tolist(), strict=True))
    assert min(told, key=lambda driver: told[driver]) == "price FMM"
    assert told["volume outage"] < -50_000.0
