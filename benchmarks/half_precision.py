"""The cost of weights in half precision (`save(…, half_precision=True)`): sizes and answers.

    STEPAHEAD_DATA=… python benchmarks/half_precision.py

A language model, LSTM(128) over the words of the first 2,000 lines of the Penn Treebank, one epoch:
size of the file and perplexity of the first 500 lines of the validation text, from single and from
half precision. A global GRU(32) of the 1,428 monthly series of M3, trained as `--model gru`: sMAPE
of the 18 steps held out, and the largest change of a forecast as a part of its series' standard
deviation.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import stepahead as sa
from stepahead import data, models, training
from stepahead.readers import text_of

DATA = Path(os.environ.get("STEPAHEAD_DATA", Path(__file__).parents[2] / "shared" / "data"))


def both(fitted: Any) -> tuple[tuple[Any, Any], tuple[int, int]]:
    """The value after saving and loading in single and in half precision, and the sizes of the
    files in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("single", "half")]
        for path in paths:
            sa.save(fitted, path, half_precision=path.name == "half")
        single, half = (sa.load(path) for path in paths)
        sizes = [path.stat().st_size for path in paths]
    return (single, half), (sizes[0], sizes[1])


def words() -> None:
    """A language model."""
    train, held = (
        text_of(DATA / "text" / "ptb" / f"ptb.{part}.txt.gz").split("\n")[:lines]
        for part, lines in (("train", 2000), ("valid", 500))
    )
    text = data.Tokens.from_texts(train).concatenated()
    recipe = training.Gradient(span=35, batch=20, epochs=1, optimizer=training.adam(2e-3))
    spec = models.Embedded(models.LSTM(128))
    loaded, sizes = both(sa.fit(spec, text, key=0, training=recipe))
    judged = [one.score(held).perplexity for one in loaded]
    print(f"{spec}: {sizes[0]:,} and {sizes[1]:,} bytes, {sizes[1] / sizes[0]:.2f}")
    print(f"  perplexity {judged[0]:.4f} and {judged[1]:.4f}")


def months() -> None:
    """A global network of M3 monthly."""
    panel = sa.read(str(DATA / "m3" / "M3-Monthly-train.csv.gz"))
    actual = sa.read(str(DATA / "m3" / "M3-Monthly-test.csv.gz"))
    fitted = sa.fit(models.GRU(32), panel, 18, key=0)
    loaded, sizes = both(fitted)
    ahead = [one.predict().mean for one in loaded]
    truth = actual.values.reshape(ahead[0].shape)
    spread = np.array([panel.series(number).std() for number in range(len(panel))])
    apart = np.abs(ahead[1] - ahead[0]).max(axis=1)[:, 0] / spread
    errors = [200 * np.mean(np.abs(one - truth) / (np.abs(one) + np.abs(truth))) for one in ahead]
    print(f"{fitted.spec}: {sizes[0]:,} and {sizes[1]:,} bytes, history included")
    print(
        f"  sMAPE {errors[0]:.4f} and {errors[1]:.4f}; forecasts apart by at most {apart.max():.1e}"
    )


if __name__ == "__main__":
    words()
    months()
