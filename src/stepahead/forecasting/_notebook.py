"""How a fitted forecaster shows itself in a notebook."""

from html import escape


def as_html(summary: str) -> str:
    """The lines of a summary as they stand, safe inside a page.

    >>> as_html("a < b")
    '<pre>a &lt; b</pre>'
    """
    return f"<pre>{escape(summary)}</pre>"
