"""The limits of a request's body, in bytes and in seconds, while it is read."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

PATIENCE = 30.0
"""Seconds in which the next part of a body must come."""


def too_large(limit: int) -> HTTPException:
    """The refusal of a body of more bytes than `limit`."""
    size = f"{limit / 2**20:g} MiB" if limit >= 2**20 else f"{limit:,} bytes"
    return HTTPException(
        413, f"A request may have at most {size}, and this one has more. Send less at once."
    )


def limited(receive: Receive, limit: int, patience: float = PATIENCE) -> Receive:
    """Reading of a body that ends with an error after `limit` bytes, whatever its
    `Content-Length` said, or where the next part does not come."""
    read, whole = 0, False

    async def next_part() -> Message:
        nonlocal read, whole
        if whole:  # what comes now is the end of the connection, for which one may wait
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
