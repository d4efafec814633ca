"""Every compiled loop of the core."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from numba.core.dispatcher import Dispatcher

import state


def compiled_functions() -> Iterator[Dispatcher]:
    for module in pkgutil.walk_packages(state.__path__, "state."):
        names = vars(importlib.import_module(module.name)).values()
        yield from (value for value in names if isinstance(value, Dispatcher))


def loaded() -> set[str]:
    """Return every compiled loop that is loaded, with the kinds of arrays it is loaded for."""
    return {
        f"{loop.__module__}.{loop.__name__}{signature}"
        for loop in compiled_functions()
        for signature in loop.signatures
    }
