"""HTML from functions: everything that is not `Markup` is escaped as text."""

import html
import json

VOID = frozenset({"meta", "br", "hr", "img"})
"""Elements without an end tag."""


class Markup(str):
    """Text that is already HTML; only `element`, `script`, `style` and `joined` create it."""


def element(name: str, *content: object, **attributes: object) -> Markup:
    """An HTML element with its content; content that is not `Markup` is escaped. An attribute that
    is None is left out; `class_` becomes `class`.

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
    """The contents concatenated; None is left out.

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
    """Values as JSON in a script element with an id; they are escaped so that they cannot end the
    element or begin another.

    >>> values_script(["</script><b>"], "data")
    '<script type="application/json"
    id="data">["\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e"]</script>'
    """
    text = json.dumps(values, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(f'<script type="application/json" id="{html.escape(name)}">{text}</script>')


def program(source: str) -> Markup:
    """A script of this package for the page; one that would end its element early is an error."""
    if "</script" in source.lower() or "<!--" in source:
        raise ValueError("A program in a page must not hold the end of its own element.")
    return Markup(f"<script>{source}</script>")


def style(sheet: str) -> Markup:
    """A style sheet of this package."""
    return Markup(f"<style>{sheet}</style>")
