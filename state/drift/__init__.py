"""Drift: the running figures against a full recompute, slice by slice."""
