"""The network of a fitted model, unrolled over time: inputs, states, outputs and their connections,
as boxes and arrows."""

from collections.abc import Callable
from typing import Any

from ..._check import Refusal
from ...forecasting import Forecaster
from ...generation import Generator, LanguageModel, SeriesGenerator, TranslationModel
from ...labelling import LabelModel, TagNetwork
from ...models import Anchored, ClassifierModel, Direct, EncoderBody, EncoderDecoder, TokenModel
from .._theme import Figure, themed
from ._boxes import Drawing, figure_of

STEPS = 4
"""The number of steps that are drawn."""

LAYERS = 3
"""The largest number of layers that are drawn."""

ASIDE = 0.13
"""Distance from the middle line for an arrow that runs parallel to another."""


def unrolled(fitted: Any, *, title: str | None = None, subtitle: str | None = None) -> Figure:
    """Draw how a fitted model processes its sequences, over a few steps: inputs are grey, states
    blue (green in the backward direction), outputs orange, vectors violet; feedback and attention
    are dashed.

    `fitted` is the result of `fit` for any network: a forecaster, a language model, a classifier, a
    tagger, a translator, a generator.

    >>> import stepahead as sa
    >>> spec = sa.models.Decoder(sa.models.GRU(3))
    >>> generator = sa.Generator.untrained(
    ...     0, spec=spec, vocabulary=sa.data.Vocabulary.of([["a", "b"]]), features=2
    ... )
    >>> "v" in unrolled(generator).layer[2].data["text"].tolist()
    True
    """
    draw = next((draw for kind, draw in _DRAWN.items() if isinstance(fitted, kind)), None)
    if draw is None:
        raise Refusal(
            f"There is no net in a {type(fitted).__name__} to unroll. Give what `fit` returns for "
            "a net."
        )
    drawing = draw(fitted)
    return themed(figure_of(drawing), title or drawing.title, subtitle)


def _forecaster(fitted: Forecaster) -> Drawing:
    spec = fitted.spec
    while isinstance(spec, Anchored | Direct):
        spec = spec.spec
    drawing, horizon = Drawing(), fitted.model.head.horizon
    if isinstance(spec, EncoderDecoder):
        layers = _shown(spec.body.layers)
        _read(drawing, layers, "x")
        _decode(drawing, STEPS, layers, "x̂", 4, fed_back=False, number=STEPS + 1)
        drawing.arrow(f"e{layers - 1}.{STEPS - 1}", f"d0.{STEPS}")
        return drawing.named(
            "A sequence becomes the next: one net reads, another writes all steps ahead"
        )
    layers = _shown(fitted.model.body.depth)
    _read(drawing, layers, "x")
    for step in range(STEPS):
        drawing.box(
            f"o{step}",
            step,
            layers + 1,
            f"x̂{_low(step + 2)}" + (f"…{_low(step + 1 + horizon)}" if horizon > 1 else ""),
            "output",
        )
        drawing.arrow(f"e{layers - 1}.{step}", f"o{step}")
    return drawing.named("At every step, what comes next")


def _language(fitted: LanguageModel) -> Drawing:
    if not isinstance(fitted.model, TokenModel):
        raise Refusal("This language model is made of counts: there is no net to unroll.")
    drawing, layers = Drawing(), _shown(fitted.model.body.depth)
    _read(drawing, layers, "w", offset=0, first="</s>")
    for step in range(STEPS):
        drawing.box(f"o{step}", step, layers + 1, f"w{_low(step + 1)}", "output")
        drawing.arrow(f"e{layers - 1}.{step}", f"o{step}")
    return drawing.named("Language model: at every step, the token that comes next")


def _labels(fitted: LabelModel) -> Drawing:
    model: Any = fitted.model
    if not isinstance(model, ClassifierModel):
        raise Refusal("This model of labels is made of counts: there is no net to unroll.")
    drawing = Drawing()
    top = _encode(drawing, model.encoder, "x")
    drawing.box("v", STEPS, top, "v", "vector")
    drawing.box("y", STEPS, top + 1, "label", "output")
    _into_vector(drawing, model.encoder)
    drawing.arrow("v", "y")
    return drawing.named("A sequence becomes a vector, and the vector a label")


def _tags(fitted: TagNetwork) -> Drawing:
    drawing, model = Drawing(), fitted.model
    top = _encode(drawing, model.encoder, "w")
    for step in range(STEPS):
        drawing.box(f"o{step}", step, top, f"tag{_low(step + 1)}", "output")
        for name, shift in _tops(model.encoder):
            drawing.arrow(f"{name}.{step}", f"o{step}", shift=shift)
        if step and model.chain is not None:
            drawing.arrow(f"o{step - 1}", f"o{step}", dashed=True)
    return drawing.named("Every word becomes a tag")


