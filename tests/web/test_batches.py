"""Requests to one model: alone at once, several together."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stepahead.web.server import _batches
from stepahead.web.server._batches import Batches
from stepahead.web.server._models import Served


def doubled(numbers: Any) -> list[int]:
    """An answer for each question."""
    return [2 * number for number in numbers]


def test_a_lone_request_waits_for_nobody_and_after_several_the_next_ones_gather(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together: list[int] = []

    async def asked(batches: Batches) -> list[Any]:
        monkeypatch.setattr(_batches, "PAUSE", 60.0)  # a pause would not end in time
        first = await asyncio.wait_for(batches.ask("k", doubled, 1), 10)
        pair = await asyncio.wait_for(
            asyncio.gather(batches.ask("k", doubled, 2), batches.ask("k", doubled, 3)), 10
        )
        monkeypatch.setattr(_batches, "PAUSE", 0.2)
        early = asyncio.create_task(batches.ask("k", doubled, 4))
        await asyncio.sleep(0.05)
        late = await batches.ask("k", doubled, 5)
        return [first, *pair, await early, late]

    with ThreadPoolExecutor(1) as worker:
        served = Served.__new__(Served)  # no file is loaded: its thread alone is asked
        served.worker = worker
        assert asyncio.run(asked(Batches(served, 9, together.append))) == [2, 4, 6, 8, 10]
    assert together == [1, 2, 2]
