"""`Batches`: requests that wait at the same time, answered by one call of the model."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException

from ._models import Served

PAUSE = 0.001
"""Seconds without another request after which those that came are answered together, where the
call before had several: a request that comes alone after such a one need not wait for company."""

PAUSES = 4
"""Pauses that the first of a batch waits at most."""

LARGEST = 64
"""Requests of one call."""

Work = Callable[[Sequence[Any]], Sequence[Any]]
"""A call of the model: an answer for each of several questions."""


class _Waiting(NamedTuple):
    key: Hashable
    work: Work
    question: Any
    answer: "asyncio.Future[Any]"


class Batches:
    """The waiting requests of one model. While its thread is at work, or others keep coming, they
    gather; the next call takes all that ask the same (`key`). `waiting` is the most that may wait.
    """

    def __init__(self, served: Served, waiting: int, heard: Callable[[int], None]) -> None:
        self._served, self._most, self._heard = served, waiting, heard
        self._waiting: deque[_Waiting] = deque()
        self._alone = 0
        self._several = False
        self._running: asyncio.Task[None] | None = None

    async def ask(self, key: Hashable, work: Work, question: Any) -> Any:
        """The answer of `work` to one question, asked together with others of the same key."""
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
                if each.answer.done():  # its caller went away
                    continue
                if isinstance(answer, Exception):
                    each.answer.set_exception(answer)
                else:
                    each.answer.set_result(answer)

    async def alone(self, work: Callable[[], Any]) -> Any:
        """The answer of work that gains nothing from company, beside what else is at work."""
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
        """The oldest that waits, and those with it that ask the same."""
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
    """The answers, or for each question the error that it is answered with: one bad question is no
    reason to refuse the others.

    >>> def inverse(numbers):
    ...     return [1 / number for number in numbers]
    >>> answers_of(inverse, [2, 4, 0])
    [0.5, 0.25, ZeroDivisionError('division by zero')]
    """
    try:
        return work(questions)
    # Any error must reach the request that it belongs to, and no other.
    except Exception as error:
        if len(questions) == 1:
            return [error]
    return [answers_of(work, [question])[0] for question in questions]
