"""The interactive textbook: its page, and the requests of its sliders."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ..._check import Refusal
from ._forms import fields_of, number, whole
from ._state import State

SECONDS = 120.0
"""Time limit of one figure in seconds: a network is trained for it."""


def learn_routes(state: State) -> list[Route]:
    """The routes of the textbook."""
    helper = state.helper("learn")

    async def page(request: Request) -> Response:
        await asyncio.to_thread(helper.start)
        return HTMLResponse(state.pages.get_template("learn.html").render(place="Learn"))

    async def ask(request: Request) -> Response:
        kind = request.path_params["kind"]
        asked = await fields_of(request)
        if kind not in QUESTIONS:
            raise Refusal(f"There is no picture '{kind}' in the textbook.")
        question = {"do": kind, **QUESTIONS[kind](asked)}
        return JSONResponse(await asyncio.to_thread(helper.ask, question, SECONDS))

    return [Route("/learn", page), Route("/learn/{kind}", ask, methods=["POST"])]


def _sine(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "tau": whole("τ", str(asked.get("tau", "")), 64),
        "k": whole("k", str(asked.get("k", "")), 64),
        "noise": number("The noise", str(asked.get("noise", ""))),
        "train": whole("The training steps", str(asked.get("train", "")), 900),
        "model": str(asked.get("model", ""))[:20],
    }


def _chain(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "text": str(asked.get("text", ""))[:20_000],
        "order": whole("The order", str(asked.get("order", "")), 4),
        "start": str(asked.get("start", ""))[:100],
        "steps": whole("k", str(asked.get("steps", "")), 60),
    }


def _gradients(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "stretch": number("The stretch", str(asked.get("stretch", ""))),
        "keep": number("The bias", str(asked.get("keep", ""))),
        "steps": whole("The steps", str(asked.get("steps", "")), 150),
    }


QUESTIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "sine": _sine,
    "chain": _chain,
    "gradients": _gradients,
    "unrolled": lambda asked: {"model": str(asked.get("model", ""))[:20]},
}
"""For each figure, the function that validates the values of its sliders."""
