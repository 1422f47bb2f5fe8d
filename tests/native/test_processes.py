"""Tests that take a process of their own: threads, forks, and a package without its kernels."""

import os
import subprocess
import sys
import textwrap

import pytest

from stepahead import native
from stepahead.native._library import CHOICE

SETUP = """
import os, sys
import jax, jax.numpy as jnp, numpy as np
from stepahead import native
from stepahead.ops import GRU, LSTM, NATIVE, SCAN, SCAN_BY_HAND, Weights, best_path, recurrence
draw = np.random.default_rng(0)
def normal(*shape): return jnp.asarray(draw.normal(0, 0.3, shape), jnp.float32)
def slopes(cell, batch, path, hidden=20):
    rows = cell.gates * hidden
    candidate_bias = normal(hidden) if cell is GRU else None
    weights = Weights(normal(rows, 3), normal(rows, hidden), normal(rows), candidate_bias)
    inputs, state = normal(batch, 21, 3), tuple(normal(batch, hidden) for _ in range(cell.states))
    output = lambda *given: recurrence(cell, *given, path=path)[0]
    loss = lambda *given: (output(*given) ** 2).sum()
    return jax.jit(jax.value_and_grad(loss, (0, 1, 2))), (weights, inputs, state)
"""


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SETUP + textwrap.dedent(code)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


needs_kernels = pytest.mark.skipif(not native.available(), reason=native.reason())


@needs_kernels
def test_any_number_of_threads_gives_the_same_bits() -> None:
    code = """
    import hashlib
    digest = hashlib.sha256()
    for cell, batch, hidden in [(LSTM, 100, 20), (GRU, 33, 7), (LSTM, 130, 140)]:
        function, arguments = slopes(cell, batch, NATIVE, hidden)
        for leaf in jax.tree.leaves(function(*arguments)[1]):
            digest.update(np.asarray(leaf).tobytes())
    words = normal(100, 20), normal(900, 20), normal(900), jnp.arange(100), normal(100)
    offsets = (0, 80, 1680, -1, 1760, 2320, 2516, -1, 2544, 2572)
    stack = native.StackShape("lstm", (20, 7), offsets, "normal", 2, True)
    windows = normal(2576), normal(200, 1), jnp.arange(100), jnp.ones(100)
    step = native.window_step(stack, 21, tuple(range(21)), *windows)
    before, starts = (normal(3, 2576), *jnp.zeros((2, 3, 2576))), jnp.arange(600).reshape(3, 2, 100)
    data = normal(1, 700, 1), starts, jnp.ones(starts.shape), jnp.ones(2), 0.1 + jnp.zeros((2, 2))
    epoch = native.window_epoch(stack, 21, (3, 20), before, *data, clip=1.0, decay=0.1)
    for array in (*native.cross_entropies(*words), *step, *epoch):
        digest.update(np.asarray(array).tobytes())
    print(digest.hexdigest())
    """
    told = {threads: python(code, NPROC=str(threads)) for threads in (1, 2, 4)}
    assert len({t.stdout for t in told.values()}) == 1, {
        n: (t.stdout, t.stderr[-500:]) for n, t in told.items()
    }
    assert len(told[1].stdout.strip()) == 64


@pytest.mark.parametrize("path", ["NATIVE", "SCAN"])
def test_a_forked_worker_refuses_in_a_sentence(path) -> None:
    if path == "NATIVE" and not native.available():
        pytest.skip(native.reason())
    code = f"""
    import signal, warnings
    warnings.simplefilter("ignore")
    function, arguments = slopes(LSTM, 64, {path})
    function(*arguments)[0].block_until_ready()
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            function(*arguments)
        except Exception as refused:
            print(refused, flush=True)
        os._exit(0)
    print(os.waitpid(child, 0)[1])
    """
    told = python(code)
    assert "get_context('spawn')" in told.stdout and told.stdout.splitlines()[-1] == "0", (
        told.stdout,
        told.stderr[-1000:],
    )


def test_without_kernels_everything_runs_on_scan_in_silence() -> None:
    code = """
    from stepahead import native
    assert not native.available() and "lax.scan" in native.reason()
    function, arguments = slopes(LSTM, 4, None)
    assert best_path(LSTM, *arguments[:2]) is SCAN_BY_HAND
    assert np.isfinite(function(*arguments)[0])
    try:
        slopes(LSTM, 4, NATIVE)[0](*arguments)
    except Exception as refused:
        print("refused:", refused)
    """
    told = python(code, **{CHOICE: "none"})
    assert told.stdout.startswith("refused: Compiled kernels are switched off"), told.stderr
    assert told.stderr == ""


def test_an_unknown_choice_is_told() -> None:
    told = python("from stepahead import native; print(native.reason())", **{CHOICE: "mmx"})
    assert "mmx is not among" in told.stdout or not native.available(), told.stderr


@needs_kernels
def test_float64_runs_on_scan() -> None:
    code = """
    function, (weights, inputs, state) = slopes(LSTM, 4, None)
    weights, inputs, state = jax.tree.map(lambda a: a.astype(jnp.float64), (weights, inputs, state))
    assert best_path(LSTM, weights, inputs) is SCAN_BY_HAND
    print(jax.jit(lambda: recurrence(LSTM, weights, inputs, state)[0])().dtype)
    """
    assert python(code, JAX_ENABLE_X64="1").stdout.strip() == "float64"
