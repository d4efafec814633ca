"""What the address of a page says of it: everything a person chose, so that it can be passed on."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dashboards.pages import PAGES
from dashboards.tiles.moved import CHOICES, LOG
from dashboards.tiles.tile import Choice

LONGEST_WORD = 200
LONGEST_POSITION = 15
_KEPT = (
    "page", "theme", "kiosk", "day", "rows", "since", "market", "case", "scenario", "find", "sort",
)  # fmt: skip
_DEFAULT = Choice()


def choice_of(arguments: Mapping[str, list[bytes]]) -> Choice:
    """Read an address's query; anything unknown is the default.

    >>> choice_of({"page": [b"risk"], "theme": [b"pink"]}).page
    'risk'
    """
    asked = {name: values[0].decode(errors="replace") for name, values in arguments.items()}
    since = asked.get("since", "")
    return Choice(
        page=asked["page"] if asked.get("page") in PAGES else _DEFAULT.page,
        theme="light" if asked.get("theme") == "light" else "dark",
        kiosk=asked.get("kiosk") == "1",
        day=1 if asked.get("day") == "1" else 0,
        rows="book" if asked.get("rows") == "book" else "location",
        since=since if is_moment(since) else _DEFAULT.since,
        market=asked.get("market", "")[:LONGEST_WORD],
        case=asked.get("case", "")[:LONGEST_WORD],
        scenario=asked.get("scenario", "")[:LONGEST_WORD],
        find=asked.get("find", "")[:LONGEST_WORD],
        sort=asked.get("sort", _DEFAULT.sort)[:LONGEST_WORD],
    )


def query_of(choice: Choice) -> str:
    """Write what was chosen as a query, without what is as it is by itself.

    >>> query_of(Choice(page="risk", theme="light", day=1))
    'page=risk&theme=light&day=1'
    """
    told = {name: getattr(choice, name) for name in _KEPT}
    other = {name: word for name, word in told.items() if word != getattr(_DEFAULT, name)}
    words = {name: int(word) if word is True else word for name, word in other.items()}
    return urlencode({"page": choice.page, **words})


def is_moment(since: str) -> bool:
    """Say whether what moved can be told since this: one of the choices, or a log position.

    >>> is_moment("900"), is_moment("log 1283000"), is_moment("log yesterday"), is_moment("7")
    (True, True, False, False)
    """
    number = since.removeprefix(LOG)
    is_position = number.isascii() and number.isdecimal() and len(number) <= LONGEST_POSITION
    return since in dict(CHOICES) or (since.startswith(LOG) and is_position)
