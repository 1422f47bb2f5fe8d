"""Models of token sequences as services: score and sample texts, label, tag, translate."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...generation import Filter
from ._service import SampleOptions, Service

if TYPE_CHECKING:
    from ...generation import LanguageModel, TranslationModel
    from ...labelling import LabelPredictor, TagModel

TRIAL = "a"
"""A text with which services are run once."""


class LanguageService(Service):
    """A language model."""

    verbs = ("score", "next", "sample")

    def __init__(self, model: "LanguageModel") -> None:
        self.model = model

    def described(self) -> dict[str, Any]:
        """The specification and the size of the vocabulary."""
        return {"model": repr(self.model.spec), "vocabulary": len(self.model.vocabulary)}

    def warmed(self) -> None:
        """Score a text, predict one token, sample one."""
        self.model.score([TRIAL])
        self.model.next()
        self.model.sample(2, key=0)

    def scores(self, texts: Sequence[str]) -> list[Any]:
        """As `Service.scores`, with the mean per token, the end included."""
        score = self.model.score(list(texts))
        return [
            {"log_prob": float(total), "per_token": float(each)}
            for total, each in zip(score.totals, score.per_token, strict=True)
        ]

    def next(self, prompts: Sequence[str], top: int) -> list[Any]:
        """As `Service.next`."""
        return [[each._asdict() for each in self.model.next(prompt, top)] for prompt in prompts]

    def samples(self, options: SampleOptions) -> list[Any]:
        """As `Service.samples`."""
        found = self.model.sample(
            options.length,
            key=options.seed,
            count=options.count,
            prompt=options.prompt,
            filtered=_filter(options),
        )
        return [each._asdict() for each in found]

    def drawn(self, options: SampleOptions) -> Iterator[dict[str, Any]]:
        """As `Service.drawn`: the tokens of `samples`, one by one."""
        for each in self.model.stream(
            options.length, key=options.seed, prompt=options.prompt, filtered=_filter(options)
        ):
            yield each._asdict()


class LabelService(Service):
    """A classifier of texts."""

    verbs = ("label",)

    def __init__(self, model: "LabelPredictor") -> None:
        self.model = model

    def described(self) -> dict[str, Any]:
        """The specification and the labels."""
        return {"model": repr(self.model.spec), "labels": list(self.model.names)}

    def warmed(self) -> None:
        """Label a text, unless the classifier takes series."""
        if self.model.vocabulary is not None:
            self.model.probabilities([TRIAL])

    def labels(self, texts: Sequence[str]) -> list[Any]:
        """As `Service.labels`."""
        names = self.model.names
        return [
            {
                "label": names[int(row.argmax())],
                "probabilities": dict(zip(names, row.tolist(), strict=True)),
            }
            for row in np.asarray(self.model.probabilities(list(texts)), np.float64)
        ]


class TagService(Service):
    """A tagger."""

    verbs = ("tag",)

    def __init__(self, model: "TagModel") -> None:
        self.model = model

    def described(self) -> dict[str, Any]:
        """The specification and the tags."""
        return {"model": repr(self.model.spec), "tags": list(self.model.names)}

    def warmed(self) -> None:
        """Tag a word."""
        self.model.tag([TRIAL])

    def tags(self, texts: Sequence[str]) -> list[Any]:
        """As `Service.tags`."""
        words = self.model.tokens(list(texts))
        tags = self.model.tag(words)
        spelled = [words.vocabulary.words[number] for number in words.ids]
        named = [tags.vocabulary.words[number] for number in tags.ids]
        pairs = [{"word": word, "tag": tag} for word, tag in zip(spelled, named, strict=True)]
        return [
            pairs[begin:end]
            for begin, end in zip(words.offsets[:-1], words.offsets[1:], strict=True)
        ]


class TranslationService(Service):
    """A translator."""

    verbs = ("translate",)

    def __init__(self, model: "TranslationModel") -> None:
        self.model = model

    def described(self) -> dict[str, Any]:
        """The specification, and the size of the target vocabulary."""
        return {"model": repr(self.model.spec), "vocabulary": len(self.model.target)}

    def warmed(self) -> None:
        """Translate a word, unless the source is not text."""
        if self.model.source is not None:
            self.model.translate([self.model.source.words[-1]], length=2)

    def translations(
        self, texts: Sequence[str], width: int = 1, length: int | None = None
    ) -> list[Any]:
        """As `Service.translations`."""
        return list(self.model.translate(list(texts), width=width, length=length))


def _filter(options: SampleOptions) -> Filter:
    return Filter(options.temperature, options.top_k, options.nucleus)
