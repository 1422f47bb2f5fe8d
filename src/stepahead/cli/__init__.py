"""The command line: one file per command, which parses the arguments, calls the library and prints
the result."""

from ._app import app as app
from ._app import main as main
