"""Duties of the written policy: what calls for them, who owes them by when, what is late."""
