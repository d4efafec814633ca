"""Whether the numbers of the heat map can be read, and heard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboards.theme import DARK, LIGHT, Palette
from dashboards.tiles.heat_grid import grid_of
from dashboards.tiles.heat_map import _COLUMNS, _cells, spoken
from tests.dashboards.contrast import READABLE, Rgb, contrast, rgb
from tests.dashboards.handmade import evening, position
from tests.dashboards.scenes import scene_of


def over(colour: str, alpha: float, ground: Rgb) -> Rgb:
    return tuple(
        alpha * each + (1 - alpha) * under for each, under in zip(rgb(colour), ground, strict=True)
    )


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=lambda palette: palette.name)
@pytest.mark.parametrize("rows", ["location", "book"])
def test_every_number_of_an_hour_that_is_over_can_be_read(palette: Palette, rows: str):
    scene = scene_of()
    scene = replace(scene, palette=palette, choice=replace(scene.choice, rows=rows))
    grid = grid_of(scene)
    assert grid is not None
    cells = [
        dict(zip(_COLUMNS, each, strict=True))
        for each in zip(*_cells(scene, grid).values(), strict=True)
    ]
    read = [cell for cell in cells if cell["words"] and grid.day.axis.delivered[int(cell["x"])]]
    assert read
    for cell in read:
        ground = over(cell["color"], cell["alpha"], rgb(palette.panel))
        assert contrast(over(cell["ink"], cell["ink_alpha"], ground), ground) >= READABLE, cell


def test_what_the_map_draws_is_told_by_hour_too():
    day = position()
    day.unknown[2] = "no forecast"
    grid = grid_of(scene_of(evening() | {"position/caiso/2026-07-14": day}))
    assert grid is not None
    told = spoken(grid)
    assert "HE18 −48, cover 96 %" in told
    assert "HE03 not known" in told
