"""The store of a run: where it is, how to reach it, and what to say when it does not answer."""

from __future__ import annotations

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from connectors.log.embedded import store_url
from connectors.log.redis import connect
from flows.settings import Settings
from state.errors import LogError

_AT_ONCE_SECONDS = 1.0


def store_location(settings: Settings) -> str:
    """Return the store's URL, which may hold a password."""
    if settings.embedded:
        return store_url(settings.run_dir / "store")
    return settings.store_url.get_secret_value()


def open_store(settings: Settings) -> redis.Redis:
    """Connect to the configured store, or to the run's own embedded one."""
    return connect(store_location(settings), password=settings.store_password())


def connect_once(settings: Settings) -> redis.Redis:
    """Return a client that says at once when the store is away."""
    return connect(
        store_location(settings),
        password=settings.store_password(),
        timeout_seconds=_AT_ONCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def reach_store(settings: Settings) -> redis.Redis:
    """Connect to a store that must be there already, for a command that only looks.

    Raises:
        LogError: it does not answer.
    """
    missing = store_missing(settings)
    if missing:
        where = settings.store_address() or f"of run {settings.run}"
        remedy = "start it with `tieline up`"
        if not settings.embedded:
            remedy = "start it, or correct the setting store_url"
        reason = f"the store {where} does not answer ({missing}); {remedy}"
        raise LogError(reason)
    return open_store(settings)


def store_missing(settings: Settings) -> str:
    """Return why the store does not answer, empty when it does."""
    try:
        with connect_once(settings) as client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return type(error).__name__
    return ""
