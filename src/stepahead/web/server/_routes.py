"""The routes: each one reads a request, calls the model, and writes the answer."""

import json
import secrets
import time
from collections.abc import AsyncIterator
from random import getrandbits
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from ..._check import Refusal
from ._asking import Asking
from ._body import Fields, read_json
from ._invocations import invoked
from ._models import Served
from ._series import content_of
from ._service import SampleOptions


def answered(value: Any, status: int = 200) -> Response:
    """A value as JSON; numbers that JSON lacks (NaN, infinity) are not allowed."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode(), status, media_type="application/json")


class Routes:
    """The handlers of all routes, with a common `Asking`."""

    def __init__(self, asking: Asking, version: str) -> None:
        self.asking, self.version_text = asking, version

    async def forecast(self, request: Request) -> Response:
        """Forecast the series of a request, or the model's own series by their names."""
        fields = await read_json(request)
        served = self.asking.model(fields, "forecast")
        service = served.service
        inputs = self.asking.inputs(fields, service)
        if not inputs:
            raise Refusal("`inputs` is missing. Give at least one series, by name or with values.")
        asked = fields.fields("options").only(("horizon", "quantiles", "levels"))
        options, levels = self.asking.forecast_options(asked, service, len(inputs))
        found = await self.asking.forecasts(served, inputs, options)
        own, trusted = service.frequency(), service.trusted_steps
        content = [
            content_of(each, own, trusted, one, levels)
            for each, one in zip(inputs, found, strict=True)
        ]
        output = {
            "type": "time_series_forecast",
            "id": numbered("forecast"),
            "status": "completed",
            "content": content,
            "error": None,
        }
        return answered(
            {
                "id": numbered("request"),
                "created_at": int(time.time()),
                "status": "completed",
                "error": None,
                "model": served.name,
                "outputs": [output],
            }
        )

    async def invocations(self, request: Request) -> Response:
        """Answer MLflow's scoring protocol."""
        return answered(await invoked(self.asking, await read_json(request)))

    async def score(self, request: Request) -> Response:
        """Log probabilities of texts, or log likelihoods of series, in nats."""
        fields = (await read_json(request)).only(("model", "texts", "inputs"))
        served = self.asking.model(fields, "score")
        if not fields.has("inputs"):
            scores = await self.asking.each(served, served.service.scores, fields.texts("texts"))
            return _named(served, "scores", scores)
        service = served.service
        panels = [
            each.panel for each in self.asking.inputs(fields, service) if each.values is not None
        ]
        if not panels:
            raise Refusal("`inputs` must hold series with values. Give `series`.")
        found = await self.asking.alone(served, lambda: service.series_scores(panels))
        return _named(served, "scores", [one for each in found for one in each["scores"]])

    async def next(self, request: Request) -> Response:
        """The most probable next tokens after a prompt."""
        fields = (await read_json(request)).only(("model", "prompt", "top"))
        served = self.asking.model(fields, "next")
        top = self.asking.limits.within("tokens", fields.whole("top", 10))
        (found,) = await self.asking.each(
            served, served.service.next, [fields.text("prompt", "")], top
        )
        return _named(served, "tokens", found)

    async def sample(self, request: Request) -> Response:
        """Sampled continuations of a prompt; with `stream` one of them, token by token, as
        server-sent events."""
        fields = (await read_json(request)).only(
            (
                "model",
                "stream",
                "prompt",
                "length",
                "count",
                "temperature",
                "top_k",
                "nucleus",
                "seed",
            )
        )
        served = self.asking.model(fields, "sample")
        options = self._sample_options(fields)
        service = served.service
        if not fields.flag("stream"):
            found = await self.asking.alone(served, lambda: service.samples(options))
            return _named(served, "samples", found)
        if options.count != 1:
            raise Refusal("`count` is 1 where the tokens are streamed. Leave it out.")
        tokens = self.asking.streamed(served, service.drawn(options))
        first = await anext(tokens, None)  # so that a bad prompt is an error
        return StreamingResponse(_events(first, tokens), media_type="text/event-stream")

    def _sample_options(self, fields: Fields) -> SampleOptions:
        length, count = fields.whole("length", 50), fields.whole("count", 1)
        limits = self.asking.limits
        limits.within("tokens", length * count)
        prompt = fields.text("prompt", "")
        limits.within("characters", len(prompt))
        return SampleOptions(
            prompt,
            length,
            count,
            fields.number("temperature", 1.0),
            fields.whole("top_k") if fields.has("top_k") else None,
            fields.number("nucleus", 1.0),
            fields.whole("seed", secrets.randbits(32), at_least=0),
        )

    async def label(self, request: Request) -> Response:
        """The label of each text, with all probabilities."""
        fields = (await read_json(request)).only(("model", "texts"))
        served = self.asking.model(fields, "label")
        found = await self.asking.each(served, served.service.labels, fields.texts("texts"))
        return _named(served, "labels", found)

    async def tag(self, request: Request) -> Response:
        """The tag of each word of each text."""
        fields = (await read_json(request)).only(("model", "texts"))
        served = self.asking.model(fields, "tag")
        found = await self.asking.each(served, served.service.tags, fields.texts("texts"))
        return _named(served, "tags", found)

    async def translate(self, request: Request) -> Response:
        """The translation of each text."""
        fields = (await read_json(request)).only(("model", "texts", "width", "length"))
        served = self.asking.model(fields, "translate")
        limits = self.asking.limits
        width = limits.within("quantiles", fields.whole("width", 1))
        length = limits.within("tokens", fields.whole("length")) if fields.has("length") else None
        found = await self.asking.each(
            served, served.service.translations, fields.texts("texts"), width, length
        )
        return _named(served, "translations", found)

    async def update(self, request: Request) -> Response:
        """Append new observations to the model's own series, in memory."""
        fields = (await read_json(request)).only(("model", "inputs"))
        served = self.asking.model(fields, "update")
        await self.asking.update(served, self.asking.inputs(fields, served.service))
        return answered({"model": served.name, "version": str(served.version)})

    async def models(self, request: Request) -> Response:
        """The models with their metadata."""
        return answered({"models": [each.described() for each in self.asking.models.values()]})

    async def server(self, request: Request) -> Response:
        """The server's metadata."""
        return answered({"name": "stepahead", "version": self.version_text, "extensions": []})

    async def model(self, request: Request) -> Response:
        """The metadata of one model in the format of the Open Inference Protocol."""
        served = self.asking.models.named(request.path_params["model"], "")
        about = served.described()
        series = "channels" in about
        kind, shape = ("FP64", [-1, about["channels"]]) if series else ("BYTES", [-1])
        return answered(
            {
                "name": served.name,
                "versions": [about["version"]],
                "platform": "stepahead",
                "inputs": [
                    {"name": "series" if series else "texts", "datatype": kind, "shape": shape}
                ],
                "outputs": [{"name": about["answers"][0], "datatype": kind, "shape": shape}],
                "parameters": about,
            }
        )

    async def model_ready(self, request: Request) -> Response:
        """Report that a model is ready; every listed model is."""
        served = self.asking.models.named(request.path_params["model"], "")
        return answered({"name": served.name, "ready": True})

    async def live(self, request: Request) -> Response:
        """Report that the server process is alive."""
        return answered({"live": True})

    async def ready(self, request: Request) -> Response:
        """Report that the models are loaded; before that, no request is answered."""
        return answered({"ready": True})

    async def ping(self, request: Request) -> Response:
        """Report that the server answers (MLflow's health check)."""
        return answered({"status": "ok"})

    async def version(self, request: Request) -> Response:
        """The version of stepahead."""
        return PlainTextResponse(self.version_text)

    async def metrics(self, request: Request) -> Response:
        """The counts, for Prometheus."""
        return PlainTextResponse(
            self.asking.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8"
        )


def numbered(kind: str) -> str:
    """A name that no other answer has. It protects nothing, so it can be guessed; a random name
    from the operating system would let another thread take over."""
    return f"{kind}-{getrandbits(64):016x}"


def _named(served: Served, name: str, found: Any) -> Response:
    return answered({"model": served.name, name: found})


async def _events(first: Any, rest: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """Server-sent events: one for each token, and `end` with the whole text."""
    text = ""
    if first is not None:
        text = first["text"]
        yield _event(first)
    async for each in rest:
        text = each["text"]
        yield _event(each)
    yield b"event: end\n" + _event({"text": text})


def _event(value: Any) -> bytes:
    return b"data: " + json.dumps(value, allow_nan=False).encode() + b"\n\n"
