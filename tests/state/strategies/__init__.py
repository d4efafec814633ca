"""Random days in small worlds: every kind of message, in every order the log can hold.

A day is drawn as a list of steps, each a small recipe relative to the clock ("the real-time
prices of the last five intervals, one location missing"), so that a failing day shrinks to the
few steps that matter. Numbers are small integers for the same reason.
"""

from __future__ import annotations

from tests.state.strategies.drawing import THOROUGH, examples, fold
from tests.state.strategies.logs import logs, told_in_words

__all__ = ["THOROUGH", "examples", "fold", "logs", "told_in_words"]
