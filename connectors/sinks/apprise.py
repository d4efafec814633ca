"""Everything apprise speaks: e-mail, chat, pagers, by an address that holds the credentials."""

from __future__ import annotations

import logging
from typing import ClassVar, Literal

import apprise
from pydantic import SecretStr

from connectors.sinks import DELIVERED, Notice, Outcome, SinkOptions, Verdict
from connectors.sinks.wording import body, title
from state.errors import UsageError

_WARNINGS = {"warn", "unknown"}
_GOOD = {"resolved", "expired", "closed", "clock_alive"}


class AppriseOptions(SinkOptions):
    """Where apprise sends to.

    Attributes:
        url: one address in apprise's own form (``mailtos://…``, ``slack://…``); never printed.
    """

    kind: Literal["apprise"]
    url: SecretStr

    def open(self) -> AppriseSink:
        """Make the sink.

        Raises:
            ConfigError: apprise does not understand the address.
        """
        return AppriseSink(self)


class AppriseSink:
    """Sends through one apprise service, without its redirects, retries, files and log lines."""

    outside: ClassVar[bool] = True

    def __init__(self, options: AppriseOptions) -> None:
        for chatty in ("apprise", "urllib3", "requests"):  # they print addresses
            logging.getLogger(chatty).setLevel(logging.CRITICAL + 1)
        service = _service(options.url.get_secret_value())
        if service is None:
            reason = (
                f"sink {options.name!r}: apprise does not understand the url; compare it with "
                "apprise's page of the service, one address a sink"
            )
            raise UsageError(reason)
        self._service = str(service.service_name)
        self._apprise = apprise.Apprise(asset=service.asset)
        self._apprise.add(service)

    def send(self, notice: Notice) -> Outcome:
        """Send once. Apprise says yes or no, so every no may pass and is tried again."""
        taken = self._apprise.notify(
            title=title(notice),
            body=body(notice),
            notify_type=_kind(notice),
            body_format=apprise.NotifyFormat.TEXT,
        )
        return DELIVERED if taken else Outcome(Verdict.RETRY, f"{self._service} did not take it")


def _service(url: str) -> apprise.NotifyBase | None:
    """Open the address; what it says itself about redirects and retries is overruled."""
    asset = apprise.AppriseAsset(
        async_mode=False,
        allow_templates=False,
        default_service_retry=0,
        http_redirects=False,
        service_timeout=0,  # the outbox has a deadline; this one would use a thread we cannot leave
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        return None
    service.redirects = False
    service.retry = 0
    return service


def _kind(notice: Notice) -> apprise.NotifyType:
    if notice.change in _GOOD:
        return apprise.NotifyType.SUCCESS
    warning = notice.severity in _WARNINGS
    return apprise.NotifyType.WARNING if warning else apprise.NotifyType.FAILURE
