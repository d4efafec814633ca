"""``/check``: a question into the log, its answer out of the read model."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import redis
import structlog
from websockets.asyncio.server import ServerConnection

from connectors.gateway import forms
from connectors.gateway.appender import Appender, NotAppendedError
from connectors.gateway.callers import Allowance, Caller
from connectors.gateway.records_in import read_check
from connectors.gateway.sending import bytes_of, send
from connectors.gateway.shapes import shaped
from connectors.log.redis import Fate, Placed
from state.errors import ParseError, TielineError
from state.messages import TradeCheck
from state.screens.checks_seen import CheckAnswer, CheckView
from state.store import StoreReader

MOST_ASKED = 32
"""Questions under way at once: the read model keeps the newest fifty answers."""

LOOK_SECONDS = 0.004
ANSWER_SECONDS = 5.0
"""From the question to its answer, less than a stop of the gateway may take."""

_VIEW = "checks"

log = structlog.get_logger()


class NoAnswerError(TielineError):
    """Says why a check has no answer, and what to do."""


@dataclass(frozen=True)
class Seen:
    """A look at the answers.

    Attributes:
        position: up to which the log has been answered.
        answers: the newest, by the name of their check.
    """

    position: int = 0
    answers: dict[str, CheckAnswer] = field(default_factory=dict)


class AnswerReader:
    """Reads the answers of one run; decodes them when they changed.

    Args:
        reader: of the run.
    """

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._seen = Seen()

    def look(self) -> Seen:
        """Return the answers there are."""
        position = self._reader.position()
        if position != self._seen.position:
            view = self._reader.read_views([_VIEW]).get(_VIEW)
            rows = view.checks if isinstance(view, CheckView) else []
            self._seen = Seen(position, {row.check: row for row in rows})
        return self._seen

    def refusal(self, position: int) -> str:
        """Return why the core refused an entry of the log, empty when it did not."""
        letters = self._reader.refusals_of(position)
        return letters[0].reason if letters else ""


class ChecksIn:
    """Asks questions and waits for their answers, for all connections.

    Args:
        appender: writes them.
        answers: where their answers are read.
        now_ns: the run's time, their time of receipt.
        frames: what a connection may send a second.
        clock: steady seconds.
    """

    def __init__(
        self,
        appender: Appender,
        answers: AnswerReader,
        *,
        now_ns: Callable[[], int],
        frames: float,
        clock: Callable[[], float],
    ) -> None:
        self._appender = appender
        self._answers = answers
        self._now_ns = now_ns
        self._frames = frames
        self._clock = clock
        self._room = asyncio.Semaphore(MOST_ASKED)
        self._asked = 0
        self._seen = asyncio.Condition()
        self._last = Seen()
        self._looking: asyncio.Task[None] | None = None

    async def serve(self, connection: ServerConnection, caller: Caller) -> None:
        """Answer the questions of one connection, one after the other."""
        allowance = Allowance(self._frames, "frames", self._clock)
        number = 0
        async for received in connection:
            number += 1
            refusal = allowance.refusal(1)
            answer = (
                forms.Refusal(frame=number, reason=refusal)
                if refusal
                else await self._answer(number, bytes_of(received), caller)
            )
            await send(connection, forms.encode(answer))

    async def _answer(
        self, number: int, raw: bytes, caller: Caller
    ) -> forms.Answer | forms.Refusal:
        name = f"{caller.name}-{secrets.token_hex(8)}"
        try:
            check = read_check(raw, name=name, received_at_ns=self._now_ns())
            book = caller.foreign([check.candidate.book])
            if book:
                return forms.Refusal(frame=number, reason=caller.refusal(book), field="book")
            answer = await self.ask(check)
        except (ParseError, NotAppendedError, NoAnswerError) as error:
            return forms.refusal_of(number, error)
        return forms.Answer(frame=number, answer=shaped(answer), largest=answer.largest)

    async def ask(self, check: TradeCheck) -> CheckAnswer:
        """Put a check into the log and wait for its answer.

        Raises:
            NotAppendedError: the log did not take it.
            NoAnswerError: it was not answered in time, or cannot be.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._room, self._watching():
                return await self._answered(check, await self._placed(check))
        except TimeoutError:
            reason = (
                f"no answer to check {check.check!r} within {ANSWER_SECONDS:g} s: the store or the "
                "monitor is away or behind; see their health, and ask again under the same name"
            )
            raise NoAnswerError(reason) from None

    async def _placed(self, check: TradeCheck) -> Placed:
        [placed] = await self._appender.put([check])
        if placed.fate is Fate.CONFLICT:
            reason = (
                f"check {check.check!r} is in the log at position {placed.position} with "
                "another question; give this one a name of its own"
            )
            raise NoAnswerError(reason)
        return placed

    async def _answered(self, check: TradeCheck, placed: Placed) -> CheckAnswer:
        async with self._seen:
            await self._seen.wait_for(
                lambda: check.check in self._last.answers or self._is_over(placed)
            )
            found = self._last.answers.get(check.check)
        if found is not None:
            return found
        refusal = await asyncio.to_thread(self._answers.refusal, placed.position)
        reason = refusal or (
            f"check {check.check!r} was answered before, and its answer is no longer kept; "
            "ask again under another name"
        )
        raise NoAnswerError(reason)

    def _is_over(self, placed: Placed) -> bool:
        return self._last.position >= max(placed.position, 1)

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        """Look at the answers for as long as somebody waits for one."""
        self._asked += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._keep_looking())
        try:
            yield
        finally:
            self._asked -= 1

    async def _keep_looking(self) -> None:
        while self._asked:
            try:
                seen = await asyncio.to_thread(self._answers.look)
            except (redis.RedisError, OSError, TielineError) as error:
                log.warning("checks.failed", reason=f"{type(error).__name__}: {error}")
            else:
                if seen is not self._last:
                    async with self._seen:
                        self._last = seen
                        self._seen.notify_all()
            await asyncio.sleep(LOOK_SECONDS)
