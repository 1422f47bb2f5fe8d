"""HTML by construction: everything that is not our own markup is text, and is escaped."""

import html
import json

VOID = frozenset({"meta", "br", "hr", "img"})
"""Elements that have no end."""


class Markup(str):
    """Text that is HTML already; only `element`, `script`, `style` and `joined` make it."""


def element(name: str, *content: object, **attributes: object) -> Markup:
    """One element around its content; content that is not `Markup` is text. An attribute of None is
    left out, `class_` is `class`.

    >>> element("p", "1 < 2 ", element("b", "so"), class_="small")
    '<p class="small">1 &lt; 2 <b>so</b></p>'
    """
    given = {
        key.rstrip("_").replace("_", "-"): value
        for key, value in attributes.items()
        if value is not None
    }
    opening = name + "".join(f' {key}="{html.escape(str(value))}"' for key, value in given.items())
    return Markup(f"<{opening}>" if name in VOID else f"<{opening}>{joined(*content)}</{name}>")


def joined(*content: object) -> Markup:
    """Content, one after the other; None is nothing.

    >>> joined("<", None, element("br"))
    '&lt;<br>'
    """
    return Markup(
        "".join(
            part if isinstance(part, Markup) else html.escape(str(part))
            for part in content
            if part is not None
        )
    )


def values_script(values: object, name: str) -> Markup:
    """Values as JSON inside the page, under an id: nothing in them can end the element or begin
    another.

    >>> values_script(["</script><b>"], "data")
    '<script type="application/json"
    id="data">["\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e"]</script>'
    """
    text = json.dumps(values, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/json" id="{html.escape(name)}">{text}</script>')


def program(source: str) -> Markup:
    """A program of ours to run in the page; refuses one that would end its element early."""
    if "</script" in source.lower() or "<!--" in source:
        raise ValueError("A program in a page must not hold the end of its own element.")
    return Markup(f"<script>{source}</script>")


def style(sheet: str) -> Markup:
    """A style sheet of ours."""
    return Markup(f"<style>{sheet}</style>")
