"""Looking at the read model: one view that cannot be read holds up no other."""

from __future__ import annotations

from typing import cast

from connectors.gateway.filtered import view_of
from connectors.gateway.looking import Look, Looker
from state.blocks import StoredView
from state.store import StoredLetter, StoredTransition, StoreReader, encode_frame
from tests.dashboards import handmade


class Stored:
    """A read model that holds what a test says."""

    def __init__(self) -> None:
        self.position = 0
        self.views: dict[str, StoredView] = {}

    def write(self, **views: bytes) -> None:
        self.position += 1
        self.views |= {name: StoredView(body, {}) for name, body in views.items()}

    def edition(self) -> tuple[int, int]:
        return self.position, self.position

    def stored(self) -> tuple[int, dict[str, StoredView]]:
        return self.position, dict(self.views)

    def transitions(self, after: str, count: int) -> list[StoredTransition]:
        del after, count
        return []

    def refusals(self, after: str, count: int) -> list[tuple[str, StoredLetter]]:
        del after, count
        return []


def test_a_view_this_release_cannot_read_is_left_out_and_the_others_are_told():
    model = Stored()
    looker = Looker(cast("StoreReader", model))
    pnl = encode_frame(1, {"pnl": handmade.pnl()}, []).views["pnl"]
    clock = encode_frame(1, {"clock": handmade.clock()}, []).views["clock"]
    model.write(clock=b"\xc1", pnl=pnl)
    first = looker.look()
    model.write(clock=clock)
    second = looker.look()

    assert isinstance(first, Look)
    assert (first.position, set(first.views)) == (1, {"pnl"})
    assert isinstance(second, Look)
    assert (second.position, set(second.views)) == (2, {"clock"})


def test_the_firm_s_standing_duties_are_not_of_a_book():
    view = handmade.cases()
    view.standing = [handmade.standing()]

    seen = view_of(view, {"HEDGE"})
    assert seen.standing == []
    assert view_of(view, frozenset()) is view
