"""The pages for files and forecasts, and the data that they request."""

import asyncio
from typing import Any

from starlette.datastructures import UploadFile
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
from . import _curves as curves
from . import _repeat as repeat
from ._endings import DONE, FAILED, MARGIN
from ._events import event_stream
from ._files import Given, named, received
from ._forms import fields_of, number, question, reading_options, whole
from ._jobs import Job
from ._state import State

PATIENCE = 3.0
"""A page waits this many seconds for a file to be read before it shows progress."""

DOWNLOADS = {
    "forecast.csv": "Table, CSV",
    "forecast.parquet": "Table, Parquet",
    "report.html": "Report",
    "model.stepahead": "Model",
}
"""The files of a forecast, and their names on the page."""


def page_routes(state: State) -> list[Route]:
    """The routes of the pages on series."""

    async def home(request: Request) -> Response:
        recent = list(state.given.values())[::-1][:8]
        return _page(state, "home.html", recent=recent)

    async def give(request: Request) -> Response:
        async with request.form(max_files=1, max_fields=4) as form:
            upload = form.get("file")
            if not isinstance(upload, UploadFile) or not upload.filename:
                raise Refusal("No file came. Choose one, or drop it on the page.")
            given = state.add(await received(upload, state.folder))
        return RedirectResponse(f"/files/{given.name}", status_code=303)

    async def file(request: Request) -> Response:
        given = state.find(request.path_params["name"])
        job = _reading(given)
        await _settled(job)
        understood = job.result("understood.json") if _done(job) else None
        return _page(
            state,
            "file.html",
            given=given,
            job=job,
            head=_result(job, "columns.json", {"columns": [], "rows": []}),
            understood=understood,
            failure=_failure(job),
            horizon=_usual(understood),
        )

    async def read_again(request: Request) -> Response:
        given = state.find(request.path_params["name"])
        async with request.form(max_files=1, max_fields=2000) as form:
            options, season = reading_options(form)
            upload = form.get("future")
            if isinstance(upload, UploadFile) and upload.filename:
                later = await received(upload, state.folder)
                given.future = (later.path, later.label)
            given.options, given.season = options, season
        given.read(state.jobs)
        return RedirectResponse(f"/files/{given.name}", status_code=303)

    async def ask(request: Request) -> Response:
        given = state.find(request.path_params["name"])
        async with request.form(max_files=0, max_fields=10) as form:
            asked = question(form)
        job = state.jobs.start(
            "answer",
            given.request | asked | {"read": _reading(given).name},
            asked["budget"] + MARGIN,
        )
        return RedirectResponse(f"/answers/{job.name}", status_code=303)

    async def answer(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        return _page(
            state,
            "answer.html",
            job=job,
            asked=job.request,
            title=named(job.request["label"]),
            command=repeat.command(job.request),
            python=repeat.python(job.request),
            downloads=DOWNLOADS,
        )

    async def stop(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        async with request.form(max_files=0, max_fields=2) as form:
            (state.jobs.stop if form.get("how") == "best" else state.jobs.cancel)(job)
        return RedirectResponse(f"/answers/{job.name}", status_code=303)

    async def download(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        name = request.path_params["file"]
        if name not in DOWNLOADS or not (job.folder / name).exists():
            raise Refusal("There is no such file yet. Wait a little.")
        return FileResponse(job.folder / name, filename=name)

    return [
        Route("/", home),
        Route("/files", give, methods=["POST"]),
        Route("/files/{name}", file),
        Route("/files/{name}/read", read_again, methods=["POST"]),
        Route("/files/{name}/answers", ask, methods=["POST"]),
        Route("/answers/{name}", answer),
        Route("/answers/{name}/stop", stop, methods=["POST"]),
        Route("/answers/{name}/files/{file}", download),
    ]


def data_routes(state: State) -> list[Route]:
    """The routes of the data that the pages request, as JSON and as event streams."""

    async def events(request: Request) -> Response:
        return event_stream(request, state.jobs.find(request.path_params["name"]))

    async def series(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        start = request.query_params.get("start", "0")
        understood = state.jobs.find(job.request["read"]) if "read" in job.request else job
        rows = await asyncio.to_thread(understood.result, "series.json")
        rows = curves.with_errors(rows, job.folder)
        search = request.query_params.get("search", "")
        return JSONResponse(curves.listed(rows, search, int(start) if start.isdecimal() else 0))

    async def curve(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        number, part = request.path_params["number"], request.path_params["part"]
        stage = {"first": 0, "forecast": 1}
        if part not in (*stage, *PARTS):
            raise Refusal(f"A series has no part '{part}'.")
        if part in stage:
            value = await asyncio.to_thread(curves.forecast, job.folder, number, stage[part])
        else:
            value = await asyncio.to_thread(PARTS[part], job.folder, number)
        return JSONResponse(value)

    async def residuals(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        return JSONResponse(await asyncio.to_thread(curves.overall_residuals, job.folder))

    async def what_if(request: Request) -> Response:
        job = state.jobs.find(request.path_params["name"])
        asked = await fields_of(request)
        values = asked.get("values")
        if not isinstance(values, dict) or not (job.folder / "known.npy").exists():
            raise Refusal("There are no known covariates whose future values could be changed.")
        question = {
            "do": "scenario",
            "folder": str(job.folder),
            "series": whole("The series", str(asked.get("series")), 10**9, least=0),
            "values": {str(name): _column(name, column) for name, column in values.items()},
            "levels": job.request["levels"],
        }
        return JSONResponse(await asyncio.to_thread(state.helper("what-if").ask, question))

    return [
        Route("/answers/{name}/what-if", what_if, methods=["POST"]),
        Route("/jobs/{name}/events", events),
        Route("/jobs/{name}/series", series),
        Route("/jobs/{name}/residuals", residuals),
        Route("/jobs/{name}/series/{number:int}/{part}", curve),
    ]


def _column(name: str, column: Any) -> list[float]:
    if not isinstance(column, list):
        raise Refusal(f"The values of '{name}' are not a list.")
    return [number(f"A value of '{name}'", str(value)) for value in column]


PARTS = {
    "history": curves.history,
    "residuals": curves.residuals,
    "components": curves.components,
    "known": curves.known,
}


def _page(state: State, template: str, **values: Any) -> HTMLResponse:
    return HTMLResponse(state.pages.get_template(template).render(**values))


def _reading(given: Given) -> Job:
    assert given.reading is not None  # a file is read as soon as it is given
    return given.reading


def _usual(understood: dict[str, Any] | None) -> int:
    """The default horizon: one season, but at most a quarter of the shortest series."""
    if understood is None:
        return 10
    season = understood["season"] if understood["season"] > 1 else 10
    return max(1, min(season, understood["shortest"] // 4))


async def _settled(job: Job) -> None:
    """Wait until a job has ended, but at most `PATIENCE` seconds."""
    for _ in range(int(PATIENCE / 0.05)):
        if job.ended is not None:
            return
        await asyncio.sleep(0.05)


def _done(job: Job) -> bool:
    return job.ended is not None and job.ended["how"] == DONE


def _failure(job: Job) -> str:
    """The message of a failed job; empty for another."""
    return job.ended["sentence"] if job.ended and job.ended["how"] == FAILED else ""


def _result(job: Job, name: str, otherwise: Any) -> Any:
    try:
        return job.result(name)
    except Refusal:
        return otherwise
