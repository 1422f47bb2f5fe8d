"""The page on text, and its requests."""

import asyncio
import secrets
import shlex
from collections.abc import Callable
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from ..._check import Refusal
from . import _repeat as repeat
from ._endings import MARGIN
from ._files import received
from ._forms import LONGEST_BUDGET, fields_of, number, whole
from ._helper import Helper
from ._jobs import Job
from ._state import State

MOST_LINES, LONGEST = 200, 4000
"""The largest number of sentences that are ranked at once, and of characters of a prompt."""


def text_routes(state: State) -> list[Route]:
    """The routes of the page on text."""
    helper: Helper = state.helper("text")

    def shown(job: Job | None) -> HTMLResponse:
        template = state.pages.get_template("text.html")
        command = "" if job is None else shlex.join(repeat.text_words(job.request))
        held = {"job": job, "command": command, "files": MODELS}
        return HTMLResponse(template.render(place="Text", models=list(state.models), **held))

    async def page(request: Request) -> Response:
        await asyncio.to_thread(helper.start)
        return shown(None)

    async def train(request: Request) -> Response:
        async with request.form(max_files=1, max_fields=8, max_part_size=PASTED) as form:
            budget = number("The time", str(form.get("budget") or "60"))
            if not 1 <= budget <= LONGEST_BUDGET:
                raise Refusal(f"The time is between 1 and {LONGEST_BUDGET:.0f} seconds.")
            path, label = await _text(form, state)
            tokens = str(form.get("tokens") or "words")
        asked = {"path": path, "label": label, "tokens": tokens, "budget": budget}
        job = state.jobs.start("train", asked, budget + MARGIN)
        return RedirectResponse(f"/text/fits/{job.name}", status_code=303)

    async def fit(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        await asyncio.to_thread(helper.start)
        return shown(job)

    async def stop(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        async with request.form(max_files=0, max_fields=2) as form:
            (state.jobs.stop if form.get("how") == "best" else state.jobs.cancel)(job)
        return RedirectResponse(f"/text/fits/{job.name}", status_code=303)

    async def model(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        file = f"{request.path_params['model']}.stepahead"
        if request.path_params["model"] not in MODELS or not (job.folder / file).exists():
            raise Refusal("There is no such model yet. Wait a little.")
        return FileResponse(job.folder / file, filename=file)

    async def count(request: Request) -> Response:
        async with request.form(max_files=1, max_fields=5, max_part_size=PASTED) as form:
            path, label = await _text(form, state)
            question = {
                "do": "count",
                "name": secrets.token_hex(8),
                "path": path,
                "label": label,
                "tokens": str(form.get("tokens") or "words"),
                "order": whole("The length of n-grams", str(form.get("order") or "4"), 12),
            }
        told = await asyncio.to_thread(helper.ask, question, COUNTING)
        return JSONResponse({**told, "name": question["name"], "label": label})

    async def ask(request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in QUESTIONS:
            raise Refusal(f"There is no question '{kind}' on a text.")
        asked = await fields_of(request)
        question = {"do": kind, "name": _words(asked, "name"), **QUESTIONS[kind](asked)}
        if asked.get("job") is not None:
            job, named = state.jobs.find(str(asked["job"])), question["name"]
            if named not in MODELS:
                raise Refusal(f"There is no model '{named}' of this text.")
            question |= {
                "name": f"{job.name}-{named}",
                "path": str(job.folder / f"{named}.stepahead"),
            }
        return JSONResponse(await asyncio.to_thread(helper.ask, question))

    async def ask_model(request: Request) -> Response:
        asked = await fields_of(request)
        name = _words(asked, "model")
        if name not in state.models:
            raise Refusal("There is no such model: the command line names them, --model FILE.")
        lines = _words(asked, "lines").split("\n")
        question = {"do": "answer", "path": str(state.models[name]), "texts": lines}
        return JSONResponse(await asyncio.to_thread(state.helper("models").ask, question))

    return [
        Route("/text", page),
        Route("/text/models", ask_model, methods=["POST"]),
        Route("/text/count", count, methods=["POST"]),
        Route("/text/fits", train, methods=["POST"]),
        Route("/text/fits/{name}", fit),
        Route("/text/fits/{name}/stop", stop, methods=["POST"]),
        Route("/text/fits/{name}/files/{model}", model),
        Route("/text/{kind}", ask, methods=["POST"]),
    ]


MODELS = {
    "mixture": "n-grams and network, mixed",
    "network": "the network alone",
    "counts": "the n-grams alone",
}
"""The models of a trained text, the most accurate first."""

PASTED = 8 << 20
"""The largest size of a pasted text, in bytes."""

COUNTING = 300.0
"""Time limit of counting n-grams, in seconds."""


async def _text(form: FormData, state: State) -> tuple[str, str]:
    """Path and label of the text of a form: a file, or pasted text."""
    upload, pasted = form.get("file"), str(form.get("text") or "")
    if isinstance(upload, UploadFile) and upload.filename:
        given = await received(upload, state.folder)
        return given.path, given.label
    if not pasted.strip():
        raise Refusal("No text came. Paste one, or choose a file.")
    path = state.folder / f"given-{secrets.token_hex(8)}.txt"
    try:
        path.write_text(pasted, encoding="utf-8")
    except (OSError, UnicodeEncodeError) as wrong:
        raise Refusal(f"The text could not be kept: {wrong}.") from wrong
    return str(path), "text.txt"


def _words(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Refusal(f"`{name}` is a text of at most {LONGEST:,} characters.")
    return value


def _next(asked: dict[str, Any]) -> dict[str, Any]:
    return {"prompt": _words(asked, "prompt")}


def _sample(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "prompt": _words(asked, "prompt"),
        "length": whole("The length", str(asked.get("length", 40)), 400),
        "temperature": _share("The temperature", asked.get("temperature", 1), 5),
        "nucleus": max(0.01, _share("Top-p", asked.get("nucleus", 1), 1)),
        "seed": whole("The seed", str(asked.get("seed", 1)), 1_000_000),
    }


def _rank(asked: dict[str, Any]) -> dict[str, Any]:
    return {"lines": _words(asked, "lines").split("\n")[:MOST_LINES]}


def _fill(asked: dict[str, Any]) -> dict[str, Any]:
    return {"text": _words(asked, "text")}


def _share(what: str, value: Any, most: float) -> float:
    found = number(what, str(value))
    if not 0 <= found <= most:
        raise Refusal(f"{what} is from 0 to {most:g}, but it is {found:g}.")
    return found


QUESTIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "next": _next,
    "sample": _sample,
    "rank": _rank,
    "fill": _fill,
}
"""For each request, the function that validates its arguments for the helper."""
