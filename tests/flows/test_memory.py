"""What stays is set aside, so that a look for garbage costs little; garbage is still found."""

from __future__ import annotations

import gc
import weakref

import pytest

from flows.memory import loading, settle_memory, sweep


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def looks() -> int:
    """Return how often the collector has looked, at objects of any age."""
    return sum(one["collections"] for one in gc.get_stats())


def test_what_stays_is_set_aside_and_garbage_is_not():
    gone = weakref.ref(Knot())
    stays = [Knot() for _ in range(1_000)]
    before = gc.get_freeze_count()
    settle_memory()
    assert gone() is None
    assert gc.get_freeze_count() > before
    assert not any(isinstance(one, Knot) for one in gc.get_objects())
    assert len(stays) == 1_000


def test_what_is_loaded_is_set_aside_unlooked_at_and_the_collector_goes_on_whatever_happens():
    def load() -> None:
        with loading():
            looked.append(looks())
            stays.extend(Knot() for _ in range(50_000))
            looked.append(looks())
            raise ImportError

    stays: list[Knot] = []
    looked: list[int] = []
    with pytest.raises(ImportError):
        load()

    assert looked[0] == looked[1]
    assert gc.isenabled()
    assert not any(isinstance(one, Knot) for one in gc.get_objects())


def test_where_nobody_looks_for_garbage_loading_leaves_it_so():
    gc.disable()
    try:
        with loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_sweep_waits_until_there_is_enough_to_look_at_and_then_leaves_no_old_garbage():
    settle_memory()
    few = [Knot()]
    sweep()
    assert any(one is few[0] for one in gc.get_objects())

    gone = weakref.ref(Knot())
    many = few * 0
    while gc.get_count()[2] < 3:
        many += [Knot() for _ in range(1_000)]
    sweep()
    assert gone() is None
    assert not any(isinstance(one, Knot) for one in gc.get_objects())
