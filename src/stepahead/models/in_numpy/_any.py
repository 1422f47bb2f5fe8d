"""The NumPy network of any specification that NumPy can run."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ._classifier import NumpyClassifier
from ._decoder import NumpyTokenDecoder
from ._tagger import NumpyTagger
from ._token_model import NumpyTokenModel
from ._translator import NumpyTranslator

NETWORKS: tuple[Any, ...] = (
    NumpyTokenModel,
    NumpyClassifier,
    NumpyTagger,
    NumpyTranslator,
    NumpyTokenDecoder,
)


def network_in_numpy(spec: Any, arrays: Mapping[str, np.ndarray], at: str) -> Any:
    """Return the network of this specification from its arrays, which are named by their paths
    below `at`; None if NumPy cannot run it."""
    found = next((network for network in NETWORKS if network.can_run(spec)), None)
    of_rows = found is NumpyTokenDecoder and f"{at}.net.embedding" not in arrays
    return None if found is None or of_rows else found.of(spec, arrays, at)
