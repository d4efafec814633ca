"""What a risk measure is, what it may be told, and what every figure of it carries."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from state.errors import ConfigError
from state.risk.conventions import QuantileRule, TailRule
from state.risk.sample import Sample


class Divisor(StrEnum):
    """What a sum of n squared deviations from their mean is divided by."""

    N = "n"
    """The maximum of the normal likelihood; what Hull's worked tables use."""

    N_LESS_1 = "n-1"
    """Unbiased."""


class MeanRule(StrEnum):
    """The mean of a normal P&L over the holding period."""

    ZERO = "zero"
    """Nothing is expected: over a day the mean is lost in the noise (RiskMetrics, 1996)."""

    SAMPLE = "sample"
    """The mean of the scenarios."""


class TailFit(StrEnum):
    """How a generalised Pareto distribution is fitted to what lies beyond a threshold."""

    MLE = "mle"
    """Maximum likelihood (Grimshaw, "Computing maximum likelihood estimates for the generalized
    Pareto distribution", 1993)."""

    PWM = "pwm"
    """Probability-weighted moments (Hosking and Wallis, "Parameter and quantile estimation for
    the generalized Pareto distribution", 1987)."""


@dataclass(frozen=True)
class Settings:
    """Every parameter of every measure.

    Attributes:
        confidence: c; VaR is not exceeded with this probability.
        quantile, tail: the conventions (``state.risk.conventions``).
        lambda_age: how the weight of a scenario falls with each later one.
        lambda_ewma: how the weight of a squared change falls with each later one.
        garch_alpha, garch_beta: weights of the newest squared change and of the variance before
            it; fitted when not given.
        divisor: of equal-weight variances.
        mean: of a normal P&L.
        threshold_usd: loss beyond which the tail is fitted, not negative; when not given, the loss
            that ``threshold_share`` of the scenarios exceed.
        threshold_share: 5 %, or twice 1 − c where that is more, when not given.
        tail_fit: how the tail is fitted.
        paths: number of simulated changes.
        seed: of the counter they are drawn from.

    Raises:
        ConfigError: one of them is out of its range.
    """

    confidence: float = 0.99
    quantile: QuantileRule = QuantileRule.LOWER
    tail: TailRule = TailRule.MEAN
    lambda_age: float = 0.995
    lambda_ewma: float = 0.94
    garch_alpha: float | None = None
    garch_beta: float | None = None
    divisor: Divisor = Divisor.N
    mean: MeanRule = MeanRule.ZERO
    threshold_usd: float | None = None
    threshold_share: float | None = None
    tail_fit: TailFit = TailFit.MLE
    paths: int = 10_000
    seed: int = 1

    def __post_init__(self) -> None:
        _inside("confidence", self.confidence, 0.0, 1.0)
        _inside("lambda_age", self.lambda_age, 0.0, 1.0, closed=True)
        _inside("lambda_ewma", self.lambda_ewma, 0.0, 1.0)
        _garch(self.garch_alpha, self.garch_beta)
        _threshold(self.threshold_usd, self.threshold_share)
        _inside("paths", self.paths, 99, 1_000_000, closed=True)
        _inside("seed", self.seed, -1, 2**63)

    @property
    def share_beyond(self) -> float:
        """The share of scenarios beyond a threshold that is not given.

        >>> Settings(confidence=0.99).share_beyond, round(Settings(confidence=0.95).share_beyond, 6)
        (0.05, 0.1)
        """
        if self.threshold_share is not None:
            return self.threshold_share
        return max(0.05, 2.0 * (1.0 - self.confidence))


def _inside(name: str, value: float, low: float, high: float, *, closed: bool = False) -> None:
    if low < value < high or (closed and value == high):
        return
    edge = "to" if closed else "and below"
    reason = f"{name} {value:g} is not above {low:g} {edge} {high:g}; correct it"
    raise ConfigError(reason)


def _garch(alpha: float | None, beta: float | None) -> None:
    if alpha is None and beta is None:
        return
    if alpha is None or beta is None:
        reason = "garch_alpha and garch_beta go together; give both, or neither to fit them"
        raise ConfigError(reason)
    if not (alpha >= 0.0 and beta >= 0.0 and alpha + beta < 1.0):
        reason = (
            f"garch_alpha {alpha:g} and garch_beta {beta:g} are not both at least 0 with a sum "
            "below 1; correct them"
        )
        raise ConfigError(reason)


def _threshold(usd: float | None, share: float | None) -> None:
    if usd is not None and share is not None:
        reason = "threshold and threshold_share say the same thing twice; give one of them"
        raise ConfigError(reason)
    if usd is not None and not 0.0 <= usd < math.inf:
        reason = f"threshold {usd:g} is no loss in money, at least 0; correct it"
        raise ConfigError(reason)
    if share is not None:
        _inside("threshold_share", share, 0.0, 1.0)


@dataclass(frozen=True)
class Tail:
    """What a measure finds in one scenario period: $, losses positive.

    Attributes:
        settings: the parameters it used, by name, as text.
        note: why a figure is missing or must be read with care; empty when it need not.
    """

    var_usd: float
    es_usd: float
    settings: dict[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Measure:
    """One way to VaR and ES.

    Attributes:
        name: in the registry and on the command line.
        title: on screens.
        tail: finds both.
        is_coherent: whether its ES of a sum never exceeds the sum of the ES.
        is_by_part: whether it looks at each part of a sample, not only at their sum.
    """

    name: str
    title: str
    tail: Callable[[Sample, Settings], Tail]
    is_coherent: bool
    is_by_part: bool = False


@dataclass(frozen=True)
class RiskFigure:
    """VaR and ES by one method, with everything one must know to read them.

    Attributes:
        var_usd, es_usd: over the holding period; positive is a loss; NaN is not known.
        window: dates of history asked for.
        scenarios: how many were used.
        oldest, newest: dates of the first and last of them; empty without any.
        holding: the holding period and how figures come to stand for it.
    """

    method: str
    title: str
    var_usd: float
    es_usd: float
    confidence: float
    window: int
    scenarios: int
    oldest: str
    newest: str
    holding_days: int
    holding: str
    settings: dict[str, str]
    note: str


def figure(measure: Measure, sample: Sample, settings: Settings) -> RiskFigure:
    """Measure a sample.

    Args:
        measure: one of ``state.risk.MEASURES``.
        sample: the scenario P&L.
        settings: parameters; a measure takes those that are its own.
    """
    tail = _tail(measure, sample, settings)
    scale = sample.factor_of_time
    return RiskFigure(
        method=measure.name,
        title=measure.title,
        var_usd=tail.var_usd * scale,
        es_usd=tail.es_usd * scale,
        confidence=settings.confidence,
        window=sample.window,
        scenarios=sample.size,
        oldest=sample.dates[0] if sample.dates else "",
        newest=sample.dates[-1] if sample.dates else "",
        holding_days=sample.holding_days,
        holding=sample.holding,
        settings=tail.settings,
        note=tail.note,
    )


def _tail(measure: Measure, sample: Sample, settings: Settings) -> Tail:
    if sample.size < FEWEST_SCENARIOS:
        note = f"{sample.size} scenarios are too few; at least {FEWEST_SCENARIOS}"
        return Tail(float("nan"), float("nan"), note=note)
    return measure.tail(sample, settings)


FEWEST_SCENARIOS = 2
"""Of one scenario there is no spread to measure."""
