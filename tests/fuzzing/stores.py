"""Saved files that were damaged, or that say in their header what they do not hold, with a digest
that fits."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from stepahead.store._file import _digest

from .tables import hurt

FILES = sorted((Path(__file__).parents[1] / "golden").glob("*.stepahead"))


def damaged_model(rng: np.random.Generator) -> dict[str, bytes]:
    """A saved file with bytes changed or lost."""
    return {"model.stepahead": hurt(_drawn(rng), rng)}


def forged_model(rng: np.random.Generator) -> dict[str, bytes]:
    """A saved file whose header or arrays are others, as if it had been written so."""
    content = _drawn(rng)
    (size,) = struct.unpack("<Q", content[:8])
    header, arrays = (
        json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["stepahead"]),
        load(content),
    )
    if rng.random() < 0.7:
        _change(header, rng)
    else:
        _change_array(arrays, rng)
    text = json.dumps(header, sort_keys=True)
    return {
        "model.stepahead": save(
            arrays, metadata={"stepahead": text, "digest": _digest(text, arrays)}
        )
    }


def _drawn(rng: np.random.Generator) -> bytes:
    return FILES[rng.integers(len(FILES))].read_bytes()


def _change(tree: Any, rng: np.random.Generator) -> None:
    """Replace or take out one value somewhere in a tree of JSON."""
    while True:
        places = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if not places:
            return
        place = places[rng.integers(len(places))]
        if not isinstance(tree[place], dict | list) or not tree[place] or rng.random() < 0.2:
            break
        tree = tree[place]
    if rng.random() < 0.3:
        del tree[place]
    else:
        others = (
            None,
            True,
            0,
            -1,
            1,
            2,
            10**9,
            2**70,
            0.5,
            -1e300,
            float("nan"),
            "",
            "x",
            "GRU",
            "Gaussian",
            [],
            [1],
            {},
            {"type": "GRU"},
        )
        tree[place] = others[rng.integers(len(others))]


def _change_array(arrays: dict[str, np.ndarray], rng: np.random.Generator) -> None:
    """Take one out, or give it other numbers, another shape or another type."""
    name = sorted(arrays)[rng.integers(len(arrays))]
    array = arrays[name]
    match rng.integers(6):
        case 0:
            del arrays[name]
        case 1:
            arrays[name] = array[:-1] if array.ndim and len(array) else array[None]
        case 2:
            arrays[name] = array[None]
        case 3:
            arrays[name] = np.ones(array.shape, np.int64 if array.dtype.kind == "f" else np.float32)
        case 4:
            arrays[name] = np.full_like(
                array, np.nan if array.dtype.kind == "f" else -1 if array.dtype.kind == "i" else 255
            )
        case _:
            arrays[name] = np.zeros_like(array)
