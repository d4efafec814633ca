"""What tests of all packages share: one real store a session, one run a test, checked loops."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import redis
import structlog
from hypothesis import settings
from numba import config as numba

from tests.stores import EmbeddedStore

numba.BOUNDSCHECK, numba.CACHE_DIR = 1, str(Path(__file__).parents[1] / ".pytest_cache" / "loops")
"""A compiled loop that reads beyond an array is an error here; processes run the shipped loops."""

settings.register_profile("untimed", deadline=None)  # what others keep a processor from is no fault
settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected lives to the end: looking through it for garbage took a sixth of a run.

    What tests make themselves is looked through the more seldom.
    """
    gc.disable()
    collected = yield
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
    gc.enable()
    return collected


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """A command run in this process configures the log: the next test must not inherit it."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture(scope="session")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path_factory.mktemp("store"))
    yield store
    store.stop()


@pytest.fixture
def client(shared_store: EmbeddedStore) -> Iterator[redis.Redis]:
    with shared_store.client() as client:
        yield client


@pytest.fixture
def run_name() -> str:
    """A run that no other test writes to."""
    return uuid.uuid4().hex


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    """A store that the test may kill."""
    store = EmbeddedStore(tmp_path / "store")
    yield store
    store.stop()
