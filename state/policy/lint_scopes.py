"""Scopes that a limit names and that nobody knows: misspelt, it binds nothing there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches

from state.limits import credit
from state.messages import FIRM
from state.policy.remarks import Concern, Remark
from state.policy.schema import Limit, LimitPolicy

Known = Mapping[str, Collection[str]]
"""The names there are, by what they name; what is not known, as in a file alone, is left out."""

_OF_BOOKS = ("stop_loss", "var", "var_exceptions", "var_conditional_coverage")
_NAMED: dict[str, str] = {
    "coverage": FIRM,
    **dict.fromkeys(_OF_BOOKS, "book"),
    **dict.fromkeys(("price_spike", "spread_spike"), "hub"),
    **dict.fromkeys((rule.name for rule in credit.RULES), "counterparty"),
    "drift": "figure",
}
"""What the scopes of a rule name; those of the others are made of what comes, or are feeds."""

_MOST_LISTED = 8


def unknown_scopes(policy: LimitPolicy, known: Known) -> Iterator[Remark]:
    """Yield the scopes of limits that are none of those there are, and limits without one.

    Args:
        policy: whose limits.
        known: the names there are.
    """
    reached = {what: frozenset(_reached(names)) for what, names in known.items()}
    for limit in policy.limits:
        if not limit.scopes:
            said = "it has no scope; name some, or leave scopes out for all"
            yield Remark(Concern.GAP, "no scope", limit.clause, limit.id, said, "it binds nothing")
        what = _NAMED.get(limit.rule, "")
        for scope in _scopes(limit) if what in known else ():
            if scope not in reached[what]:
                said = f"no {what} is called {scope}; {_meant(scope, known[what])}"
                holds = "it binds nothing there"
                yield Remark(Concern.GAP, "unknown scope", limit.clause, limit.id, said, holds)


def _scopes(limit: Limit) -> Iterable[str]:
    """Return the scopes that a limit names, each once."""
    named = () if limit.scopes == "all" else limit.scopes
    return dict.fromkeys((*named, *(own.scope for own in limit.own)))


def _reached(names: Iterable[str]) -> Iterator[str]:
    """Yield by what names a limit reaches scopes (:func:`state.policy.schema.is_named`)."""
    for name in names:
        parts = name.split("/")
        yield from ("/".join(parts[number:]) for number in range(len(parts)))


def _meant(scope: str, names: Collection[str]) -> str:
    """Say which name may be meant, and those there are.

    >>> _meant("frim", ("load", "firm"))
    'did you mean firm? There are firm, load'
    """
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(scope.casefold(), folded, n=1, cutoff=0.5)
    begun = f"did you mean {folded[near[0]]}? There are" if near else "there are"
    listed = sorted(names)[:_MOST_LISTED]
    more = f" and {len(names) - len(listed)} more" if len(names) > len(listed) else ""
    return f"{begun} {', '.join(listed)}{more}"
