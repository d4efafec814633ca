"""``tieline doctor``: what is configured, reachable, stale or unsafe."""

from __future__ import annotations

from collections.abc import Iterator

from flows.commands.options import AsJson, Config, Live, LiveFile
from flows.commands.terminal import Terminal
from flows.doctor import Finding, examine
from flows.feed_check import feed_findings, trade_findings
from flows.live_file import read_live_file
from flows.settings import Settings, load_settings

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    *,
    live: Live = None,
    live_file: LiveFile = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Say what is configured, reachable or unsafe; with --live also ask each feed once."""
    terminal, states = Terminal(as_json=as_json), set()
    settings = load_settings(config, live=live, live_file=live_file)
    for finding in _findings(settings):
        _show(finding, terminal)
        states.add(finding.state)
    return 2 if states - {"ok"} else 0


def _findings(settings: Settings) -> Iterator[Finding]:
    yield from examine(settings)
    if settings.live_markets:
        file = read_live_file(settings.live_file, settings.live_markets)
        yield from feed_findings(file)
        yield from trade_findings(file)


def _show(finding: Finding, terminal: Terminal) -> None:
    terminal.record(finding._asdict())
    remedy = f"; {finding.remedy}" if finding.remedy else ""
    line = f"{finding.state:<5} {finding.subject:<12} {finding.says}{remedy}"
    terminal.say(line, style=_STYLES[finding.state])
