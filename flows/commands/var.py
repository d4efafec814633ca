"""``tieline var``: every VaR method side by side on a validator's own files."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from connectors.factor_files import FactorTable, read_exposures, read_history, require_positive
from flows.commands.options import AsJson
from flows.commands.terminal import Terminal, printable
from state.errors import ConfigError
from state.risk import MEASURES
from state.risk.changes import Changes, Coverage, sample_of
from state.risk.conventions import QuantileRule, TailRule
from state.risk.measure import Divisor, MeanRule, RiskFigure, Settings, TailFit, figure
from state.risk.sample import Scaling
from state.risk.unweighted import thin_tail

_OK, _FINDINGS = 0, 2
_GAPS_SHOWN = 3


def var(
    *,
    history: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, help="CSV: date, then one column of levels a factor."
        ),
    ],
    exposures: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, help="CSV: factor,amount; MWh, or money if relative."
        ),
    ],
    changes: Annotated[Changes, typer.Option(help="Of levels.")] = Changes.ABSOLUTE,
    confidence: Annotated[float, typer.Option(help="Of VaR and ES.")] = 0.99,
    window: Annotated[
        int | None,
        typer.Option(min=2, help="Last changes; all by default. More than there are: a finding."),
    ] = None,
    holding_days: Annotated[int, typer.Option(min=1, help="In dates of the history.")] = 1,
    scaling: Annotated[Scaling, typer.Option(help="To the holding period.")] = Scaling.OBSERVED,
    quantile: Annotated[QuantileRule, typer.Option(help="How VaR is read.")] = QuantileRule.LOWER,
    tail: Annotated[TailRule, typer.Option(help="How ES is read.")] = TailRule.MEAN,
    lambda_age: Annotated[float, typer.Option(help="Age-weighted.")] = 0.995,
    lambda_ewma: Annotated[float, typer.Option(help="Of every EWMA volatility.")] = 0.94,
    garch_alpha: Annotated[
        float | None, typer.Option(help="Of the GARCH filter; fitted by default.")
    ] = None,
    garch_beta: Annotated[
        float | None, typer.Option(help="Of the GARCH filter; fitted by default.")
    ] = None,
    divisor: Annotated[Divisor, typer.Option(help="Of sample covariances.")] = Divisor.N,
    mean: Annotated[MeanRule, typer.Option(help="Of parametric P&L.")] = MeanRule.ZERO,
    threshold: Annotated[
        float | None, typer.Option(help="Loss in money beyond which the extreme tail is fitted.")
    ] = None,
    threshold_share: Annotated[
        float | None, typer.Option(help="The share of scenarios beyond it, in its place.")
    ] = None,
    tail_fit: Annotated[TailFit, typer.Option(help="Of the extreme-value tail.")] = TailFit.MLE,
    paths: Annotated[int, typer.Option(help="Of the Monte Carlo.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Of the Monte Carlo.")] = 1,
    as_json: AsJson = False,
) -> int:
    """Print VaR and ES of every method on your own history and exposures."""
    settings = _settings(
        confidence=confidence,
        quantile=quantile,
        tail=tail,
        lambda_age=lambda_age,
        lambda_ewma=lambda_ewma,
        garch_alpha=garch_alpha,
        garch_beta=garch_beta,
        divisor=divisor,
        mean=mean,
        threshold_usd=threshold,
        threshold_share=threshold_share,
        tail_fit=tail_fit,
        paths=paths,
        seed=seed,
    )
    table = read_history(history)
    amounts = read_exposures(exposures, table)
    if changes is Changes.RELATIVE:
        require_positive(table, amounts)
    coverage = sample_of(
        table.dates,
        dict(zip(table.factors, table.levels, strict=True)),
        amounts,
        changes=changes,
        window=window,
        holding_days=holding_days,
        scaling=scaling,
    )
    figures = [figure(measure, coverage.sample, settings) for measure in MEASURES.values()]
    findings = _findings(coverage, table, figures)
    terminal = Terminal(as_json=as_json)
    terminal.record(_as_record(figures, coverage, changes, findings))
    _show(terminal, figures, coverage, changes, findings)
    return _FINDINGS if findings else _OK


def _settings(**options: Any) -> Settings:
    try:
        return Settings(**options)
    except ConfigError as error:
        raise typer.BadParameter(str(error)) from error


def _findings(coverage: Coverage, table: FactorTable, figures: list[RiskFigure]) -> list[str]:
    found = [_short(coverage)]
    found.extend(
        f"not covered: {factor}, {reason}; VaR and ES are incomplete"
        for factor, reason in coverage.uncovered.items()
    )
    found.extend(_gap(factor, table.gaps(factor, coverage.first)) for factor in coverage.covered)
    thin = thin_tail(coverage.sample.size, figures[0].confidence)
    found.append(f"too little history: {thin}" if thin else "")
    found.extend(f"{each.method}: {each.note}" for each in figures if math.isnan(each.var_usd))
    return [line for line in found if line]


def _short(coverage: Coverage) -> str:
    asked, there = coverage.sample.window, coverage.history
    if asked == there:
        return ""
    return (
        f"a window of {asked} changes was asked for and the history has {there}: all of them are "
        "used; give a longer history or a smaller --window"
    )


def _gap(factor: str, gaps: list[str]) -> str:
    if not gaps:
        return ""
    more = f" and {len(gaps) - _GAPS_SHOWN} more" if len(gaps) > _GAPS_SHOWN else ""
    shown = ", ".join(gaps[:_GAPS_SHOWN])
    return f"{factor} is empty in {shown}{more}: its dates are left out; fill it in"


def _as_record(
    figures: list[RiskFigure], coverage: Coverage, changes: Changes, findings: list[str]
) -> dict[str, object]:
    first = figures[0]
    return {
        "changes": str(changes),
        "confidence": first.confidence,
        "holding_days": first.holding_days,
        "holding": first.holding,
        "window": first.window,
        "history": coverage.history,
        "scenarios": first.scenarios,
        "oldest": first.oldest,
        "newest": first.newest,
        "left_out": list(coverage.left_out),
        "complete": not coverage.uncovered,
        "uncovered": coverage.uncovered,
        "findings": findings,
        "methods": [_without_nan(asdict(each)) for each in figures],
    }


def _without_nan(content: dict[str, object]) -> dict[str, object]:
    # JSON knows no NaN and no infinity.
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in content.items()
    }


def _show(
    terminal: Terminal,
    figures: list[RiskFigure],
    coverage: Coverage,
    changes: Changes,
    findings: list[str],
) -> None:
    first = figures[0]
    terminal.say(
        f"VaR and ES at {first.confidence * 100:g} %, held {first.holding}, {changes} changes, "
        "positive = loss"
    )
    terminal.say(
        f"{first.scenarios} scenarios of a window of {first.window}{_of_there(coverage)}, "
        f"{first.oldest or '–'} to {first.newest or '–'}, {len(coverage.left_out)} left out; "
        f"{len(coverage.covered)} of {len(coverage.covered) + len(coverage.uncovered)} "
        f"factors covered{'' if not coverage.uncovered else ': INCOMPLETE'}"
    )
    if not terminal.as_json:
        terminal.console.print(_table(figures), soft_wrap=False)
    for finding in findings:
        terminal.warn(printable(finding))


def _of_there(coverage: Coverage) -> str:
    short = coverage.history < coverage.sample.window
    return f" asked for, {coverage.history} in the history" if short else ""


def _table(figures: list[RiskFigure]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("method", no_wrap=True)
    table.add_column("VaR", justify="right", no_wrap=True)
    table.add_column("ES", justify="right", no_wrap=True)
    table.add_column("with", overflow="fold")
    for each in figures:
        words = ", ".join(f"{name} {value}" for name, value in each.settings.items())
        noted = f"{words}; {each.note}" if each.note else words
        table.add_row(each.method, _money(each.var_usd), _money(each.es_usd), noted)
    return table


def _money(usd: float) -> str:
    """Write an amount, without a sign what rounds to nothing.

    >>> _money(-1234.5), _money(-0.001), _money(math.nan)
    ('-1,234.50', '0.00', '–')
    """
    if math.isnan(usd):
        return "–"
    return "infinite" if math.isinf(usd) else f"{round(usd, 2) + 0.0:,.2f}"
