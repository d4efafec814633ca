"""``tieline doctor``: what is configured, reachable, stale or unsafe."""

from __future__ import annotations

from flows.commands.options import AsJson, Config
from flows.commands.terminal import Terminal
from flows.doctor import Finding, examine
from flows.settings import load_settings

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(*, config: Config = None, as_json: AsJson = False) -> int:
    """Say what is configured, reachable or unsafe."""
    terminal = Terminal(as_json=as_json)
    findings = examine(load_settings(config))
    for finding in findings:
        _show(finding, terminal)
    return 2 if any(finding.state != "ok" for finding in findings) else 0


def _show(finding: Finding, terminal: Terminal) -> None:
    terminal.record(finding._asdict())
    remedy = f"; {finding.remedy}" if finding.remedy else ""
    line = f"{finding.state:<5} {finding.subject:<12} {finding.says}{remedy}"
    terminal.say(line, style=_STYLES[finding.state])
