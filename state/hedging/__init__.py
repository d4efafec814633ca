"""The way out: the smallest standard blocks that bring a net open position back into its band."""
