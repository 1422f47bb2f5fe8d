"""Reading parallel text: two files, line by line."""

from pathlib import Path

from ..._check import Refusal, counted
from ...data import Pairs, Tokenizer, Tokens, Vocabulary
from ._text import text_of


def read_pairs(
    source: str | Path,
    target: str | Path,
    *,
    tokenizers: tuple[Tokenizer | None, Tokenizer | None] = (None, None),
    vocabularies: tuple[Vocabulary, Vocabulary] | None = None,
    min_count: int = 1,
) -> Pairs:
    """Read two texts in UTF-8, gzipped or not; line n of one corresponds to line n of the other.

    `tokenizers` split each into tokens (at white space unless given), and tokens that occur fewer
    than `min_count` times are `<unk>`. For test data, give the two `vocabularies` of the training
    pairs (`pairs.inputs.vocabulary`, `pairs.targets.vocabulary`). Pairs of two empty lines are
    skipped; a pair with one empty line is an error, as are texts with different numbers of lines.
    """
    left, right = _lines(source), _lines(target)
    if len(left) != len(right):
        short, long, many = (
            (source, target, right) if len(left) < len(right) else (target, source, left)
        )
        first = min(len(left), len(right)) + 1
        raise Refusal(
            f"'{source}' has {counted(len(left), 'line')} and '{target}' has {len(right)}: line "
            f"{first} of '{long}', which begins "
            f"'{many[first - 1][:40]}', has none beside it in '{short}'. Give one line for each."
        )
    pairs = list[tuple[str, str]]()
    for number, pair in enumerate(zip(left, right, strict=True), 1):
        if bool(pair[0].strip()) != bool(pair[1].strip()):
            empty, other = (source, target) if not pair[0].strip() else (target, source)
            raise Refusal(
                f"Line {number} of '{empty}' is empty, but that of '{other}' is not. Fill it, or "
                "empty both."
            )
        if pair[0].strip():
            pairs.append(pair)
    if not pairs:
        raise Refusal(
            f"'{source}' and '{target}' hold no line with something in it. Give two texts."
        )
    of_source, of_target = (None, None) if vocabularies is None else vocabularies
    return Pairs(
        Tokens.from_texts(
            [one for one, _ in pairs], tokenizers[0], vocabulary=of_source, min_count=min_count
        ),
        Tokens.from_texts(
            [other for _, other in pairs], tokenizers[1], vocabulary=of_target, min_count=min_count
        ),
    )


def _lines(path: str | Path) -> list[str]:
    """The lines of a file, without an empty one at the very end."""
    return text_of(path).removesuffix("\n").split("\n")
