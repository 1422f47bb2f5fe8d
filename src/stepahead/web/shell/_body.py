"""Limits on the size of a request's body and on the time that it takes to arrive."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

PATIENCE = 30.0
"""Seconds within which the next part of a body must arrive."""


def too_large(limit: int) -> HTTPException:
    """The error for a body of more bytes than `limit`."""
    size = f"{limit / 2**20:g} MiB" if limit >= 2**20 else f"{limit:,} bytes"
    return HTTPException(
        413, f"A request may have at most {size}, and this one has more. Send less at once."
    )


def limited(receive: Receive, limit: int, patience: float = PATIENCE) -> Receive:
    """A `receive` function that raises an error after `limit` bytes, whatever `Content-Length`
    says, or if the next part does not arrive in time."""
    read, whole = 0, False

    async def next_part() -> Message:
        nonlocal read, whole
        if whole:  # only the end of the connection follows, without a time limit
            return await receive()
        try:
            async with asyncio.timeout(patience):
                message = await receive()
        except TimeoutError:
            raise HTTPException(
                408, f"The rest of the request did not come in {patience:g} s. Send it again."
            ) from None
        read += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if read > limit:
            raise too_large(limit)
        return message

    return next_part
