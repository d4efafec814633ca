"""``tieline policy``: the policy in force clause by clause, what is unsettled in it, its schema."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from connectors.isos import MARKETS
from flows.commands.options import AsJson, Config, Run
from flows.commands.terminal import Terminal, printable
from flows.feed_names import feed_names
from flows.policy_file import read_policy
from state.messages import FIRM
from state.policy.documents import FORMS, AnyPolicy, json_schema, read
from state.policy.lint import lint, lint_limits
from state.policy.lint_scopes import Known
from state.policy.remarks import Remark
from state.policy.risk_policy import RiskPolicy
from state.policy.schema import LimitPolicy
from state.scope_names import OF_EVERY_HOUSE, scope_names

if TYPE_CHECKING:
    from rich.table import Table

_OK, _FINDINGS = 0, 2
_LAST_YEAR = 9900
"""What a policy's periods are on a date lies some years after it."""

app = typer.Typer(help="The policy in force; what is unconfirmed in it; the form of its file.")

File = Annotated[
    Path | None,
    typer.Argument(exists=True, dir_okay=False, help="A policy as YAML; else those in force."),
]
Replayed = Annotated[
    str, typer.Option(help="Those in force at the end of this day, instead of a run's.")
]


@app.command()
def show(
    file: File = None,
    *,
    on: Annotated[str, typer.Option(help="Show what each period is on this date.")] = "",
    replayed: Replayed = "",
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Print a policy clause by clause: of a file, of a day, or those of a run's log."""
    terminal = Terminal(as_json=as_json)
    day = _date(on) if on else None
    for policy in _policies(file, replayed, run=run, config=config)[0]:
        terminal.record({"policy": policy.label, **msgspec.to_builtins(policy)})
        for line in _head(policy):
            terminal.say(printable(line), style="bold")
        if not as_json:
            for table in _tables(policy, day):
                terminal.console.print(table, soft_wrap=False)
                terminal.say("")
    return _OK


@app.command("load")
def load_policy(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A policy as YAML, to be in force.")
    ],
    *,
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Put a policy in force in a run that goes on; exit code 2 when the core refused it."""
    from flows.policy_change import change_policy
    from flows.runs import with_run
    from flows.settings import load_settings
    from flows.store_reach import reach_store

    settings = with_run(load_settings(config, run=run))
    change = change_policy(reach_store(settings), settings.run, file)
    terminal = Terminal(as_json=as_json)
    terminal.record(change._asdict())
    if change.refused:
        terminal.say(printable(f"REFUSED: {change.refused}"))
        terminal.say("what was in force is untouched; the refusal is an alert (data limits §3)")
        return _FINDINGS
    if not change.position:
        terminal.say(printable(f"{change.label} is what the log has already; nothing was sent"))
    elif change.read:
        terminal.say(printable(f"{change.label} is in force from log {change.position:,} on"))
    else:
        said = f"{change.label} is in the log at {change.position:,}; the monitor has not read it"
        terminal.say(printable(f"{said}: see `tieline log dead` and the clock's policies later"))
    return _OK


@app.command("lint")
def lint_policy(
    file: File = None,
    *,
    replayed: Replayed = "",
    run: Run = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """List what is contradictory, missing, unconfirmed or open in a policy (exit code 2)."""
    terminal = Terminal(as_json=as_json)
    unsettled = 0
    policies, came, names = _policies(file, replayed, run=run, config=config)
    for policy in policies:
        remarks = _remarks(policy, came, names)
        unsettled += len(remarks)
        for remark in remarks:
            terminal.record({"policy": policy.label, **remark._asdict()})
        terminal.say(f"{policy.label}: {len(remarks)} to settle{_counts(remarks)}", style="bold")
        for line in _lines(remarks):
            terminal.say(printable(line))
    return _FINDINGS if unsettled else _OK


@app.command()
def schema(
    form: Annotated[str, typer.Argument(help=f"One of {', '.join(FORMS)}.")] = "risk-policy",
) -> int:
    """Print the JSON Schema of a file of policies."""
    if form not in FORMS:
        reason = f"{form!r} is no form; use one of {', '.join(FORMS)}"
        raise typer.BadParameter(reason)
    sys.stdout.write(schema_text(form))
    return _OK


def schema_text(form: str) -> str:
    """Return a JSON Schema as it stands in ``docs/``."""
    return json.dumps(json_schema(form), ensure_ascii=False, indent=2) + "\n"


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if day.year > _LAST_YEAR:
        reason = f"--on {text}: a date as 2026-09-08"
        raise typer.BadParameter(reason)
    return day


def _policies(
    file: Path | None, replayed: str, **options: Any
) -> tuple[list[AnyPolicy], tuple[str, ...], Known]:
    """Return the policies of a file, or those in force, the feeds that came and the names known."""
    if file is not None:
        if replayed:
            reason = "a file and --replayed name two policies; leave one out"
            raise typer.BadParameter(reason)
        firms = [FIRM, *(f"{market}/{FIRM}" for market in MARKETS)]
        return [read_policy(file)[0]], (), {**OF_EVERY_HOUSE, FIRM: firms}
    from flows.standing import company_of

    desk = company_of(replayed, **options).desk
    policies = [read(message.source) for message in desk.policy_messages.values()]
    return policies, tuple(desk.feeds.records), scope_names(desk)


def _head(policy: AnyPolicy) -> list[str]:
    lines = [f"{policy.label}: {policy.title}"]
    if isinstance(policy, RiskPolicy):
        own = policy.source
        lines.append(f"in force from {policy.effective}; {own.document}, {own.pages} pages")
    return [*lines, ""]


def _tables(policy: AnyPolicy, on: date | None) -> list[Table]:
    from flows.policy_tables import LEGEND, table_of_limits, tables_of

    if isinstance(policy, RiskPolicy):
        tables = list(tables_of(policy, on=on))
        tables[-1].caption, tables[-1].caption_justify = LEGEND, "left"
        return tables
    return [table_of_limits(policy)] if isinstance(policy, LimitPolicy) else []


def _remarks(policy: AnyPolicy, came: tuple[str, ...], names: Known) -> list[Remark]:
    if isinstance(policy, RiskPolicy):
        return lint(policy)
    feeds = (*feed_names(), *came)
    return lint_limits(policy, feeds, names) if isinstance(policy, LimitPolicy) else []


def _lines(remarks: list[Remark]) -> list[str]:
    return [
        f"  {each.concern}, {each.rule}: {each.at}, {each.id}: {each.what}; {each.holds}"
        for each in remarks
    ]


def _counts(remarks: list[Remark]) -> str:
    concerns = [remark.concern for remark in remarks]
    counts = [f"{concerns.count(each)} {each}" for each in dict.fromkeys(concerns)]
    return f" ({', '.join(counts)})" if counts else ""
