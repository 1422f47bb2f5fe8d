"""Store: fitted forecasters to files and back. No pickle, nothing that runs on load."""

from ._arpa import save_arpa as save_arpa
from ._file import write_atomically as write_atomically
from ._forecaster import Fitted as Fitted
from ._forecaster import load as load
from ._forecaster import save as save
from ._origins import save_origin as save_origin
from ._origins import saved_origins as saved_origins
from ._progress import resuming as resuming
from ._progress import save_progress as save_progress
