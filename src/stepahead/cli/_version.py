"""`stepahead version`."""

import typer


def version() -> None:
    """Print the version."""
    from .. import __version__

    typer.echo(__version__)
