"""Made the files v2-*.stepahead beside it, and v2-answers.json: what each answered on that day.

Files of a version stay as they are. Run it from this folder for a kind that has no file yet:
`python make_v2.py`. It writes what is missing and leaves the rest alone.
"""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import stepahead as sa
from stepahead import data, models
from stepahead.workflow import auto_label, auto_tag, label_candidates, tag_candidates

HERE = Path(__file__).parent
ANSWERS = HERE / "v2-answers.json"


def beside(name: str) -> ModuleType:
    """A module of this folder."""
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def joint() -> Any:
    """Two channels with a common level and an ARIMA each."""
    draws = np.random.default_rng(0)
    values = draws.normal(size=(40, 1)).cumsum(axis=0) * [1.0, 5.0] + draws.normal(size=(40, 2))
    parts = models.Common(models.LocalLevel()), models.Apart(models.SARIMA((1, 0, 1)))
    return sa.fit(
        models.StateSpace(*parts, noise=False, joint=True), sa.Panel.from_arrays([values]), 4
    )


def labels(of: str, *names: str) -> Any:
    """The combination of the classifiers that the automatic choice takes, from these (all, if
    none)."""
    kinds = beside("make_v1_kinds")
    labelled = data.Labelled.of(getattr(kinds, of), kinds.LABELS)

    def some(labelled: data.Labelled) -> tuple[Any, ...]:
        return tuple(one for one in label_candidates(labelled) if not names or one.name in names)

    return auto_label(labelled, key=0, clock=lambda: 0.0, choose_from=some).model


def tags(*names: str) -> Any:
    """The combination of these taggers that the automatic choice takes."""
    tagged = beside("make_v1_kinds").TAGGED
    some = tuple(one for one in tag_candidates(tagged) if one.name in names)
    return auto_tag(tagged, key=0, clock=lambda: 0.0, choose_from=lambda tagged: some).model


def fitted() -> dict[str, Callable[[], Any]]:
    """A function that fits it, for each kind that a file can hold."""
    made = {
        name.replace("v1-", "v2-"): (lambda value=value: value)
        for source in (beside("make_v1"), beside("make_v1_kinds"))
        for name, value in source.fitted().items()
        if name != "v1-ets"  # v2-forecasts.json holds the local methods
    }
    panel = beside("make_v1").panel()
    return made | {
        "v2-structural": lambda: sa.fit(
            models.StateSpace(models.LocalLevel(), models.DummySeason(4)), panel, 4, key=0
        ),
        "v2-joint": joint,
        "v2-labels-of-series": lambda: labels("ROWS"),
        "v2-labels-by-convolutions": lambda: labels("ROWS", "most-frequent", "convolutions"),
        "v2-labels-of-text": lambda: labels("TEXT"),
        "v2-tags-most-frequent": lambda: sa.fit(
            models.MostFrequentTag(), beside("make_v1_kinds").TAGGED
        ),
        "v2-tags-by-features": lambda: sa.fit(
            models.CRFTagger(epochs=2, min_count=1), beside("make_v1_kinds").TAGGED, key=0
        ),
        "v2-tags-combined": lambda: tags("most-frequent", "crf"),
    }


def main() -> None:
    """Write the files that are missing, and their answers."""
    answer = beside("make_v1_kinds").answer
    told = json.loads(ANSWERS.read_text()) if ANSWERS.exists() else {}
    for name, fit in fitted().items():
        if name not in told:
            value = fit()
            sa.save(value, HERE / f"{name}.stepahead")
            told[name] = np.asarray(answer(value)).tolist()
    ANSWERS.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
