"""The commands that start a server on this machine: the app in the browser, and saved models over
HTTP."""

from ._local_app import local_app as local_app
from ._serve import serve as serve
