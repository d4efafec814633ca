"""The pre-trade check: what a trade would do to every limit, and the sizes that pass."""
