"""`tieline explain` of a case: what is said of it, with its waiver."""

from __future__ import annotations

import pytest

from flows import explain as explained
from flows.commands import app, explain
from flows.explain import Explanation
from state.messages import ActionKind
from state.moments import HOUR_NS
from state.store import StoredTransition
from tests.state.duties.house import over_credit


def test_a_waiver_is_told_with_who_allowed_it_until_when_and_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    house = over_credit()
    case, until_ns = house.case("credit-mwh").case, house.company.tick_ns + HOUR_NS
    house.act(ActionKind.WAIVE, case, text="a tender is out", approver="ceo", until_ns=until_ns)
    told = [each for each in house.told if each.row.case == case]
    stored = [StoredTransition(f"{number}-0", each) for number, each in enumerate(told)]
    explanation = Explanation(transitions=stored, told=told[0], cause=None, arithmetic=[])
    monkeypatch.setattr(explained, "explain_case", lambda *_, **__: explanation)
    for name in ("reach_store", "with_run"):
        monkeypatch.setattr(explain, name, lambda one: one)

    assert app.invoke(["explain", case]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "waived until 2026-07-15 16:00:01 UTC, approved by ceo: a tender is out" in lines
