"""The feeds there are: of every kind of message, of every market, of every live feed."""

from __future__ import annotations

from connectors.isos import MARKETS
from connectors.polling.feed_names import LIVE_FEEDS
from state.intake.references import FEED_KINDS

_KINDS = tuple(dict.fromkeys((*FEED_KINDS, *LIVE_FEEDS, "inbox")))


def feed_names() -> tuple[str, ...]:
    """Return every feed this release can bring, with and without its market."""
    return (*_KINDS, *(f"{market}/{kind}" for market in MARKETS for kind in _KINDS))
