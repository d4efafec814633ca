"""Days to replay, and the generator that writes them (docs/days.md)."""
