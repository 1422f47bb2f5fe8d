"""Events of a job as a stream for the browser."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import StreamingResponse

from ._jobs import Job

EVERY = 0.1
"""Seconds between two reads of the events of a job."""

ALIVE = 15.0
"""Seconds after which an idle stream sends a keep-alive comment."""


def event_stream(request: Request, job: Job) -> StreamingResponse:
    """All events of a job, or those after the last one that this browser received; the stream ends
    with the job."""
    last = request.headers.get("last-event-id", "")
    heard = int(last) if last.isascii() and last.isdigit() else 0
    return StreamingResponse(_lines(request, job, heard), media_type="text/event-stream")


async def _lines(request: Request, job: Job, heard: int) -> AsyncIterator[str]:
    silent = 0.0
    while True:
        ended = job.ended is not None
        events = await asyncio.to_thread(lambda: job.events)
        for number, event in enumerate(events[heard:], heard + 1):
            yield f"id: {number}\ndata: {json.dumps(event)}\n\n"
        silent = 0.0 if len(events) > heard else silent + EVERY
        heard = len(events)
        if ended or await request.is_disconnected():
            return
        if silent >= ALIVE:
            silent = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(EVERY)
