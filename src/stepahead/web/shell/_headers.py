"""The headers of every answer: a page can run only scripts and styles of this service."""

from typing import Final

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The content security policy: no inline script or style, no eval, nothing from other sites, no
frames, no forms to other sites."""

SECURITY_HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}
"""Headers that every answer gets, whatever the service sets."""

DEFAULT_HEADERS: Final = {"cache-control": "no-store"}
"""Headers that an answer gets if the service does not set them: answers contain the user's data."""

LETTERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
OTHERWISE = [(name.encode(), value.encode()) for name, value in DEFAULT_HEADERS.items()]
REPLACED = {name for name, _ in LETTERS}


def hardened(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with those of this module; they replace what the service set.

    >>> done = dict(
    ...     hardened([(b"Referrer-Policy", b"unsafe-url"), (b"cache-control", b"max-age=9")])
    ... )
    >>> done[b"referrer-policy"], done[b"cache-control"], b"Referrer-Policy" in done
    (b'no-referrer', b'max-age=9', False)
    """
    kept = [(name, value) for name, value in headers if name.lower() not in REPLACED]
    there = {name.lower() for name, _ in kept}
    return [*kept, *LETTERS, *(each for each in OTHERWISE if each[0] not in there)]
