"""How well two colours are told apart: WCAG 2.2, 1.4.3."""

from __future__ import annotations

READABLE = 4.5
"""WCAG 2.2, 1.4.3, of text below 18 pt."""

Rgb = tuple[float, ...]


def rgb(colour: str) -> Rgb:
    return tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))


def luminance(colour: Rgb) -> float:
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in colour
    ]
    return sum(part * each for part, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: Rgb, other: Rgb) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
