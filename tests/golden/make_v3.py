"""Made the files of format 3, whose networks have weights in half precision, and v3-answers.json:
what each answered on that day.

Files of a version stay as they are.
"""

import json
import runpy
from pathlib import Path
from typing import Any

import stepahead as sa
from stepahead import models
from stepahead.data import Tokens
from stepahead.training import BySequence, Gradient

HERE = Path(__file__).parent
ANSWERS = HERE / "v3-answers.json"
PARTS: dict[str, Any] = runpy.run_path(str(HERE / "make_v2_parts.py"), run_name="parts")


def fitted() -> dict[str, Any]:
    """The values, by the names of their files."""
    text = Tokens.from_texts(PARTS["SENTENCES"])
    counts = sa.fit(models.NGram(2), text, key=0)
    words = sa.fit(models.LSTM(4), text, key=0, training=BySequence(epochs=2, batch=2))
    windows = Gradient(span=12, epochs=1, steps=3, batch=4)
    gru = sa.fit(models.GRU(4), PARTS["MONTHS"], 4, key=0, training=windows)
    return {"v3-half-words": sa.mix((counts, words), text), "v3-half-gru": gru}


def main() -> None:
    """Write the files and what they answer."""
    told = {}
    for name, value in fitted().items():
        path = HERE / f"{name}.stepahead"
        sa.save(value, path, half_precision=True)
        told[name] = PARTS["answer"](sa.load(path))
    ANSWERS.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
