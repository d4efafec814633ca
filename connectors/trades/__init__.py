"""Trades and other records as they come from outside, by whatever carries them."""
