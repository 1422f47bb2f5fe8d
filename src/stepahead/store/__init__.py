"""Store: fitted forecasters to files and back. No pickle, nothing that runs on load."""

from ._file import write_atomically as write_atomically
from ._forecaster import Fitted as Fitted
from ._forecaster import load as load
from ._forecaster import save as save
from ._progress import resuming as resuming
from ._progress import save_progress as save_progress
