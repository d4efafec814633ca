"""Compiled loops: warmed when the product is installed, the same bits as plain Python."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

import state
from state import warm
from state.risk.historical import tail_size, value_at_risk
from state.risk.tail import insert_tails


def compiled_functions() -> Iterator[Dispatcher]:
    for module in pkgutil.walk_packages(state.__path__, "state."):
        names = vars(importlib.import_module(module.name)).values()
        yield from (value for value in names if isinstance(value, Dispatcher))


def test_the_miniature_log_needs_every_compiled_loop():
    loops = list(compiled_functions())
    inner = {name for loop in loops for name in loop.py_func.__code__.co_names}

    warm.main()

    idle = {loop.__name__ for loop in loops if not loop.signatures}
    assert idle - inner == set()


def test_no_loop_reorders_sums():
    assert not any(loop.targetoptions.get("fastmath") for loop in compiled_functions())


@pytest.mark.parametrize(("scenarios", "confidence"), [(500, 0.95), (500, 0.99), (3000, 0.95)])
def test_the_tail_is_that_of_a_sorted_vector(scenarios: int, confidence: float):
    pnl = np.random.default_rng(scenarios).normal(size=(3, scenarios))
    k = tail_size(scenarios, confidence)
    worst = np.sort(pnl, axis=1)[:, :k]

    var, es = value_at_risk(pnl, confidence=confidence)

    assert var.tolist() == (-worst[:, -1]).tolist()
    np.testing.assert_allclose(es, -worst.mean(axis=1), rtol=1e-14)


def test_a_compiled_loop_gives_the_bits_of_the_same_python():
    pnl = np.random.default_rng(3).normal(size=(4, 200))
    compiled, plain = np.empty((2, 4)), np.empty((2, 4))

    insert_tails(pnl, np.empty(10), *compiled)
    insert_tails.py_func(pnl, np.empty(10), *plain)  # type: ignore[attr-defined]

    assert compiled.tobytes() == plain.tobytes()
