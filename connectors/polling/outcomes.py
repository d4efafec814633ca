"""What an answer is: data, no data yet, an error, throttled, corrupt, or no answer at all."""

from __future__ import annotations

import re

from connectors.isos.faults import Refused, Throttled
from state.errors import NoDataYet, ParseError
from state.messages import FeedOutcome

NOT_MODIFIED = 304
_ABSENT = 404
_THROTTLED = (429, 503)
_GOOD = range(200, 300)
_REDIRECTS = range(300, 400)


def outcome_of_status(
    status: int, *, may_be_absent: bool = False
) -> tuple[FeedOutcome | None, str]:
    """Tell what a status says of an answer, and in words; None where the body has to say it.

    Args:
        status: of HTTP.
        may_be_absent: what is asked for may not be there yet.

    >>> outcome_of_status(302)
    (<FeedOutcome.ERROR: 'error'>, 'status 302: redirects are not followed')
    >>> outcome_of_status(404, may_be_absent=True)
    (<FeedOutcome.NO_DATA: 'no data yet'>, 'status 404: not there yet')
    """
    if status == NOT_MODIFIED:
        return FeedOutcome.NO_DATA, "unchanged since the last answer"
    if status == _ABSENT and may_be_absent:
        return FeedOutcome.NO_DATA, f"status {status}: not there yet"
    if status in _THROTTLED:
        return FeedOutcome.THROTTLED, f"status {status}: asked too often"
    if status in _REDIRECTS:
        return FeedOutcome.ERROR, f"status {status}: redirects are not followed"
    if status not in _GOOD:
        return FeedOutcome.ERROR, f"status {status}"
    return None, ""


def detail_of_fault(fault: ParseError | NoDataYet) -> str:
    """Return what a fault says besides its outcome, which is told beside it.

    >>> detail_of_fault(NoDataYet("no data yet (ERR_CODE 1000: No data)", where="x", remedy="y"))
    'ERR_CODE 1000: No data'
    """
    said = re.fullmatch(rf"{outcome_of_fault(fault)} \((.*)\)", fault.what, re.DOTALL)
    return said[1] if said else fault.what


def outcome_of_fault(fault: ParseError | NoDataYet) -> FeedOutcome:
    """Tell what a body is that gave no messages."""
    match fault:
        case NoDataYet():
            return FeedOutcome.NO_DATA
        case Throttled():
            return FeedOutcome.THROTTLED
        case Refused():
            return FeedOutcome.ERROR
        case _:
            return FeedOutcome.CORRUPT
