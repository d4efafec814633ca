"""What the screens read of the policies in force: every clause, and how it stands."""

from __future__ import annotations

import msgspec

from state.screens.view import View


class ClauseRow(msgspec.Struct, kw_only=True):
    """One part of a policy that speaks of a number, a period, a list or a duty.

    Attributes:
        policy: label of the policy it stands in.
        clause: where the policy says it.
        part: what it is: ``tolerance``, ``trading limit``, ``credit limit``, ``limit``,
            ``market``, ``instrument``, ``agreement``, ``duty``, ``prohibition``, ``list``,
            ``figure``, ``period``, ``reference``, ``reading``.
        title: as people call it.
        says: the number that binds, or the words.
        sureness: ``certain``, ``likely`` or ``unknown``: whether the source is known to say so.
        note: why it is not certain; how it is read.
        state: of a limit the worst of its ``instances`` (``ok``, ``warn``, ``breach``,
            ``unknown``, ``not_applicable``, ``unread`` before a figure came); of what is asked
            before a trade the outcome of the newest check (``kept``, ``breached``, …), ``unasked``
            before one; of a duty ``owed`` or ``late``, else ``duty``; ``text`` for what no figure
            is held against.
        where: scope and period of the worst, the check and its trader, or until when a periodic
            duty is to be done.
        value, headroom: of the worst, or of that check; ready to read.
        instances, open: how many figures it holds, and how many of them are in breach.
        waived_until_ns: until when the breach of the worst is let be; 0 where it is not.
    """

    policy: str
    clause: str
    part: str
    id: str
    title: str
    says: str
    sureness: str
    note: str
    state: str
    where: str = ""
    value: str = ""
    headroom: str = ""
    instances: int = 0
    open: int = 0
    waived_until_ns: int = 0


class PolicyView(View, kw_only=True, tag="policy"):
    """Every clause of the policies in force: the written ones first, in the order of the source.

    Attributes:
        policies: their labels.
        at_ns: when the last interval ended before it was made; it is dear, and made in a rest, and
            to the second it would hang on when there was one.
    """

    policies: list[str]
    rows: list[ClauseRow]
    at_ns: int = 0
