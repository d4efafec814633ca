"""Simulated markets write what the markets' own files have: header, stamps, order, line ends."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from connectors.isos import MARKETS
from connectors.simulated.isone_form import load_json
from connectors.simulated.nyiso_form import forecast_csv, load_csv
from connectors.simulated.oasis_form import renewables_csv
from connectors.simulated.spp_form import day_ahead_csv, real_time_csv
from state.messages import AnyMessage, AreaVolume, PricePublication

pytestmark = pytest.mark.realdata

PNODE, FIRST_VALUE = -5, -4


def read(folder: Path, name: str) -> tuple[bytes, list[AnyMessage]]:
    body = (folder / name).read_bytes()
    parsed = MARKETS[folder.name].parse(body, received_at_ns=1, where=name)
    return body, parsed.messages


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("RTBM-LMP-SL-202503310840.csv", real_time_csv),
        ("DA-LMP-SL-202606040100_SAMPLE_new_header.csv", day_ahead_csv),
    ],
)
def test_spp_rows_are_those_of_the_real_file_but_for_its_pnodes(
    real_data: Path, name: str, form: object
) -> None:
    body, messages = read(real_data / "spp", name)
    prices = [one for one in messages if isinstance(one, PricePublication)]
    made = form(prices)
    assert made.count(b"\n") == body.count(b"\n")
    assert (b"\r" in made) == (b"\r" in body)
    theirs, ours = (list(csv.reader(text.decode().splitlines())) for text in (body, made))
    assert ours[0] == theirs[0]
    for own, real in zip(ours[1:], theirs[1:], strict=True):
        assert own[:PNODE] == real[:PNODE]
        assert [float(cell) for cell in own[FIRST_VALUE:]] == [
            float(cell) for cell in real[FIRST_VALUE:]
        ]


def test_caiso_renewables_rows_are_those_of_the_real_file_but_for_their_groups(
    real_data: Path,
) -> None:
    name = "20230917_20230919_SLD_REN_FCST_DAM_20230920_21_28_47_v1.csv"
    body, messages = read(real_data / "caiso", name)
    made = renewables_csv([one for one in messages if isinstance(one, AreaVolume)])
    assert made.partition("\n")[0] == body.decode().partition("\n")[0]
    theirs, ours = (
        sorted(
            (*(cell for key, cell in row.items() if key not in {"MW", "GROUP"}), float(row["MW"]))
            for row in csv.DictReader(text.splitlines())
        )
        for text in (body.decode(), made)
    )
    assert ours == theirs


def test_iso_ne_load_has_the_members_of_the_real_answer(real_data: Path) -> None:
    name = "gs_vcr_load_hourly_2024-11-02_2024-11-04__1.json"
    body, messages = read(real_data / "isone", name)
    made = load_json([one for one in messages if isinstance(one, AreaVolume)])
    theirs, ours = (
        json.loads(text)["HourlySystemLoads"]["HourlySystemLoad"] for text in (body, made)
    )
    for own, real in zip(ours, theirs, strict=True):
        assert own == {key: real[key] for key in own}


def test_nyiso_forecast_is_the_real_file_byte_for_byte(real_data: Path) -> None:
    body, messages = read(real_data / "nyiso", "20171122isolf.csv")
    assert forecast_csv([one for one in messages if isinstance(one, AreaVolume)]) == body


def test_nyiso_load_has_header_rows_and_line_ends_of_the_real_file(real_data: Path) -> None:
    body, messages = read(real_data / "nyiso", "20171122pal.csv")
    made = load_csv([one for one in messages if isinstance(one, AreaVolume)])
    theirs = set(body.splitlines(keepends=True))
    ours = made.splitlines(keepends=True)
    assert ours[0] == body.splitlines(keepends=True)[0]
    on_grid = [line for line in ours if line in theirs]
    assert len(on_grid) > 0.9 * len(ours)  # extra readings between the 5 minutes are merged
