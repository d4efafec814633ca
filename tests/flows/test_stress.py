"""Stress from the command line: a day's prices as levels, and the answer as people read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from connectors.log.days import Day
from connectors.records import to_record
from flows.commands import app
from flows.commands.up import prepare
from flows.days import SHIPPED
from flows.settings import Settings
from flows.stress import day_levels, scenarios_for, stress
from flows.stress_file import DEFAULT_FILE
from state.company import Company
from state.errors import ConfigError
from state.messages import Block, CurveMarks, FactorHistory
from tests.small_days import record_line, write_day

EVENING = "2026-09-08-caiso-scarcity"
SUMMER = "2026-07-14-caiso-summer"
AUTUMN = "2025-11-02-caiso-25-hours"


def shipped(day: str) -> Day:
    return Day.open(SHIPPED / day)


def at_1630() -> Company:
    return Company.restore(shipped(EVENING).saved_opening("16:30").state)


def levels_in_history(day: Day, date: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for message in day.opening():
        if isinstance(message, FactorHistory) and date in message.dates:
            table = message.levels.reshape(len(message.factors), len(message.dates))
            column = table[:, message.dates.index(date)].tolist()
            found.update(zip(message.factors, column, strict=True))
    return found


@pytest.mark.parametrize("name", [SUMMER, AUTUMN])
def test_a_days_levels_are_those_a_later_history_has_of_it(name: str):
    """The days are dates of one history, so that later openings hold the earlier days."""
    levels = day_levels(shipped(name))
    history = levels_in_history(shipped(EVENING), levels.day)
    prices = {factor: level for factor, level in levels.levels.items() if "/curve/" not in factor}
    assert len(prices) > 200
    differences = [abs(level - history[factor]) for factor, level in prices.items()]
    assert np.median(differences) < 0.01
    assert max(differences) < 2.0  # the day was corrected, and its hours rounded by interval


def test_the_levels_before_are_the_last_of_the_days_own_history():
    levels = day_levels(shipped(EVENING))
    assert levels.day == "2026-09-08"
    assert levels.before == levels_in_history(shipped(EVENING), "2026-09-07")
    hub = "caiso/TH_SP15_GEN-APND"
    assert levels.levels[f"{hub}/RTD/HE20"] > 1000
    assert f"{hub}/curve/on_peak/2026-10" in levels.levels


def test_a_mark_of_all_hours_is_one_of_both_blocks(tmp_path: Path):
    marks = CurveMarks(
        market="spp",
        as_of="2026-08-14",
        hubs=("HUB_A",),
        blocks=(Block.FLAT,),
        months=("2026-10",),
        price_usd_per_mwh=np.array([41.0]),
    )
    day = write_day(tmp_path / "flat", records=[record_line(5, to_record(marks), "marks")])

    assert day_levels(Day.open(day)).levels == {
        "spp/HUB_A/curve/on_peak/2026-10": 41.0,
        "spp/HUB_A/curve/off_peak/2026-10": 41.0,
    }


def test_an_hour_that_the_date_before_skipped_has_the_level_of_the_hour_before_it(tmp_path: Path):
    history = FactorHistory(
        market="spp",
        factors=("spp/HUB_A/DA/HE02", "spp/HUB_A/DA/HE04"),
        dates=("2026-03-08",),
        levels=np.array([22.0, 24.0]),
    )
    records = [record_line(5, to_record(history), "history")]
    day = write_day(tmp_path / "monday", records=records, date="2026-03-09")

    assert day_levels(Day.open(day)).before == {
        "spp/HUB_A/DA/HE02": 22.0,
        "spp/HUB_A/DA/HE03": 22.0,
        "spp/HUB_A/DA/HE04": 24.0,
    }


def test_the_shipped_evening_under_the_products_scenarios():
    company = at_1630()
    view = stress(company, *scenarios_for(company))
    found = {row.scenario: row for row in view.rows}
    assert list(found) == sorted(found, key=lambda name: found[name].total_usd[-1])
    assert len(found) == 5
    for row in view.rows:
        assert row.unreached == []
        assert row.total_usd[-1] == pytest.approx(sum(row.total_usd[:-1]))
    evening = found["scarcity-evening"]
    assert evening.total_usd[-1] < -100_000  # the book is short the evening
    assert found["load-plus-10"].open_after_mwh < found["load-plus-10"].open_before_mwh
    assert 0.8 < found["load-plus-10"].coverage[0].after < 0.9


def test_a_scenario_nobody_wrote_is_named_with_those_there_are():
    with pytest.raises(ConfigError, match=r"no scenario 'rain' in stress-scenarios 1; there is sc"):
        scenarios_for(at_1630(), named="rain")


# As people type it ------------------------------------------------------------------------------

HELD = ["stress", "--replayed", EVENING, "--until", "00:10"]


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert app.invoke([*HELD, *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_file_and_one_of_its_scenarios(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    out = tmp_path / "stress.json"
    told = answer(capsys, "--file", str(DEFAULT_FILE), "--scenario", "gas-spike", "--out", str(out))
    assert [row["scenario"] for row in told["rows"]] == ["gas-spike"]
    assert told["nodes"][-1] == "firm"
    assert json.loads(out.read_text()) == told


def test_any_day_is_a_scenario(capsys: pytest.CaptureFixture[str]):
    told = answer(capsys, "--day", SUMMER)
    (row,) = told["rows"]
    assert (row["scenario"], row["title"]) == (SUMMER, "Prices of 2026-07-14")
    assert row["intraday_usd"][-1] != 0.0
    assert row["forward_usd"][-1] != 0.0
    assert any("/curve/" in line for line in row["unreached"]), "months beyond that day's curve"


def test_people_read_a_table_by_book_with_its_contributors(capsys: pytest.CaptureFixture[str]):
    assert app.invoke([*HELD, "--scenario", "load-plus-10"]) == 0
    said = capsys.readouterr().out
    assert "stress-scenarios 1: the book as of 2026-09-08 07:10:00 UTC" in said
    assert "load-serving" in said
    assert "caiso/DLAP_" in said
    assert "coverage caiso 2026-09-0" in said


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--day", SUMMER, "--scenario", "gas-spike"], 3, "--day is a scenario of its own"),
        (["--until", "10:00"], 3, "--until belongs to --replayed"),
        (["--replayed", "no-such-day"], 3, "no day 'no-such-day'"),
    ],
)
def test_wrong_words_are_one_line(
    arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
):
    assert app.invoke(["stress", *arguments]) == code
    assert said in capsys.readouterr().err


def test_a_bad_file_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nversion: 1\n", encoding="utf-8")
    assert app.invoke([*HELD, "--file", str(path)]) == 1
    assert f"{path}: line 2: version" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot read the scenarios"), ("scenarios: 1\n", "odd.yaml: ")]
)
def test_a_wrong_file_of_scenarios_is_refused_before_a_house_starts(
    tmp_path: Path, content: str | None, said: str
):
    file = tmp_path / "odd.yaml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    settings = Settings(day=str(write_day(tmp_path / "small")), stress_file=file)

    with pytest.raises(ConfigError, match=said):
        prepare(settings)
