"""Tiles: one file a tile, with its template beside it."""
