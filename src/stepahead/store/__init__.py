"""Store: fitted forecasters to files and back. No pickle, nothing that runs on load."""

from ._file import write_atomically as write_atomically
from ._forecaster import load as load
from ._forecaster import save as save
