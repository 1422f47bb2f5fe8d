"""The rules of entry, each a sentence for who breaks it: host, verb, origin, token."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from ._access import Access, cookie_of

SAFE = frozenset({"GET", "HEAD"})
"""Verbs that change nothing."""


class Refused(NamedTuple):
    """The status and the sentence for a request that may not enter, and headers of the answer."""

    status: int
    sentence: str
    headers: Mapping[str, str] | None = None


def refused_host(headers: Headers, hosts: Collection[str]) -> Refused | None:
    """Refuse a `Host` that is not exactly one of `hosts`: a page elsewhere whose name was pointed
    to this machine (DNS rebinding) sends its own."""
    if [each.lower() for each in headers.getlist("host")] in [[host] for host in hosts]:
        return None
    return Refused(
        421,
        f"This service answers to {', '.join(sorted(hosts))} only. Call it by one of these names.",
    )


def refused_verb(method: str, verbs: Collection[str]) -> Refused | None:
    """Refuse a verb that is not listed."""
    if method in verbs:
        return None
    allowed = ", ".join(sorted(verbs))
    return Refused(405, f"This service knows {allowed} only.", {"allow": allowed})


def refused_origin(method: str, headers: Headers, by_cookie: bool) -> Refused | None:
    """Refuse what another site or another port asks through the user's browser.

    A browser says so itself: `Origin` names the page that asks, `Sec-Fetch-Site` how far away it
    is. What changes something must come from here, and with a cookie it must say so. Reading is
    also allowed by following a link, which hands nothing to the page that holds the link.
    """
    origins, site = headers.getlist("origin"), headers.get("sec-fetch-site")
    # A form of our own pages says `null`, for their referrer policy keeps the page's name back.
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
    """The value of this service's cookie, empty without one."""
    cookies = cookie_parser(headers.get("cookie", ""))
    return cookies.get(cookie_of(headers["host"]), "")


def refused_stranger(headers: Headers, access: Access) -> Refused | None:
    """Refuse who has neither the token nor the cookie; who sends a token is judged by it."""
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
    """The first rule that a request breaks; None lets it in. A `public` path needs no token."""
    headers, method = Headers(scope=scope), scope["method"]
    broken = refused_host(headers, access.hosts) or refused_verb(method, verbs)
    if broken:
        return broken
    opened = scope["path"] in public and method in SAFE
    stranger = None if opened else refused_stranger(headers, access)
    return stranger or refused_origin(method, headers, by_cookie=bearer(headers) is None)
