"""``/trades``: frames in, each acknowledged when the log has its trades on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from websockets.asyncio.server import ServerConnection

from connectors.gateway import forms
from connectors.gateway.appender import Appender, NotAppendedError
from connectors.gateway.callers import Allowance, Caller
from connectors.gateway.records_in import Read, read_frame
from connectors.gateway.sending import bytes_of, send
from connectors.log.redis import Fate, Placed
from state.errors import ParseError
from state.messages import Trade

MOST_UNANSWERED = 32
"""Frames of one connection that wait for the log; the next is read when one is answered."""

_FATES = {Fate.APPENDED: forms.TradeFate.APPENDED, Fate.REPEATED: forms.TradeFate.REPEATED}


class _Pending(NamedTuple):
    """A frame that waits for the log: what was read, and where the sound ones will lie."""

    frame: int
    reads: list[Read]
    placed: asyncio.Future[list[Placed]] | None


@dataclass(frozen=True)
class TradesIn:
    """Takes trades from one connection at a time.

    Attributes:
        appender: writes them.
        now_ns: the run's time, their time of receipt.
        wrong_in_itself: says which term of a trade the core would refuse whatever it knows; the
            field comes first.
        frames, trades: what a connection may send a second.
        clock: steady seconds.
    """

    appender: Appender
    now_ns: Callable[[], int]
    wrong_in_itself: Callable[[Trade], str]
    frames: float
    trades: float
    clock: Callable[[], float]

    async def serve(self, connection: ServerConnection, caller: Caller) -> None:
        """Read frames until the connection ends; answer each, in order."""
        answers: asyncio.Queue[_Pending | forms.Refusal | None] = asyncio.Queue(MOST_UNANSWERED)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_answer_all(connection, answers))
            await self._read_all(connection, caller, answers)
            await answers.put(None)

    async def _read_all(
        self,
        connection: ServerConnection,
        caller: Caller,
        answers: asyncio.Queue[_Pending | forms.Refusal | None],
    ) -> None:
        frames = Allowance(self.frames, "frames", self.clock)
        trades = Allowance(self.trades, "trades", self.clock)
        number = 0
        async for received in connection:
            number += 1
            try:
                refusal = frames.refusal(1)
                reads = (
                    [] if refusal else read_frame(bytes_of(received), received_at_ns=self.now_ns())
                )
                refusal = refusal or trades.refusal(len(reads))
                if refusal:
                    await answers.put(forms.Refusal(frame=number, reason=refusal))
                else:
                    await answers.put(self._handed_over(number, reads, caller))
            except (ParseError, NotAppendedError) as error:
                await answers.put(forms.refusal_of(number, error))

    def _handed_over(self, number: int, reads: list[Read], caller: Caller) -> _Pending:
        allowed = [self._allowed(read, caller) for read in reads]
        sound = [read.trade for read in allowed if read.trade is not None]
        return _Pending(number, allowed, self.appender.put(sound) if sound else None)

    def _allowed(self, read: Read, caller: Caller) -> Read:
        if read.trade is None:
            return read
        if caller.foreign([read.trade.book]):
            return Read(read.name, None, caller.refusal(read.trade.book), "book")
        wrong = self.wrong_in_itself(read.trade)
        return Read(read.name, None, wrong, wrong.partition(" ")[0]) if wrong else read


async def _answer_all(
    connection: ServerConnection, answers: asyncio.Queue[_Pending | forms.Refusal | None]
) -> None:
    """Answer frames in their order; once the client is gone, wait for nobody."""
    while (pending := await answers.get()) is not None:
        answer = pending if isinstance(pending, forms.Refusal) else await _answer_to(pending)
        await send(connection, forms.encode(answer))


async def _answer_to(pending: _Pending) -> forms.Acknowledgement | forms.Refusal:
    try:
        placed = iter(await pending.placed if pending.placed is not None else ())
    except NotAppendedError as error:
        return forms.refusal_of(pending.frame, error)
    results = [
        _refused(read) if read.trade is None else _placed(read, next(placed))
        for read in pending.reads
    ]
    return forms.Acknowledgement(frame=pending.frame, results=results)


def _placed(read: Read, placed: Placed) -> forms.TradeOutcome:
    if placed.fate is Fate.CONFLICT:
        reason = _conflict(read.trade, placed.position)
        return _refused(read._replace(reason=reason, field="version"))
    return forms.TradeOutcome(
        trade=forms.said(read.name),
        outcome=_FATES[placed.fate],
        position=placed.position or None,
    )


def _refused(read: Read) -> forms.TradeOutcome:
    return forms.TradeOutcome(
        trade=forms.said(read.name),
        outcome=forms.TradeFate.REFUSED,
        position=None,
        reason=forms.said(read.reason),
        field=forms.said(read.field),
    )


def _conflict(trade: Trade | None, position: int) -> str:
    version = trade.version if trade else 0
    where = f"at position {position}" if position else "from before"
    return (
        f"version {version} of this trade is in the log {where} with other content; "
        f"send what changed as version {version + 1}"
    )
