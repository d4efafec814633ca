"""Each feed is asked once, and what came of it is a finding with its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.records import parse
from connectors.simulated.faults import Fault, FaultPlan
from flows.feed_check import feed_findings
from flows.live_file import LiveFile, read_live_file
from flows.simulate import Simulation
from state.messages import PricePublication, Run

SHIPPED = Path(__file__).parents[2] / "replay_data" / "2026-09-08-caiso-scarcity"
FIVE_PM_NS = 1_788_912_000 * 10**9


@pytest.fixture(scope="module")
def quiet() -> Simulation:
    faults = FaultPlan(0)
    return Simulation.of(SHIPPED, speed=60.0, port=0, faults=faults, start_ns=FIVE_PM_NS)


def file_of(simulation: Simulation, folder: Path) -> LiveFile:
    simulation.write_live_file(folder / "live.yaml", SHIPPED / "opening.jsonl.gz")
    return read_live_file(folder / "live.yaml", ("caiso",))


def test_a_market_that_answers_is_fine_for_every_feed(quiet: Simulation, tmp_path: Path) -> None:
    with quiet.server:
        found = {one.subject: one for one in feed_findings(file_of(quiet, tmp_path))}
        assert found["caiso/RTD"].state == "ok"
        assert "rows rejected" in found["caiso/RTD"].says
        assert set(found) >= {"caiso/RTD", "caiso/FMM", "caiso/DA", "caiso/load_actual"}
        file = file_of(quiet, tmp_path)
        assert file.caiso is not None
        misspelt = file.caiso.model_copy(update={"locations": ("TH_SP15_GEN-APND", "NOWHERE")})
        first = next(feed_findings(file.model_copy(update={"caiso": misspelt})))
    assert (first.state, first.says.endswith("nothing of NOWHERE")) == ("warn", True)


@pytest.mark.parametrize(
    ("fault", "state", "says"),
    [
        (Fault.THROTTLED, "warn", "throttled: status 429"),
        (Fault.TRUNCATED, "fail", "corrupt: the zip"),
        (Fault.FAILED, "fail", "error: status 500"),
        (Fault.PAGE, "fail", "error: the answer is a web page"),
    ],
)
def test_a_fault_is_told_with_its_remedy(
    tmp_path: Path, fault: Fault, state: str, says: str
) -> None:
    simulation = Simulation.of(
        SHIPPED, speed=60.0, port=0, faults=FaultPlan(1, [fault]), start_ns=FIVE_PM_NS
    )
    with simulation.server:
        first = next(feed_findings(file_of(simulation, tmp_path)))
    assert (first.state, first.says.startswith(says)) == (state, True)
    assert first.remedy


def test_a_market_that_is_not_there_gives_no_answer(quiet: Simulation, tmp_path: Path) -> None:
    file = file_of(quiet, tmp_path)
    assert file.caiso is not None
    away = file.caiso.model_copy(update={"base_url": "http://127.0.0.1:9"})
    first = next(feed_findings(file.model_copy(update={"caiso": away})))
    assert (first.state, first.says) == (
        "fail",
        "no answer: 127.0.0.1 gave no answer (ConnectError)",
    )


def test_a_day_is_followed_as_another_markets_by_its_names(tmp_path: Path) -> None:
    simulation = Simulation.of(
        SHIPPED,
        "spp",
        speed=60.0,
        port=0,
        faults=FaultPlan(0),
        start_ns=FIVE_PM_NS,
        names={"TH_SP15_GEN-APND": "SPPSOUTH_HUB"},
    )
    simulation.write_live_file(tmp_path / "live.yaml", SHIPPED / "opening.jsonl.gz")
    file = read_live_file(tmp_path / "live.yaml", ("spp",))
    with simulation.server:
        found = {one.subject: one for one in feed_findings(file)}
    assert {subject: one.state for subject, one in found.items()} == {
        "spp/RTD": "ok",
        "spp/DA": "ok",
    }
    assert file.spp is not None
    assert "SPPSOUTH_HUB" in file.spp.locations
    opening = parse(file.opening.read_bytes(), received_at_ns=1, where="opening")
    assert not opening.rejected
    assert {getattr(one, "market", "spp") for one in opening.messages} == {"spp"}
    assert {one.run for one in opening.messages if isinstance(one, PricePublication)} == {
        Run.DA,
        Run.RTD,
    }
