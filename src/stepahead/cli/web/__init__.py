"""The commands that serve on this machine: pages, and models."""

from ._local_app import local_app as local_app
from ._serve import serve as serve
