"""`Batches`: requests that wait at the same time are answered by one call of the model."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException

from ._models import Served

PAUSE = 0.001
"""Seconds without a new request after which the waiting ones are answered together, if the last
call had several: a single request after a single one does not wait."""

PAUSES = 4
"""The largest number of pauses that the first request of a batch waits."""

LARGEST = 64
"""The largest number of requests in one call."""

Work = Callable[[Sequence[Any]], Sequence[Any]]
"""A call of the model: a list of answers for a list of requests."""


class _Waiting(NamedTuple):
    key: Hashable
    work: Work
    question: Any
    answer: "asyncio.Future[Any]"


class Batches:
    """The waiting requests of one model. They are collected while its thread is busy, or while new
    ones keep arriving; the next call takes all that have the same `key`. `waiting` is the largest
    number that may wait."""

    def __init__(self, served: Served, waiting: int, heard: Callable[[int], None]) -> None:
        self._served, self._most, self._heard = served, waiting, heard
        self._waiting: deque[_Waiting] = deque()
        self._alone = 0
        self._several = False
        self._running: asyncio.Task[None] | None = None

    async def ask(self, key: Hashable, work: Work, question: Any) -> Any:
        """The answer of `work` to one request, batched with others that have the same key."""
        self._refuse_too_many()
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(key, work, question, answer))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._answer_all())
        return await answer

    async def _answer_all(self) -> None:
        came = 0
        for _ in range(PAUSES if self._several else 0):
            if len(self._waiting) == came:
                break
            came = len(self._waiting)
            await asyncio.sleep(PAUSE)
        while batch := self._next_batch():
            questions = [each.question for each in batch]
            self._several = len(batch) > 1
            self._heard(len(batch))
            answers = await asyncio.get_running_loop().run_in_executor(
                self._served.worker, answers_of, batch[0].work, questions
            )
            for each, answer in zip(batch, answers, strict=True):
                if each.answer.done():  # the client has disconnected
                    continue
                if isinstance(answer, Exception):
                    each.answer.set_exception(answer)
                else:
                    each.answer.set_result(answer)

    async def alone(self, work: Callable[[], Any]) -> Any:
        """The result of work that gains nothing from batching; it runs in parallel with other
        work."""
        self._refuse_too_many()
        self._alone += 1
        self._heard(1)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._served.pool, work)
        finally:
            self._alone -= 1

    def _refuse_too_many(self) -> None:
        if len(self._waiting) + self._alone >= self._most:
            raise HTTPException(
                503,
                f"{self._most} requests wait already. Ask again in a second.",
                {"retry-after": "1"},
            )

    def _next_batch(self) -> list[_Waiting]:
        """The request that has waited longest, and those with the same key."""
        while self._waiting and self._waiting[0].answer.done():
            self._waiting.popleft()
        if not self._waiting:
            return []
        key, chosen, rest = self._waiting[0].key, list[_Waiting](), list[_Waiting]()
        for each in self._waiting:
            (chosen if each.key == key and len(chosen) < LARGEST else rest).append(each)
        self._waiting = deque(rest)
        return [each for each in chosen if not each.answer.done()]


def answers_of(work: Work, questions: Sequence[Any]) -> Sequence[Any]:
    """The answers, where a request that fails has its error as its answer: one bad request does not
    affect the others.

    >>> def inverse(numbers):
    ...     return [1 / number for number in numbers]
    >>> answers_of(inverse, [2, 4, 0])
    [0.5, 0.25, ZeroDivisionError('division by zero')]
    """
    try:
        return work(questions)
    # Each error must reach its own request, and no other.
    except Exception as error:
        if len(questions) == 1:
            return [error]
    return [answers_of(work, [question])[0] for question in questions]
