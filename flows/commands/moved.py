"""What moved between two log positions, as lines to read and as one JSON record."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from state.moments import from_ns

if TYPE_CHECKING:
    from flows.moved import Stretch
    from state.explain.between import Moved
    from state.explain.views import MoveRow, SplitRow


def record_of(stretch: Stretch) -> dict[str, object]:
    """Return a stretch as plain values: every driver by book, with the firm."""
    between = stretch.between
    return {
        "from_position": stretch.from_position,
        "to_position": stretch.to_position,
        "from": _iso(stretch.from_ns, stretch.time_zone),
        "to": _iso(stretch.to_ns, stretch.time_zone),
        "drivers": [_moved(moved, between.books) for moved in between.moved],
        "total": _moved(between.total, between.books),
        "unexplained_usd": dict(zip(between.books, between.unexplained_usd.tolist(), strict=True)),
        "prices": [
            {"market": s.market, "run": s.run, "hub": s.hub, "block": s.block, "usd": s.usd}
            for s in between.splits
        ],
        "largest": [
            {
                "position": move.position,
                "at": _iso(move.at_ns, stretch.time_zone),
                "driver": move.driver,
                "key": move.key,
                "text": move.text,
                "usd": move.usd,
                "open_mwh": move.open_mwh,
                "var_usd": move.var_usd,
            }
            for move in between.largest
        ],
    }


def _iso(at_ns: int, time_zone: str) -> str:
    return from_ns(at_ns).astimezone(ZoneInfo(time_zone)).isoformat()


def _moved(moved: Moved, books: list[str]) -> dict[str, object]:
    return {
        "driver": moved.driver,
        "usd": dict(zip(books, moved.usd.tolist(), strict=True)),
        "open_mwh": moved.open_mwh,
        "var_usd": dict(zip(books, moved.var_usd.tolist(), strict=True)),
    }


def lines_of(stretch: Stretch) -> list[str]:
    """Write a stretch: the firm by driver, each book that moved, prices by hub, big messages."""
    between = stretch.between
    whole = [*between.moved, between.total]
    lines = [
        f"From log position {stretch.from_position} ({_clock(stretch.from_ns, stretch)}) "
        f"to {stretch.to_position} ({_clock(stretch.to_ns, stretch)})",
        "",
        f"{'firm':<24}{'P&L $':>16}{'open MWh':>14}{'VaR $':>14}",
        *(_firm_line(moved) for moved in whole),
        f"{'unexplained':<24}{between.unexplained_usd[-1]:>+16,.2f}",
    ]
    books = [line for book in range(len(between.books) - 1) for line in _book_lines(stretch, book)]
    lines += _section("P&L by book, $", books)
    lines += _section("What prices moved, $", [_split_line(split) for split in between.splits])
    largest = [_move_line(move, stretch) for move in between.largest]
    return lines + _section("The biggest messages", largest)


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *lines] if lines else []


def _clock(at_ns: int, stretch: Stretch) -> str:
    local = from_ns(at_ns).astimezone(ZoneInfo(stretch.time_zone))
    return f"{local:%Y-%m-%d %H:%M:%S %Z}" if at_ns else "before the first tick"


def _firm_line(moved: Moved) -> str:
    usd, var_usd = float(moved.usd[-1]), float(moved.var_usd[-1])
    return f"{moved.driver:<24}{usd:>+16,.2f}{moved.open_mwh:>+14,.1f}{var_usd:>+14,.0f}"


def _book_lines(stretch: Stretch, book: int) -> list[str]:
    between = stretch.between
    parts = [
        f"{moved.driver} {moved.usd[book]:+,.2f}" for moved in between.moved if moved.usd[book]
    ]
    if not parts:
        return []
    return [f"{between.books[book]}: {between.total.usd[book]:+,.2f} = {', '.join(parts)}"]


def _split_line(split: SplitRow) -> str:
    hub, block = split.hub or "no hub", split.block.replace("_", "-")
    return f"{split.market} {split.run} {hub} {block}: {split.usd:+,.2f}"


def _move_line(move: MoveRow, stretch: Stretch) -> str:
    return (
        f"{move.usd:+,.2f} $, {move.open_mwh:+,.1f} MWh, VaR {move.var_usd:+,.0f} $: {move.text} "
        f"[{move.key}] ({move.driver}, log position {move.position}, {_clock(move.at_ns, stretch)})"
    )
