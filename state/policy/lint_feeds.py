"""Feeds that a policy expects and that nobody brings: misspelt, they are never old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from state.policy.remarks import Concern, Remark
from state.policy.schema import LimitPolicy, is_named

_OF_TRADES = "trades/"
"""Feeds of trades are called as their house likes."""


def unknown_feeds(policy: LimitPolicy, known: Iterable[str]) -> Iterator[Remark]:
    """Yield the feeds of a policy that are not among those there are.

    Args:
        policy: what is expected.
        known: the feeds there are, as ``RTD`` or ``caiso/RTD``.
    """
    names = tuple(known)
    for feed in policy.feeds:
        own = feed.feed
        if own.startswith(_OF_TRADES) or any(is_named(name, own) for name in names):
            continue
        what = f"no feed is called so; {_meant(own, names)}"
        holds = "its age is watched only once a feed of that name comes"
        yield Remark(Concern.GAP, "unknown feed", "feeds", own, what, holds)


def _meant(name: str, known: tuple[str, ...]) -> str:
    """Say which feed may be meant, and those there are.

    >>> _meant("rdt", ("RTD", "DA", "caiso/RTD"))
    'did you mean RTD? There are DA, RTD, each also as MARKET/…'
    """
    by_folded = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.5)
    meant = f"did you mean {by_folded[near[0]]}? " if near else ""
    kinds = sorted(dict.fromkeys(each for each in known if "/" not in each))
    return f"{meant}There are {', '.join(kinds)}, each also as MARKET/…"
