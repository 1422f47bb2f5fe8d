"""Export of forecasting networks to ONNX."""

from pathlib import Path
from typing import Any

import numpy as np

from .._extras import extras_needed
from ..forecasting import Forecaster
from ._portable import Portable, portable

OPSET = 17
"""The version of ONNX's operators: onnxruntime 1.12 (2022) and newer support it."""

LONGEST = 2**31 - 1
"""The end index of a slice that extends to the end."""


def export_onnx(forecaster: Forecaster, path: Path | str) -> None:
    """Write a network as an ONNX file, for onnxruntime and other runtimes without Python.

    Its input `history` is `[series, time, channel]` in float64, in the unit of the data, without
    missing values; scaling is part of the file. Its outputs are `mean` `[series, horizon, channel]`
    and, for a network with quantiles, `quantiles` `[series, horizon, channel, probability]`, equal
    to those of `forecaster.predict` to 1e-5 of the standard deviation. The file's metadata name the
    specification, the horizon, the probabilities and the `context`, the number of last steps that
    the network reads; the scale is that of the whole history. The same networks can be exported as
    by `export_numpy`.
    """
    with extras_needed():
        import onnx
    done = portable(forecaster)
    graph = _Graph(onnx, done)
    graph.write()
    outputs = ["mean", *(["quantiles"] if done.about["probabilities"] else [])]
    kind, value = onnx.TensorProto.DOUBLE, onnx.helper.make_tensor_value_info
    sizes = ["series", done.about["horizon"], done.about["channels"]]
    quantiles = len(done.about["probabilities"])
    made = onnx.helper.make_graph(
        graph.nodes,
        "stepahead",
        [value("history", kind, ["series", "time", done.about["channels"]])],
        [value(n, kind, [*sizes, *([quantiles] if n == "quantiles" else [])]) for n in outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
    )
    opset = [onnx.helper.make_opsetid("", OPSET)]
    model = onnx.helper.make_model(made, opset_imports=opset, producer_name="stepahead")
    model.ir_version = 8  # of that opset, so that the runtimes of its time read it
    named = ("spec", "horizon", "probabilities", "context")
    onnx.helper.set_model_props(model, {name: str(done.about[name]) for name in named})
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


class _Graph:
    """The nodes of a file and its constants. `add` writes a node and returns the name of its
    output."""

    def __init__(self, onnx: Any, done: Portable) -> None:
        self.onnx, self.about = onnx, done.about
        self.arrays: dict[str, Any] = done.arrays
        self.nodes: list[Any] = []
        self.constants: dict[str, np.ndarray] = {}

    def add(
        self, operator: str, *inputs: Any, out: str = "", outputs: int = 1, **options: Any
    ) -> Any:
        names = [self.constant(each) if not isinstance(each, str) else each for each in inputs]
        number = len(self.nodes)
        made = [out or f"v{number}"] if outputs == 1 else [f"v{number}_{k}" for k in range(outputs)]
        self.nodes.append(self.onnx.helper.make_node(operator, names, made, **options))
        return made[0] if outputs == 1 else made

    def constant(self, value: Any) -> str:
        array = np.asarray(value)
        name = f"c{len(self.constants)}"
        self.constants[name] = array.astype(np.int64) if array.dtype.kind == "i" else array
        return name

    def write(self) -> None:
        """Write the nodes that scale the history, run the network, and transform back."""
        single, double = self.onnx.TensorProto.FLOAT, self.onnx.TensorProto.DOUBLE
        center = self.add("ReduceMean", "history", axes=[1])
        apart = self.add("Sub", "history", center)
        scale = self.add("Sqrt", self.add("ReduceMean", self.add("Mul", apart, apart), axes=[1]))
        ends = [self.add(f"Reduce{which}", "history", axes=[1]) for which in ("Min", "Max")]
        moves = self.add("Less", *ends)
        divisor = self.add("Where", moves, scale, np.float64(1))
        scaled = self.add("Cast", self.add("Div", apart, divisor), to=single)
        out = self.add("Cast", self.network(scaled), to=double)
        weights = self.arrays["mean_weights"][:, None]
        mean = self.add("Squeeze", self.add("MatMul", out, weights), [-1])
        self.back(mean, center, scale, moves, "mean")
        if self.about["probabilities"]:
            wide = [self.add("Unsqueeze", each, [-1]) for each in (center, scale, moves)]
            self.back(out, wide[0], wide[1], wide[2], "quantiles")

    def back(self, value: str, center: str, scale: str, moves: str, out: str) -> None:
        """Write the transformation to the unit of the history; a constant series is forecast as
        constant."""
        moved = self.add("Add", self.add("Mul", value, scale), center)
        still = self.add("Add", self.add("Mul", value, np.float64(0)), center)
        self.add("Where", moves, moved, still, out=out)

    def network(self, scaled: str) -> str:
        """As `_runtime._network`."""
        about = self.about
        if about["context"]:
            scaled = self.add("Slice", scaled, [-about["context"]], [LONGEST], [1])
        last = self.add("Gather", scaled, [-1], axis=1)
        inside = self.changes(scaled) if about["anchored"] else scaled
        if about["lags"]:
            rows = self.add("Gather", inside, [-lag for lag in about["lags"]], axis=1)
            hidden = self.add("Flatten", rows, axis=1)
        else:
            hidden = self.recurrent(self.add("Transpose", inside, perm=[1, 0, 2]))
        for number in range(about["dense"]):
            hidden = self.add("Relu", hidden) if number else hidden
            parts = (self.arrays[f"dense{number}.{name}"] for name in ("weight", "bias"))
            hidden = self.add("Gemm", hidden, *parts, transB=1)
        out = self.add("Reshape", hidden, [0, about["horizon"], about["channels"], -1])
        out = self.quantiles(out) if about["probabilities"] else out
        return self.add("Add", out, self.add("Unsqueeze", last, [-1])) if about["anchored"] else out

    def changes(self, scaled: str) -> str:
        """Write the changes from step to step, 0 at the first."""
        first = self.add("Slice", scaled, [0], [1], [1])
        before = self.add("Concat", first, self.add("Slice", scaled, [0], [-1], [1]), axis=1)
        return self.add("Sub", scaled, before)

    def recurrent(self, xs: str) -> str:
        """Write a stack of recurrent layers over `[time, series, column]`; return its last
        output."""
        for number, kind in enumerate(self.about["cells"]):
            parts = [self.arrays[f"{number}.{name}"] for name in ("input", "recurrent", "bias")]
            order = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}.get(kind, (0,))  # theirs, in ours
            w, r, b = (self.turned(each, len(order), order) for each in parts)
            other = np.zeros_like(b)
            width = r.shape[1]
            options: dict[str, Any] = {}
            if kind == "gru":
                other[-width:] = self.arrays[f"{number}.candidate_bias"]
                options = {"linear_before_reset": 1}
            elif kind in ("tanh", "relu"):
                options = {"activations": [kind.capitalize()]}
            bias = np.concatenate([b, other])
            operator = {"lstm": "LSTM", "gru": "GRU"}.get(kind, "RNN")
            along, last = self.add(
                operator, xs, w[None], r[None], bias[None], outputs=2, hidden_size=width, **options
            )
            xs = self.add("Squeeze", along, [1])
        return self.add("Squeeze", last, [0])

    def turned(self, rows: np.ndarray, gates: int, order: tuple[int, ...]) -> np.ndarray:
        """Return the blocks of rows of the gates in ONNX's order."""
        blocks = np.split(rows, gates)
        return np.concatenate([blocks[number] for number in order])

    def quantiles(self, out: str) -> str:
        """As `Quantiles.values`: the middle quantile, and the others at softplus distances from
        it."""
        count = len(self.about["probabilities"])
        first = self.add("Slice", out, [0], [1], [-1])
        steps = self.add("Softplus", self.add("Slice", out, [1], [count], [-1]))
        lower = self.add("Slice", steps, [0], [count // 2], [-1])
        upper = self.add("Slice", steps, [count // 2], [count], [-1])
        below = self.add("Sub", first, self.add("CumSum", lower, np.int64(-1), reverse=1))
        above = self.add("Add", first, self.add("CumSum", upper, np.int64(-1)))
        return self.add("Concat", below, first, above, axis=-1)
