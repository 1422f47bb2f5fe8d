"""`Access`: the host names of a service, and its token."""

import hmac
import secrets
from dataclasses import dataclass, field

from ..._check import Refusal

SHORTEST = 16
"""The smallest length of a token: 16 hexadecimal digits are 64 bits, too many to guess through
HTTP."""


def new_token() -> str:
    """A random token of 256 bits, with characters that are valid in a URL."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Access:
    """The valid values of the `Host` header, such as `localhost:8600`, and the token.

    A program sends the token as `Authorization: Bearer TOKEN`. A browser opens `/?token=TOKEN` once
    and gets a cookie, whose value is another secret of this process: another service on the same
    host that reads the cookie does not know the token.

    >>> access = Access(hosts=frozenset({"localhost:8600"}), token="sixteen-letters!")
    >>> access.opened_by("sixteen-letters!"), access.opened_by("sixteen-letters?")
    (True, False)
    >>> Access(hosts=frozenset(), token="short")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: `token` must be at least 16 printable ASCII characters without a
    space, but it has 5. Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"
    """

    hosts: frozenset[str]
    token: str = field(default_factory=new_token, repr=False)
    session: str = field(default_factory=new_token, repr=False)

    def __post_init__(self) -> None:
        plain = self.token.isascii() and self.token.isprintable() and " " not in self.token
        if len(self.token) < SHORTEST or not plain:
            raise Refusal(
                f"`token` must be at least {SHORTEST} printable ASCII characters without a space, "
                f'but it has {len(self.token)}. Make one: python -c "import secrets; '
                'print(secrets.token_urlsafe(32))"'
            )

    def opened_by(self, token: str) -> bool:
        """True if this is the token, in a time that does not depend on its characters."""
        return hmac.compare_digest(token.encode(), self.token.encode())

    def opened_by_cookie(self, session: str) -> bool:
        """True if this is the value of the cookie that the launch address set."""
        return hmac.compare_digest(session.encode(), self.session.encode())


def cookie_of(host: str) -> str:
    """The name of the cookie. It contains the port, because browsers share cookies between all
    ports of a host.

    >>> cookie_of("localhost:8600"), cookie_of("[::1]:8600"), cookie_of("forecasts.example")
    ('stepahead-8600', 'stepahead-8600', 'stepahead-80')
    """
    port = host.rpartition(":")[2]
    return f"stepahead-{port if port.isdigit() else 80}"
