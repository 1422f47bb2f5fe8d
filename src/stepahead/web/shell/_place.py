"""`listen`: the sockets of a service, on loopback unless another address is given."""

import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..._check import Refusal
from ._access import Access, new_token

LOOPBACK = ("127.0.0.1", "::1")

BACKLOG = 512
"""The number of connections that can wait to be accepted."""


@dataclass(frozen=True)
class Place:
    """Bound sockets, their common port, and who may access them."""

    sockets: tuple[socket.socket, ...]
    host: str
    port: int
    access: Access

    def url(self, path: str = "/", launch: bool = True) -> str:
        """The address of a path, by default with the launch token."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{name}:{self.port}{path}" + (
            f"?token={self.access.token}" if launch else ""
        )

    def close(self) -> None:
        """Close the sockets, which frees the port."""
        for each in self.sockets:
            each.close()


def listen(
    port: int = 0, *, host: str = "127.0.0.1", names: Sequence[str] = (), token: str | None = None
) -> Place:
    """Bind `port` (0: a free one) of loopback: 127.0.0.1 and, if available, ::1.

    Another address must be given as `host`, and needs a `token` of the user's own, because other
    machines can reach it. The service accepts its own address and `names`, the names by which
    clients call it, with their port unless it is the same.

    >>> place = listen()
    >>> sorted(place.access.hosts) == [
    ...     f"{name}:{place.port}" for name in ("127.0.0.1", "[::1]", "localhost")
    ... ]
    True
    >>> place.close()
    >>> listen(host="0.0.0.0")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `host='0.0.0.0'` is reached from other machines, so it needs a token
    of your own. Give `token`, or leave `host` out for this machine alone.
    """
    near = host == "localhost" or _is_loopback(host)
    if not near and token is None:
        raise Refusal(
            f"`host={host!r}` is reached from other machines, so it needs a token of your own. "
            "Give `token`, or leave `host` out for this machine alone."
        )
    opening = Access(frozenset(), new_token() if token is None else token)  # checks the token
    addresses = LOOPBACK if near else (host,)
    first = _bound(addresses[0], port)
    number = first.getsockname()[1]
    sockets = [first, *_bound_too(addresses[1:], number)]
    called = ["localhost", "127.0.0.1", "[::1]", *([] if near else [_bracketed(host)]), *names]
    hosts = {_with_port(name.lower(), number) for name in called}
    access = replace(opening, hosts=frozenset(hosts))
    return Place(tuple(sockets), addresses[0], number, access)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bound(host: str, port: int) -> socket.socket:
    """A listening socket; a port or an address that is not available is an error."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is given because asyncio sends small answers immediately only then: else each
    # waits 40 ms for the acknowledgement of its headers.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows it would let another process share the port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)  # clients that come before the service runs wait
    except (OSError, OverflowError) as error:
        bound.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise Refusal(
            f"Nothing can listen at `host={host!r}`, `port={port}`: {reason}. Give another "
            "`port`, or 0 for a free one."
        ) from None
    return bound


def _bound_too(hosts: Sequence[str], port: int) -> list[socket.socket]:
    """Sockets at the same port of further addresses, if the machine has them."""
    found = []
    for host in hosts:
        try:
            found.append(_bound(host, port))
        except Refusal:  # no IPv6, or its port is taken: 127.0.0.1 is enough
            continue
    return found


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _with_port(name: str, port: int) -> str:
    """A name as in the `Host` header: with the port, which browsers omit for 80.

    >>> _with_port("localhost", 8600), _with_port("here.example:443", 8600), _with_port("[::1]", 80)
    ('localhost:8600', 'here.example:443', '[::1]')
    """
    has_port = name.rpartition(":")[2].isdigit() and not name.endswith("]")
    full = name if has_port else f"{name}:{port}"
    return full.removesuffix(":80")
