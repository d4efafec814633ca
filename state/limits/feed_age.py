"""Age of a feed: how old its newest publication is, against its expected cadence."""

from __future__ import annotations

from state.limits.edges import Edge
from state.limits.rule import Rule

RULE = Rule(
    name="feed_age",
    figure="feed_age",
    unit="s",
    edges=(Edge.CEILING,),
    subject=lambda scope, _: f"Age of {scope}",
    how="last tick less the newest interval; the limit is the feed's stale_after_seconds",
    is_feed=True,
)
