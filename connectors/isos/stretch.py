"""The stretch that a body was asked for, in its name: what else it holds is left to other bodies.

A file of a forecast looks days ahead, and the file of a later day knows those days better.
Whichever is read last, an interval has the value of its own file: live, and from a recording. Of
several issues in a body it has the last, or each look at the same body would go through them all.
"""

from __future__ import annotations

import re

from connectors.isos.parsed import Parsed
from state.messages import AreaVolume, PricePublication
from state.moments import SECOND_NS

_NAMED = re.compile(r"\bof-(-?\d+)-(-?\d+)-", re.ASCII)


def stretch_name(first_ns: int, last_ns: int) -> str:
    """Return what the name of a body has of the stretch it was asked for.

    >>> stretch_name(0, 3600 * 10**9)
    'of-0-3600'
    """
    return f"of-{first_ns // SECOND_NS}-{last_ns // SECOND_NS}"


def of_its_stretch(parsed: Parsed, where: str) -> Parsed:
    """Leave out what a body was not asked for, and former issues, where its name says what it was.

    Args:
        parsed: what it holds.
        where: its name.
    """
    found = _NAMED.search(where)
    if found is None:
        return parsed
    first_ns, last_ns = (int(second) * SECOND_NS for second in found.groups())
    last_of = {
        message.key: message
        for message in parsed.messages
        if not isinstance(message, PricePublication | AreaVolume)
        or first_ns <= message.interval_start_ns < last_ns
    }
    return parsed._replace(messages=[*last_of.values()])
