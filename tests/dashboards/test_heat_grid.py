from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from dashboards.theme import DARK
from dashboards.tiles.heat_grid import (
    COVER,
    MOST_PARTS,
    MOST_ROWS,
    TOTAL,
    HeatGrid,
    detail_of,
    grid_of,
)
from dashboards.tiles.heat_map import _cell
from dashboards.tiles.tile import Choice, Scene
from tests.dashboards.handmade import evening, position
from tests.dashboards.scenes import scene_of


def grid_in(scene: Scene) -> HeatGrid:
    grid = grid_of(scene)
    assert grid is not None
    return grid


def test_rows_are_locations_with_the_total_and_the_coverage_last():
    grid = grid_in(scene_of())
    assert grid.rows == [
        "BATT_2",
        "DLAP_PGAE",
        "DLAP_SCE",
        "SOLAR_1",
        "TH_NP15",
        "TH_SP15",
        TOTAL,
        COVER,
    ]


def test_a_row_is_the_sum_of_its_books():
    view = position()
    grid = grid_in(scene_of())
    np.testing.assert_allclose(grid.mw[5], view.open_mw[1] + view.open_mw[2])
    np.testing.assert_allclose(grid.mw[6], view.total_open_mw)


def test_rows_by_book_are_the_sum_of_their_locations():
    view = position()
    grid = grid_in(scene_of(choice=Choice(rows="book")))
    assert grid.rows[:-2] == ["HEDGE", "LOAD", "RENEWABLES", "STORAGE"]
    np.testing.assert_allclose(grid.mw[1], view.open_mw[0] + view.open_mw[3])


def house_of_sixty_books() -> Scene:
    chance = np.random.default_rng(7)
    books = [f"B{number // 2:02d}" for number in range(120)]
    open_mw = chance.normal(0.0, 10.0, (120, 24))
    view = position(
        books=books,
        locations=["NODE_A", "NODE_B"] * 60,
        open_mw=open_mw,
        total_open_mw=open_mw.sum(axis=0),
    )
    views = evening() | {"position/caiso/2026-07-14": view}
    return scene_of(views, choice=Choice(rows="book"))


def test_of_very_many_books_the_largest_have_a_row_and_the_others_one_together():
    grid = grid_in(house_of_sixty_books())

    assert len(grid.rows) == MOST_ROWS + 2
    assert grid.rows[-3] == f"{60 - MOST_ROWS + 1} others"
    np.testing.assert_allclose(grid.mw[:-1].sum(axis=0), grid.mw[-1])
    shown = np.abs(grid.mw[:-2]).max(axis=1)
    by_book = np.abs(grid.day.open_mw.reshape(60, 2, 24).sum(axis=1)).max(axis=1)
    np.testing.assert_allclose(np.sort(shown), np.sort(by_book)[-len(shown) :])


def test_the_parts_of_a_cell_sum_to_it_also_when_they_are_very_many():
    scene = house_of_sixty_books()
    grid = grid_in(scene)
    for name in grid.rows[:-1]:
        detail = detail_of(replace(scene, choice=replace(scene.choice, cell=(name, 12))), grid)
        assert detail is not None
        assert 2 <= len(detail.parts) <= MOST_PARTS + 1
        amounts = [float(mw.removesuffix(" MW").replace("−", "-")) for _, mw in detail.parts]
        shown = float(grid.mw[grid.rows.index(name), 12])
        assert sum(amounts) == pytest.approx(shown, abs=0.05 * len(amounts))


@pytest.mark.parametrize(
    ("day", "hours", "third"),
    [(date(2026, 3, 8), 23, "04"), (date(2026, 7, 14), 24, "03"), (date(2026, 11, 1), 25, "02*")],
)
def test_a_day_has_as_many_columns_as_hours(day: date, hours: int, third: str):
    views = evening() | {
        "position/caiso/2026-07-14": position(day),
        "position/caiso/2026-07-15": position(day, current=-1),
    }
    grid = grid_in(scene_of(views))
    assert (grid.hours, grid.day.axis.labels[2]) == (hours, third)
    assert grid.mw.shape == (7, hours)


def test_tomorrow_is_the_second_day_and_today_stands_in_while_there_is_none():
    assert grid_in(scene_of(choice=Choice(day=1))).day.axis.date == "2026-07-15"
    views = evening()
    del views["position/caiso/2026-07-15"]
    assert grid_in(scene_of(views, choice=Choice(day=1))).day.axis.date == "2026-07-14"


def test_delivered_hours_are_dimmer_than_the_same_position_ahead():
    view = position()
    view.open_mw[:] = 40.0
    grid = grid_in(scene_of(evening() | {"position/caiso/2026-07-14": view}))
    assert grid.strength(0, 10) == pytest.approx(0.4 * grid.strength(0, 20))


def test_an_hour_that_is_not_known_has_no_side():
    view = position()
    view.unknown = ["day-ahead schedule missing" if hour == 20 else "" for hour in range(24)]
    view.open_mw[0, 19] = math.nan
    grid = grid_in(scene_of(evening() | {"position/caiso/2026-07-14": view}))
    load = grid.rows.index("DLAP_SCE")
    assert [grid.tone(load, hour) for hour in (18, 19, 20)] == ["short", "unknown", "unknown"]
    assert grid.words(load, 19) == ""


def test_only_large_positions_carry_their_number_but_every_total_does():
    grid = grid_in(scene_of())
    assert grid.words(grid.rows.index("DLAP_SCE"), 19) == "−42"
    assert grid.words(grid.rows.index("DLAP_SCE"), 3) == ""
    assert grid.words(grid.rows.index(TOTAL), 3) == "0"


def test_full_colour_is_a_round_position():
    assert grid_in(scene_of()).scale_mw == 70.0


def test_a_cell_is_made_of_its_books_in_the_views_own_figures():
    view = position()
    view.open_mw[:, 19] = [-42.0, -24.5, 21.4, -36.0, -3.0, -33.0, -29.0]
    views = evening() | {"position/caiso/2026-07-14": view}
    scene = scene_of(views, choice=Choice(cell=("TH_SP15", 19)))
    detail = detail_of(scene, grid_in(scene))
    assert detail is not None
    assert detail.title == "HE20 · TH_SP15: SHORT 3.1 MW"
    assert detail.parts == [("RENEWABLES", "−24.5 MW"), ("HEDGE", "+21.4 MW")]


def test_a_total_is_made_of_every_pair_and_coverage_of_its_load():
    scene = scene_of(choice=Choice(cell=(TOTAL, 19)))
    detail = detail_of(scene, grid_in(scene))
    assert detail is not None
    assert len(detail.parts) == 7
    assert detail.parts[0][0] == "LOAD DLAP_SCE"
    scene = replace(scene, choice=Choice(cell=(COVER, 19)))
    cover = detail_of(scene, grid_in(scene))
    assert cover is not None
    assert [name for name, _ in cover.parts] == ["cover", "load"]


def test_a_cell_of_a_row_that_is_gone_shows_nothing():
    scene = scene_of(choice=Choice(cell=("GONE", 3)))
    assert detail_of(scene, grid_in(scene)) is None


def test_without_a_position_there_is_no_grid():
    assert grid_of(scene_of({})) is None


def test_an_hour_whose_coverage_is_in_breach_is_marked_besides_its_colour():
    scene = scene_of()
    grid = grid_in(scene)
    row = grid.rows.index(COVER)

    words, inks = zip(*(_cell(scene, grid, row, hour)[5:7] for hour in (17, 18)), strict=True)

    assert words[1] == "90!"
    assert not words[0].endswith("!")
    assert inks[1] == DARK.breach != inks[0]
