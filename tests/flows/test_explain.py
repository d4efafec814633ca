"""`tieline explain` of a case: what is said of it, with its waiver, and of what log."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from connectors.log.redis import RedisLog
from flows import explain as explained
from flows.commands import app, explain
from flows.explain import Explanation
from state.messages import ActionKind, Tick
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


def test_of_a_case_from_before_a_trimmed_log_its_changes_are_told_all_the_same(
    client: redis.Redis, run_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    told = over_credit().told[0]
    stored = [StoredTransition(f"{told.position}-0", told)]
    monkeypatch.setattr(explained, "_transitions_of", lambda *_: stored)
    run_log, last = RedisLog(client, run_name), told.position + 2
    run_log.append([Tick(at_ns=number) for number in range(1, last + 1)])
    run_log.pass_reader("monitor", last)
    run_log.trim(last)

    found = explained.explain_case(
        client, run_name, told.case, company="company", snapshots=tmp_path
    )
    assert (found.transitions, found.cause) == (stored, None)
    assert [line.partition(":")[0] for line in found.arithmetic] == [
        f"how things stood at log position {told.position} cannot be worked out any more"
    ]
