"""What holds for every sink of the registry."""

from __future__ import annotations

import logging

import pytest
from pydantic import ValidationError

from connectors.sinks import ANNOUNCED, SINKS, Outcome, Verdict, read_options
from state.errors import ConfigError
from tests.connectors.sinks.endpoints import Endpoint, notice

SECRET = "canary-9f8e7d6c5b4a3210"  # noqa: S105 - it opens nothing


def settings(kind: str, endpoint: Endpoint) -> dict[str, object]:
    """The least each kind needs, with a canary wherever a secret can be."""
    address = f"127.0.0.1:{endpoint.port}/{SECRET}"
    return {
        "apprise": {"kind": kind, "url": f"json://user:{SECRET}@{address}"},
        "console": {"kind": kind},
        "webhook": {"kind": kind, "url": f"http://{address}", "secret": SECRET},
    }[kind]


@pytest.fixture(params=sorted(SINKS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_sink_without_a_name_is_called_after_its_kind(kind: str):
    with Endpoint() as endpoint:
        assert read_options(settings(kind, endpoint)).name == kind


def test_a_sink_delivers_to_an_endpoint_that_is_well(kind: str):
    with Endpoint() as endpoint:
        sink = read_options(settings(kind, endpoint)).open()
        assert sink.send(notice()) == Outcome(Verdict.DELIVERED)
        assert len(endpoint.requests) == sink.outside


def test_a_sink_announces_the_usual_changes_unless_told_otherwise(kind: str):
    with Endpoint() as endpoint:
        assert read_options(settings(kind, endpoint)).changes == ANNOUNCED
        told = read_options(settings(kind, endpoint) | {"changes": ["breached"]})
        assert told.changes == ("breached",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": SECRET},
        {"minimum_severity": SECRET},
        {"changes": [SECRET]},
        {"timeout_seconds": 0},
        {"budget_seconds": float("inf")},
        {"name": f"a b {SECRET}"},
    ],
)
def test_a_wrong_option_is_one_line_that_names_it_and_hides_its_value(
    kind: str, wrong: dict[str, object]
):
    with Endpoint() as endpoint, pytest.raises(ConfigError) as caught:
        read_options(settings(kind, endpoint) | {"name": "x"} | wrong)
    (option,) = wrong
    assert option in str(caught.value)
    assert "\n" not in str(caught.value)
    if option != "name":
        assert SECRET not in str(caught.value)


def test_not_even_the_library_s_own_error_shows_a_value(kind: str):
    with Endpoint() as endpoint:
        options = type(read_options(settings(kind, endpoint)))
        with pytest.raises(ValidationError) as caught:
            options.model_validate(settings(kind, endpoint) | {"minimum_severity": SECRET})
    assert SECRET not in str(caught.value)


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="'pigeon' is unknown; choose one of apprise, console"):
        read_options({"kind": "pigeon"})


@pytest.mark.parametrize("status", [200, 307, 403, 500, 0])
def test_no_sink_tells_its_address_or_secret(
    kind: str,
    status: int,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    """Whatever happens (0: the endpoint is gone), in the outcome, the logs and the repr."""
    with Endpoint(lambda _: (status, f"http://127.0.0.1:1/{SECRET}")) as endpoint:
        options = read_options(settings(kind, endpoint))
        sink = options.open()
        caplog.set_level(logging.DEBUG)
        if status:
            outcome = sink.send(notice())
    if not status:
        outcome = sink.send(notice())
    said = "".join(
        [repr(options), str(options), repr(sink), repr(outcome), caplog.text, *capfd.readouterr()]
    )
    assert SECRET not in said
