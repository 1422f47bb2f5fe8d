"""The process of `neural_rivals.py`: train one network of neuralforecast on the series of a folder,
forecast, and write the quantiles, the seconds and the peak of memory there.

It has one thread and imports nothing of ours, so its peak of memory is the library's. A few steps
are timed first, by a network that is thrown away; then as many are trained as the limit allows, so
that the learning rate falls as it does over the whole number. The seconds of training are scaled to
the steps that the library takes by default.
"""

import json
import re
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from neuralforecast import NeuralForecast, models
from neuralforecast.losses.pytorch import MQLoss
from pytorch_lightning import Callback

QUIET = ("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary")
STEPS = 1000
"""As many as the library takes by default."""

TIMING = 0.05
"""The share of the limit in which steps are timed."""


class Timed(Callback):
    """Processor seconds of a step but the first; the training ends after so many seconds."""

    def __init__(self, limit: float) -> None:
        self.limit, self.steps, self.began, self.each = limit, -1, 0.0, 0.0

    def on_train_batch_end(self, trainer: object, *_: object) -> None:
        """Count a step; stop when time is over."""
        now = time.process_time()
        self.steps += 1
        if not self.steps:
            self.began = now
            return
        self.each = (now - self.began) / self.steps
        trainer.should_stop = now - self.began > self.limit


def library(wanted: dict, steps: int, *callbacks: Callback) -> NeuralForecast:
    """The network at the library's settings, and what the library leaves to its user."""
    network = getattr(models, wanted["name"])(
        h=wanted["horizon"],
        input_size=wanted["input"],
        loss=MQLoss(quantiles=wanted["at"]),
        max_steps=steps,
        start_padding_enabled=True,
        accelerator="cpu",
        callbacks=list(callbacks),
        **dict.fromkeys(QUIET, False),
    )
    return NeuralForecast(models=[network], freq=1)


def peak() -> float:
    """The peak of memory in MB. What `getrusage` tells of a new process holds the peak of the one
    that started it, so Linux is asked for the program's own."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return float(re.search(r"VmHWM:\s+(\d+)", status.read_text())[1]) / 1024


def main(folder: Path) -> None:
    """Read the series, time some steps, train, forecast, write."""
    importing = time.process_time()
    torch.set_num_threads(1)
    wanted = json.loads((folder / "wanted.json").read_text())
    stored = np.load(folder / "series.npz")
    lengths = stored["lengths"]
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(len(lengths)), lengths),
            "ds": np.concatenate([np.arange(length) for length in lengths]),
            "y": stored["values"],
            "available_mask": stored["known"],
        }
    )
    probe = library(wanted, STEPS, Timed(TIMING * wanted["limit"]))
    probe.fit(frame)  # it works on copies of the network and its callbacks
    (each,) = (x.each for x in probe.models[0].trainer_kwargs["callbacks"] if isinstance(x, Timed))
    steps = int(min(STEPS, max(1, (1 - TIMING) * wanted["limit"] / each)))
    began, cpu = time.perf_counter(), time.process_time()
    fitted = library(wanted, steps)
    fitted.fit(frame)
    trained, cpu_trained = time.perf_counter(), time.process_time()
    found = fitted.predict().sort_values(["unique_id", "ds"]).drop(columns=["unique_id", "ds"])
    more = STEPS / steps - 1
    spent = {
        "steps": steps,
        "importing": importing,
        "seconds": time.perf_counter() - began + more * (trained - began),
        "processor": time.process_time() - cpu + more * (cpu_trained - cpu),
        "megabytes": peak(),
    }
    np.save(
        folder / "quantiles.npy", found.to_numpy(float).reshape(len(lengths), -1, found.shape[1])
    )
    (folder / "spent.json").write_text(json.dumps(spent))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