def _translation(fitted: TranslationModel) -> Drawing:
    drawing, model = Drawing(), fitted.model
    top = _encode(drawing, model.encoder, "x")
    layers = _shown(len(model.decoder.body.layers))
    drawing.box("v", STEPS, 1, "v", "vector")
    _into_vector(drawing, model.encoder)
    _decode(drawing, STEPS + 1, layers, "y", 3, fed_back=True)
    drawing.arrow("v", f"d0.{STEPS + 1}")
    if model.attention is None:
        return drawing.named("A sequence becomes another: one net reads, another writes")
    drawing.box("c", STEPS, top, "Σ", "vector")
    for step in range(STEPS):
        drawing.arrow(f"{_tops(model.encoder)[-1][0]}.{step}", "c", dashed=True)
    drawing.arrow("c", f"o{STEPS + 2}", dashed=True)
    return drawing.named("A sequence becomes another, with attention (drawn for one token)")


def _generator(fitted: Generator | SeriesGenerator) -> Drawing:
    drawing, layers = Drawing(), _shown(fitted.model.net.body.depth)
    drawing.box("v", 0, 1, "v", "vector")
    _decode(drawing, 1, layers, "y", STEPS, fed_back=True)
    drawing.arrow("v", "d0.1")
    return drawing.named("A vector becomes a sequence")


_DRAWN: dict[type, Callable[[Any], Drawing]] = {
    Forecaster: _forecaster,
    LanguageModel: _language,
    LabelModel: _labels,
    TagNetwork: _tags,
    TranslationModel: _translation,
    Generator: _generator,
    SeriesGenerator: _generator,
}


def _read(
    drawing: Drawing, layers: int, name: str, *, offset: int = 1, first: str | None = None
) -> None:
    """Add inputs and the stack of layers that reads them."""
    drawing.stack("e", 0, STEPS, layers)
    for step in range(STEPS):
        drawing.box(
            f"i{step}",
            step,
            0,
            first if step == 0 and first else f"{name}{_low(step + offset)}",
            "input",
        )
        drawing.arrow(f"i{step}", f"e0.{step}")


def _encode(drawing: Drawing, encoder: EncoderBody, name: str) -> float:
    """Add an encoder of one or two directions (with two, only its lowest layer); return its
    height."""
    both = len(encoder.layers[0]) == 2
    layers = 1 if both else _shown(len(encoder.layers))
    _read(drawing, layers, name)
    if not both:
        return layers + 1.0
    drawing.stack("b", 0, STEPS, 1, base=2, kind="back", reverse=True)
    drawing.arrows = [
        arrow._replace(shift=-ASIDE) if arrow.start[0] == "i" else arrow for arrow in drawing.arrows
    ]
    for step in range(STEPS):
        drawing.arrow(f"i{step}", f"b0.{step}", shift=ASIDE)
    return 3.0


def _tops(encoder: EncoderBody) -> list[tuple[str, float]]:
    """The states on which an output depends, and the position of the arrow's end on each."""
    if len(encoder.layers[0]) == 2:
        return [("e0", -ASIDE), ("b0", ASIDE)]
    return [(f"e{_shown(len(encoder.layers)) - 1}", 0.0)]


def _into_vector(drawing: Drawing, encoder: EncoderBody) -> None:
    """Add the vector: the last states of both directions, concatenated."""
    for (name, _), last in zip(_tops(encoder), (STEPS - 1, 0), strict=False):
        drawing.arrow(f"{name}.{last}", "v")


def _decode(
    drawing: Drawing,
    first: int,
    layers: int,
    name: str,
    steps: int,
    *,
    fed_back: bool,
    number: int = 1,
) -> None:
    """Add a decoder; with `fed_back`, each of its outputs is its next input."""
    for layer in range(layers):
        for step in range(first, first + steps):
            drawing.box(f"d{layer}.{step}", step, 1 + layer, "s", "state")
            if layer:
                drawing.arrow(f"d{layer - 1}.{step}", f"d{layer}.{step}")
            if step > first:
                drawing.arrow(f"d{layer}.{step - 1}", f"d{layer}.{step}")
    for step in range(first, first + steps):
        drawing.box(f"o{step}", step, 1 + layers, f"{name}{_low(step - first + number)}", "output")
        drawing.arrow(f"d{layers - 1}.{step}", f"o{step}")
        if fed_back:
            drawing.box(
                f"f{step}",
                step,
                0,
                f"{name}{_low(step - first)}" if step > first else "</s>",
                "input",
            )
            drawing.arrow(f"f{step}", f"d0.{step}")


def _shown(layers: int) -> int:
    return min(layers, LAYERS)


def _low(number: int) -> str:
    """A number as a subscript."""
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
