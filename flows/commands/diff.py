"""``tieline diff``: the same day under two policies, side by side."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table as RichTable

from connectors.whole_file import write_whole
from flows.commands.options import AsJson, Day
from flows.commands.progress import reporting
from flows.commands.terminal import Terminal, printable
from flows.days import find_day
from flows.writable import require_writable_file
from state.errors import TielineError

if TYPE_CHECKING:
    from flows.diff import Alert, Difference, Side
    from state.limits.reading import Identity
    from state.reports.table import Report, Table, Value

EQUAL, DIFFERENT, TROUBLE = 0, 1, 2
"""Exit codes, as those of other tools that compare."""

_TWO = 2
_WIDTH = 180
"""Characters of a table where nobody says how wide it may be."""
_NONE = "–"
_CURE_NOTE = (
    "Cost to cure brings the rows in breach at the day's end back to their nearest edge, at the "
    "marks then: a purchase costs, a sale brings in (negative). A limit that is no tolerance "
    "of a net open position has none."
)


def diff(
    day: Day,
    *,
    policy: Annotated[
        list[Path],
        typer.Option(exists=True, dir_okay=False, help="Twice; once is against the day's own."),
    ],
    out: Annotated[Path | None, typer.Option(help="File to write too, .html or .csv.")] = None,
    as_json: AsJson = False,
) -> int:
    """Play a day under two policies: which alerts differ; 0 none, 1 some, 2 error."""
    from flows.diff import OWN, label_of, play
    from flows.diff import Difference as Found

    if len(policy) > _TWO:
        reason = f"--policy was given {len(policy)} times; a comparison is of two"
        raise typer.BadParameter(reason)
    if out is not None and out.suffix not in {".html", ".csv"}:
        reason = f"{out} ends neither in .html nor in .csv; name a file that does"
        raise typer.BadParameter(reason)
    folder, sides = find_day(day), []
    terminal = Terminal(as_json=as_json)
    try:
        for path in policy:
            label_of(path)
        if out is not None:
            require_writable_file(out)
        for side in _sides_of(policy):
            with reporting(folder, terminal, OWN if side is None else side.name) as report:
                sides.append(play(folder, side, report))
    except (TielineError, OSError) as error:
        return _trouble(error, terminal)
    found = Found(folder.name, sides[0].time_zone, (sides[0], sides[1]))
    _tell(found, terminal)
    try:
        if out is not None:
            _write(_report(found), out)
            terminal.say(f"wrote {out}")
    except OSError as error:
        return _trouble(error, terminal)
    return EQUAL if found.is_equal else DIFFERENT


def _trouble(error: Exception, terminal: Terminal) -> int:
    terminal.warn(f"tieline: {' '.join(str(error).split())}")
    return TROUBLE


def _sides_of(policies: list[Path]) -> list[Path | None]:
    return [*policies] if len(policies) == _TWO else [None, *policies]


def _tell(found: Difference, terminal: Terminal) -> None:
    changes = found.changes()
    counts = {
        word: sum(change == word for change, _ in changes)
        for word in ("appears", "vanishes", "moves")
    }
    a, b = found.sides
    terminal.record({"day": found.day, "policies": [a.label, b.label], "equal": not changes,
                     **counts})  # fmt: skip
    for change, identity in changes:
        terminal.record(_alert_record(found, change, identity))
    for limit in found.limits():
        terminal.record(_limit_record(found, limit))
    if terminal.as_json:
        return
    terminal.say(f"{found.day}: A is {a.label}, B is {b.label}", style="bold")
    for table in _report(found).tables:
        _print(table, terminal)
    told = ", ".join(f"{count} {word}" for word, count in counts.items())
    terminal.say(f"alerts: {told}" if changes else "the same alerts at the same times")


def _print(table: Table, terminal: Terminal) -> None:
    terminal.say(f"\n{table.title}")
    if not table.rows:
        terminal.say(table.empty)
        return
    shown = RichTable(box=None, pad_edge=False)
    for column in table.columns:
        shown.add_column(column.heading, justify="right" if column.unit else "left")
    for row in table.rows:
        shown.add_row(*(_word(value) for value in row))
    terminal.table(shown, width=_WIDTH)
    for note in table.notes:
        terminal.say(note, style="dim")


def _word(value: Value) -> str:
    if isinstance(value, str):
        return printable(value)
    return _NONE if math.isnan(value) else f"{value:,.0f}"


# The two tables ----------------------------------------------------------------------------------


def _report(found: Difference) -> Report:
    from state.reports.table import Column, Report, Table

    a, b = found.sides
    alerts = Table(
        title="Alerts that are not the same",
        columns=tuple(map(Column, ("", "Limit", "Scope", "Period", "Under A", "Under B"))),
        rows=tuple(_alert_row(found, *change) for change in found.changes()),
        empty="The same alerts came at the same times.",
        notes=("A moment is when the alert came first, on the market's clock.",),
    )
    limits = Table(
        title="Limits in breach",
        columns=(
            *map(Column, ("Limit", "Clause", "In breach, A", "In breach, B")),
            Column("Rows, A", "number"),
            Column("Rows, B", "number"),
            Column("Cost to cure, A", "$"),
            Column("Cost to cure, B", "$"),
        ),
        rows=tuple(_limit_row(found, limit) for limit in found.limits()),
        empty="No limit was in breach.",
        notes=(_CURE_NOTE, *_unknown_cures(found)),
    )
    return Report(
        name="diff",
        title=f"{found.day} under two policies",
        clause=f"A is {a.label}, B is {b.label}",
        company=found.day,
        as_of="its end",
        position=0,
        policies=(a.label, b.label),
        tables=(alerts, limits),
    )


def _alert_row(found: Difference, change: str, identity: Identity) -> tuple[Value, ...]:
    return change, *identity, *(_course(found, side.alerts.get(identity)) for side in found.sides)


def _course(found: Difference, alert: Alert | None) -> str:
    if alert is None:
        return _NONE
    times = f", {alert.begun} times" if alert.begun > 1 else ""
    breach = sum(end - begin for begin, end in alert.breaches)
    out = f", {_minutes(breach / 60e9)} in breach" if alert.breaches else ""
    return f"{_clock(found, alert.first_ns)} {alert.severity}{times}{out}"


def _clock(found: Difference, at_ns: int) -> str:
    moment = datetime.fromtimestamp(at_ns / 1e9, ZoneInfo(found.time_zone))
    return f"{moment:%H:%M:%S %Z}"


def _minutes(minutes: float) -> str:
    return f"{minutes:,.0f} min" if minutes >= 1.0 else f"{60.0 * minutes:.0f} s"


def _limit_row(found: Difference, limit: str) -> tuple[Value, ...]:
    clause = next(
        alert.clause for side in found.sides for (name, *_), alert in side.alerts.items()
        if name == limit
    )  # fmt: skip
    return (
        limit,
        clause,
        *(_out(side, limit) for side in found.sides),
        *(float(side.breached(limit)) for side in found.sides),
        *(_cost(side, limit) for side in found.sides),
    )


def _out(side: Side, limit: str) -> str:
    if not side.breached(limit):
        return _NONE
    if limit in side.nop_limits:
        days = side.days(limit)
        return f"{days} day{'s' if days > 1 else ''}"
    return _minutes(side.minutes(limit))


def _cost(side: Side, limit: str) -> float:
    cost = side.cure_usd(limit)
    return math.nan if cost is None else cost


def _unknown_cures(found: Difference) -> list[str]:
    reasons = {
        f"Cost to cure of {cure.limit} ({cure.scope}) is not known: {cure.reason}."
        for side in found.sides
        for cure in side.cures
        if cure.reason
    }
    return sorted(reasons)


def _write(report: Report, path: Path) -> None:
    from state.reports.table import as_csv, as_html

    write = as_html if path.suffix == ".html" else as_csv
    write_whole(path, write(report).encode())


# As JSON -----------------------------------------------------------------------------------------


def _alert_record(found: Difference, change: str, identity: Identity) -> dict[str, object]:
    limit, scope, period = identity
    a, b = (_alert(found, side.alerts.get(identity)) for side in found.sides)
    return {"alert": change, "limit": limit, "scope": scope, "period": period, "a": a, "b": b}


def _alert(found: Difference, alert: Alert | None) -> dict[str, object] | None:
    if alert is None:
        return None
    spans = [[_iso(found, begin), _iso(found, end)] for begin, end in alert.breaches]
    first = _iso(found, alert.first_ns)
    return {"first": first, "severity": alert.severity, "begun": alert.begun, "in_breach": spans}


def _iso(found: Difference, at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns / 1e9, ZoneInfo(found.time_zone)).isoformat()


def _limit_record(found: Difference, limit: str) -> dict[str, object]:
    a, b = (_limit(side, limit) for side in found.sides)
    return {"limit": limit, "a": a, "b": b}


def _limit(side: Side, limit: str) -> dict[str, object]:
    cost = side.cure_usd(limit)
    unknown = cost is not None and math.isnan(cost)
    return {
        "minutes_in_breach": round(side.minutes(limit), 3),
        "days_in_breach": side.days(limit) if limit in side.nop_limits else None,
        "rows_in_breach": side.breached(limit),
        "cost_to_cure_usd": None if unknown else cost,
    }
