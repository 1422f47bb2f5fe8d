"""Extras: optional dependencies, and the message if one is not installed."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import NamedTuple

from ._check import Refusal


class Extra(NamedTuple):
    """An extra: its name, and a clause that says what needs which package."""

    name: str
    need: str


_NETWORKS = Extra("networks", "This computes with JAX")
_PLOTS = Extra("plots", "Figures and reports need altair and vl-convert-python")
_APP = Extra("app", "The server and the app need starlette, uvicorn, jinja2 and python-multipart")

EXTRAS = {
    "jax": _NETWORKS,
    "jaxlib": _NETWORKS,
    "equinox": _NETWORKS,
    "optax": _NETWORKS,
    "altair": _PLOTS,
    "vl_convert": _PLOTS,
    "sentencepiece": Extra("text", "Subwords need sentencepiece"),
    "mido": Extra("music", "MIDI files need mido"),
    "statsmodels": Extra(
        "samples",
        "Sample series, and exponential smoothing as an early version saved it, need statsmodels",
    ),
    "python_calamine": Extra("excel", "A workbook, unless saved as CSV, needs python-calamine"),
    "starlette": _APP,
    "uvicorn": _APP,
    "jinja2": _APP,
    "python_multipart": _APP,
    "dask": Extra("dask", "This engine needs Dask"),
    "distributed": Extra("dask", "This engine needs Dask"),
    "ray": Extra("ray", "This engine needs Ray"),
    "mlflow": Extra("mlflow", "Models of MLflow need mlflow-skinny"),
    "onnx": Extra("onnx", "ONNX files need onnx"),
    "sktime": Extra("sktime", "A forecaster of sktime needs sktime"),
}
"""The extra that installs each optional module."""


def installed(module: str) -> bool:
    """True if a module can be imported; it is not loaded.

    >>> installed("numpy"), installed("no_such_module")
    (True, False)
    """
    return find_spec(module) is not None


def absent(module: str) -> Refusal:
    """The refusal for a module of `EXTRAS` that is not installed, with the command that installs
    it.

    >>> str(absent("sentencepiece"))
    "Subwords need sentencepiece, not installed here: pip install 'stepahead[text]'"
    """
    extra = EXTRAS[module]
    return Refusal(f"{extra.need}, not installed here: pip install 'stepahead[{extra.name}]'")


@contextmanager
def extras_needed() -> Iterator[None]:
    """Context manager: turns a failed import of an optional module into the refusal of `absent`.

    >>> with extras_needed():
    ...     raise ModuleNotFoundError(name="mido")
    Traceback (most recent call last):
    ...
    stepahead._check.Refusal: MIDI files need mido, not installed here: pip install
    'stepahead[music]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRAS:
            raise
        raise absent(module) from error
