"""Print the card of a file of weights, or write an entry of it.

    python pretraining/card.py src/stepahead/pretrained/weights.safetensors
    python pretraining/card.py FOLDER/weights.safetensors figures "32 sets, last window: …"

`pretrain.py` writes what it knows: data, network, updates, seed, licence, limits. What the weights
forecast of recorded series is measured afterwards, by `benchmarks/accuracy/zero_shot.py`.
"""

import json
import sys
from pathlib import Path

from safetensors import safe_open
from safetensors.numpy import load_file, save_file


def card_of(file: Path) -> dict[str, object]:
    """The card in a file of weights; empty, where it has none."""
    with safe_open(file, "numpy") as opened:
        return dict(json.loads((opened.metadata() or {}).get("card", "{}")))


def write(file: Path, card: dict[str, object]) -> None:
    """Write this card into the file, whose weights stay."""
    beside = file.with_suffix(".part")
    save_file(load_file(file), beside, {"card": json.dumps(card, ensure_ascii=False)})
    beside.replace(file)


def main(told: list[str]) -> None:
    """Write the entry that is told, if any, and print the card."""
    if len(told) not in (1, 3):
        raise SystemExit("Give a file of weights, and an entry and its text to write one.")
    file = Path(told[0])
    if len(told) == 3:
        write(file, card_of(file) | {told[1]: told[2]})
    print(json.dumps(card_of(file), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
