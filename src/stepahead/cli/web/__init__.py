"""The commands that serve pages on this machine."""

from ._local_app import local_app as local_app
