"""Scenes for tests without a browser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboards.access import Person, Role
from dashboards.frame import Frame
from dashboards.theme import DARK
from dashboards.tiles.tile import Choice, Scene
from state.screens.view import View
from tests.dashboards.handmade import evening


def frame_of(views: Mapping[str, View] | None = None, **changes: Any) -> Frame:
    shown: Any = evening() if views is None else views
    return Frame(**{"run": "handmade", "position": 1_284_000, "views": shown, **changes})


def scene_of(
    views: Mapping[str, View] | None = None,
    *,
    role: Role = Role.DESK,
    choice: Choice | None = None,
    **changes: Any,
) -> Scene:
    person = Person(role.value, role)
    return Scene(frame_of(views, **changes), choice or Choice(), person, DARK)
