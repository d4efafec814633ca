"""The net open positions of the written policy: energy, capacity, RPS, carbon-free (§4)."""
