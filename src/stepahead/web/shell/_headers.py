"""The headers of every answer: a page runs this service's own scripts and styles, and no other."""

from typing import Final

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script or style, no eval, nothing from elsewhere, no frame, no form to elsewhere."""

SECURITY_HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
}
"""Set on every answer, whatever the service says."""

DEFAULT_HEADERS: Final = {"cache-control": "no-store"}
"""Set where the service says nothing else: an answer holds the user's data."""

LETTERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
OTHERWISE = [(name.encode(), value.encode()) for name, value in DEFAULT_HEADERS.items()]
REPLACED = {name for name, _ in LETTERS}


def hardened(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with those of this page; what the service set of them is replaced.

    >>> done = dict(
    ...     hardened([(b"Referrer-Policy", b"unsafe-url"), (b"cache-control", b"max-age=9")])
    ... )
    >>> done[b"referrer-policy"], done[b"cache-control"], b"Referrer-Policy" in done
    (b'no-referrer', b'max-age=9', False)
    """
    kept = [(name, value) for name, value in headers if name.lower() not in REPLACED]
    there = {name.lower() for name, _ in kept}
    return [*kept, *LETTERS, *(each for each in OTHERWISE if each[0] not in there)]
