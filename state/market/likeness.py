"""Objects that are like another but for some of what they hold."""

from __future__ import annotations

from typing import Any, TypeVar

Thing = TypeVar("Thing")


def alike(thing: Thing, **own: Any) -> Thing:
    """Return an object that shares everything with another but what is given.

    What is shared may be read by both and must be changed by neither.
    """
    other = object.__new__(type(thing))  # what ``copy`` does, by way of what can be pickled
    vars(other).update(vars(thing))
    vars(other).update(own)
    return other
