"""Group commit: captures that arrive together become durable together, each with its own answer."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import groupby

import msgspec

from handrail.engine.engine import Engine
from handrail.engine.in_force import check_can_take_leads
from handrail.engine.items import CaptureItem, Receipt, Refused
from handrail.engine.ports import IdempotencyRow, StoreUnavailable
from handrail.engine.work import Work

GROUP_MAX = 256  # captures of one transaction: more would only make the first of them wait
WAITING_MAX = 10_000  # captures in memory, not yet durable; above it the door says to come again

_decode = msgspec.json.Decoder(Receipt).decode


class Overloaded(Exception):
    """More is waiting than is good: nothing was taken in."""


class Asked(msgspec.Struct, frozen=True):
    """One request. `idempotency`: its key and the digest of its body."""

    item: CaptureItem
    actor: str
    idempotency: tuple[str, bytes] | None = None


Answer = Receipt | BaseException


class CaptureQueue:
    """Merges concurrent captures. Who comes first commits for all who came meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[tuple[Asked, asyncio.Future[Receipt]]] = deque()
        self._runner: asyncio.Task[None] | None = None

    async def capture(self, asked: Asked) -> Receipt:
        """Durable when this returns. Raises Refused, Overloaded or what the store raised."""
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), GROUP_MAX)
            group = [self._waiting.popleft() for _ in range(count)]
            answers = await _answers(self._engine, [asked for asked, _ in group])
            for (_, waiter), answer in zip(group, answers, strict=True):
                if waiter.done():  # whoever asked has gone
                    continue
                if isinstance(answer, Receipt):
                    waiter.set_result(answer)
                else:
                    waiter.set_exception(answer)


async def _answers(engine: Engine, group: Sequence[Asked]) -> list[Answer]:
    try:
        return await capture_group(engine, group)
    except (Refused, StoreUnavailable) as fault:
        if len(group) == 1 or not is_of_one(fault):  # the same for each of them
            return [fault for _ in group]
    except Exception as fault:
        if len(group) == 1:
            return [fault]
    # One of them is bad: each goes alone, so that it fails alone.
    answers: list[Answer] = []
    for asked in group:
        answers.extend(await _answers(engine, [asked]))
    return answers


def is_of_one(fault: Exception) -> bool:
    """Whether one capture is refused for what it is, and the others beside it are not."""
    return isinstance(fault, Refused) and fault.code == "unknown_source"


async def capture_group(engine: Engine, group: Sequence[Asked]) -> list[Answer]:
    """One transaction for all of them, in their order."""

    async def do(work: Work) -> list[Answer]:
        check_can_take_leads(work.in_force, work.standing.roster)
        answers: dict[int, Answer] = {}
        mine: dict[str, int] = {}
        fresh: list[tuple[int, Asked]] = []
        for index, asked in enumerate(group):
            answer = await _known(work, asked)
            key = asked.idempotency[0] if asked.idempotency is not None else None
            if answer is not None:
                answers[index] = answer
            elif key is not None and key in mine:
                answers[index] = _in_flight(asked, group[mine[key]])
            else:
                fresh.append((index, asked))
                if key is not None:
                    mine[key] = index
        await _capture(engine, work, fresh, answers)
        return [_settled(answers[index], answers, mine, asked) for index, asked in enumerate(group)]

    return await engine._transact(do)


async def _known(work: Work, asked: Asked) -> Answer | None:
    """What this key was answered before; None when it is new or there is none."""
    if asked.idempotency is None:
        return None
    key, digest = asked.idempotency
    row = await work.unit.idempotent(key)
    if row is None:
        return None
    if row.body_digest != digest:
        return _reused()
    return _decode(row.answer)


def _reused() -> Refused:
    return Refused("key_reused", "this Idempotency-Key came with another body before")


class _SameKey(Exception):
    """Another request of this group carries the same key and body."""


def _in_flight(asked: Asked, first: Asked) -> BaseException:
    assert asked.idempotency is not None and first.idempotency is not None
    return _SameKey() if asked.idempotency[1] == first.idempotency[1] else _reused()


def _settled(
    answer: Answer, answers: dict[int, Answer], mine: dict[str, int], asked: Asked
) -> Answer:
    if isinstance(answer, _SameKey) and asked.idempotency is not None:
        return answers[mine[asked.idempotency[0]]]
    return answer


async def _capture(
    engine: Engine,
    work: Work,
    fresh: Sequence[tuple[int, Asked]],
    answers: dict[int, Answer],
) -> None:
    for actor, run in groupby(fresh, key=lambda pair: pair[1].actor):
        pairs = list(run)
        receipts = await engine._capture_all(work, [asked.item for _, asked in pairs], actor)
        for (index, asked), receipt in zip(pairs, receipts, strict=True):
            answers[index] = receipt
            if asked.idempotency is not None:
                key, digest = asked.idempotency
                work.batch.idempotency.append(
                    IdempotencyRow(
                        key=key,
                        body_digest=digest,
                        answer=msgspec.json.encode(receipt),
                        at=work.now,
                    )
                )
