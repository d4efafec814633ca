"""``tieline report``: the reports of the risk policy, from the state alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connectors.whole_file import write_whole
from flows.commands.options import AsJson
from flows.commands.terminal import Terminal
from flows.days import find_day
from flows.writable import require_writable_file


def report(
    name: Annotated[str, typer.Argument(help="Which; a wrong name lists them.")],
    *,
    day: Annotated[str, typer.Option(help="A shipped day's name, or a folder in the same form.")],
    out: Annotated[Path, typer.Option(help="File to write, .html or .csv.")],
    until: Annotated[str, typer.Option(help="Market-local HH:MM, else the day's end.")] = "",
    as_json: AsJson = False,
) -> int:
    """Write a report of a day as it stands at its end, or at a moment of it."""
    from connectors.log.day_folder import local_moment_ns
    from connectors.log.days import Day
    from flows.fold import fold
    from state.reports import REPORTS
    from state.reports.table import as_csv, as_html

    if name not in REPORTS:
        reason = f"there is no report {name!r}; take one of {', '.join(REPORTS)}"
        raise typer.BadParameter(reason)
    write = {".html": as_html, ".csv": as_csv}.get(out.suffix)
    if write is None:
        reason = f"{out} ends neither in .html nor in .csv; name a file that does"
        raise typer.BadParameter(reason)
    opened = Day.open(find_day(day))
    require_writable_file(out)
    until_ns = local_moment_ns(opened.manifest, until) if until else None
    company, _ = fold(opened, until_ns=until_ns)
    made = REPORTS[name](company)
    write_whole(out, write(made).encode())
    terminal = Terminal(as_json=as_json)
    rows = sum(len(table.rows) for table in made.tables)
    terminal.record({"report": name, "as_of": made.as_of, "rows": rows, "file": str(out)})
    terminal.say(f"wrote {out}: {made.title} as of {made.as_of}, {rows} rows")
    return 0
