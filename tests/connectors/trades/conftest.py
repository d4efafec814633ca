"""One source of deals a kind of feed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from connectors.trades import FEEDS
from tests.connectors.trades.sources import (
    FixSource,
    FolderSource,
    RedisSource,
    Source,
    StreamSource,
)
from tests.stores import EmbeddedStore


def source_of(
    kind: str, folder: Path, client: redis.Redis, store: EmbeddedStore, name: str
) -> Source:
    match kind:
        case "folder":
            return FolderSource(folder)
        case "websocket":
            return StreamSource(folder)
        case "redis":
            return RedisSource(client, store.url, f"deals-{name}")
        case _:
            return FixSource(folder)


@pytest.fixture(params=sorted(FEEDS))
def source(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    client: redis.Redis,
    shared_store: EmbeddedStore,
    run_name: str,
) -> Iterator[Source]:
    made = source_of(request.param, tmp_path, client, shared_store, run_name)
    assert made.kind == request.param
    yield made
    made.close()
