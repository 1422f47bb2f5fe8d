"""The command line: one file per command, which parses, calls and prints."""

from ._app import app as app
from ._app import main as main
