"""Proof: the digest of a run, and what it is made of."""
