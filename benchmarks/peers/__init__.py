"""What a desk would otherwise write or buy: other engines under W1, one file each.

A new peer is one file with a class of the protocol in ``peer.py`` and one line in
``registry.py``; every run is held against a recompute from scratch.
"""
