"""The access checks, each with a message: host, method, origin, token."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from ._access import Access, cookie_of

SAFE = frozenset({"GET", "HEAD"})
"""HTTP methods that change nothing."""


class Refused(NamedTuple):
    """The status, the message and the headers of the answer to a request that is not accepted."""

    status: int
    sentence: str
    headers: Mapping[str, str] | None = None


def refused_host(headers: Headers, hosts: Collection[str]) -> Refused | None:
    """The error for a `Host` that is not exactly one of `hosts`: a page elsewhere whose name was
    pointed to this machine (DNS rebinding) sends its own name."""
    if [each.lower() for each in headers.getlist("host")] in [[host] for host in hosts]:
        return None
    return Refused(
        421,
        f"This service answers to {', '.join(sorted(hosts))} only. Call it by one of these names.",
    )


def refused_verb(method: str, verbs: Collection[str]) -> Refused | None:
    """The error for an HTTP method that is not listed."""
    if method in verbs:
        return None
    allowed = ", ".join(sorted(verbs))
    return Refused(405, f"This service knows {allowed} only.", {"allow": allowed})


def refused_origin(method: str, headers: Headers, by_cookie: bool) -> Refused | None:
    """The error for a request that another site, or another port, makes through the user's browser.

    Browsers report this: `Origin` is the page that makes the request, `Sec-Fetch-Site` its relation
    to this site. A request that changes something must come from this site, and with a cookie it
    must say so. Reading is also allowed by following a link, which gives no data to the page with
    the link.
    """
    origins, site = headers.getlist("origin"), headers.get("sec-fetch-site")
    # A form of this service's pages sends `null`, because of their referrer policy.
    named = origins == [f"http://{headers['host'].lower()}"] or (
        origins == ["null"] and site == "same-origin"
    )
    silent = not origins and (method in SAFE or not by_cookie)
    near = site in (None, "same-origin", "none")
    link = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") in (
        None,
        "document",
    )
    if (named or silent) and (near or (method in SAFE and link)):
        return None
    return Refused(
        403,
        "This request comes from another site, or does not say from where. Use the pages of this "
        "service itself, or a program that sends the token as `Authorization: Bearer TOKEN`.",
    )


def bearer(headers: Headers) -> str | None:
    """The token that a program sends, if it sends exactly one."""
    given = headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == "bearer" else None


def session(headers: Headers) -> str:
    """The value of this service's cookie; empty if there is none."""
    cookies = cookie_parser(headers.get("cookie", ""))
    return cookies.get(cookie_of(headers["host"]), "")


def refused_stranger(headers: Headers, access: Access) -> Refused | None:
    """The error for a client with neither the token nor the cookie; if a token is sent, it alone
    decides."""
    token = bearer(headers)
    if access.opened_by_cookie(session(headers)) if token is None else access.opened_by(token):
        return None
    return Refused(
        401,
        "This service needs its token. In a browser, open the address that the command printed; "
        "in a program, send the header `Authorization: Bearer TOKEN`.",
        {"www-authenticate": "Bearer"},
    )


def refused_entry(
    scope: Scope, access: Access, verbs: Collection[str], public: Collection[str]
) -> Refused | None:
    """The error of the first check that a request fails; None if it passes all. A `public` path
    needs no token."""
    headers, method = Headers(scope=scope), scope["method"]
    broken = refused_host(headers, access.hosts) or refused_verb(method, verbs)
    if broken:
        return broken
    opened = scope["path"] in public and method in SAFE
    stranger = None if opened else refused_stranger(headers, access)
    return stranger or refused_origin(method, headers, by_cookie=bearer(headers) is None)
