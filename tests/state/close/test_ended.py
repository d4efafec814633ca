"""The ends of days, as they are saved."""

from __future__ import annotations

import numpy as np

from state.close.ended import DayEnd
from state.market.unmarked import Lacking
from state.wire import decode_state, encode_state


def test_a_day_that_lacks_a_mark_after_a_restart_is_saved_as_without_one():
    none = np.zeros(2)
    whole = DayEnd(none, none, none, none, Lacking([], none, none))
    part = DayEnd.restore(decode_state(encode_state(whole.saved())))
    for end in (whole, part):
        end.lacking = end.lacking._replace(here=[("HUB on 2026-07-01", 10.0)])

    assert encode_state(part.saved()) == encode_state(whole.saved())
