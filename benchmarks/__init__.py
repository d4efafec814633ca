"""How fast the product is: latency of a trade, a day at full speed, the core alone."""
