"""The list of endpoints; the routes, the OpenAPI description and its page are made from it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from ._routes import Routes

FORECAST: Final[dict[str, Any]] = {
    "model": "sales",
    "inputs": [
        {
            "type": "univariate_time_series",
            "name": "shop",
            "series": [112.0, 118.0, None, 129.0],
            "frequency": "month",
            "start_timestamp": "2024-01-01T00:00:00",
        }
    ],
    "options": {"horizon": 3, "quantiles": [0.1, 0.9], "levels": [80]},
}
SAMPLE: Final[dict[str, Any]] = {"prompt": "the", "length": 20, "seed": 1, "stream": False}


class Endpoint(NamedTuple):
    """A route: HTTP method, path, handler, one line of help, and an example of the body. A public
    one needs no token."""

    method: str
    path: str
    handler: Callable[[Routes, Request], Awaitable[Response]]
    help: str
    example: dict[str, Any] | None = None
    public: bool = False


ENDPOINTS = (
    Endpoint(
        "POST",
        "/v1/timeseries/forecast",
        Routes.forecast,
        "Forecast series (KServe). Without `series`, an input is a series of the model's own.",
        FORECAST,
    ),
    Endpoint(
        "POST",
        "/invocations",
        Routes.invocations,
        "Score a table or texts (MLflow). Without a table, all series of the model's own.",
        {
            "dataframe_records": [{"unique_id": "shop", "ds": "2024-01-01", "y": 112.0}],
            "params": {"horizon": 3, "levels": [80]},
        },
    ),
    Endpoint(
        "POST", "/v1/score", Routes.score, "Score texts or series, in nats.", {"texts": ["the"]}
    ),
    Endpoint("POST", "/v1/next", Routes.next, "Name the next tokens.", {"prompt": "the", "top": 5}),
    Endpoint("POST", "/v1/sample", Routes.sample, "Draw texts; streamed by `stream`.", SAMPLE),
    Endpoint("POST", "/v1/label", Routes.label, "Label texts.", {"texts": ["a text"]}),
    Endpoint("POST", "/v1/tag", Routes.tag, "Tag words.", {"texts": ["a text"]}),
    Endpoint(
        "POST",
        "/v1/translate",
        Routes.translate,
        "Translate texts.",
        {"texts": ["a text"], "width": 4},
    ),
    Endpoint(
        "POST",
        "/v1/update",
        Routes.update,
        "Append new observations, in memory. Off unless asked for.",
        {"inputs": [{"name": "shop", "series": [131.0]}]},
    ),
    Endpoint("GET", "/v1/models", Routes.models, "List the models."),
    Endpoint("GET", "/v2", Routes.server, "Describe the server (Open Inference Protocol)."),
    Endpoint(
        "GET", "/v2/models/{model}", Routes.model, "Describe a model (Open Inference Protocol)."
    ),
    Endpoint(
        "GET", "/v2/models/{model}/ready", Routes.model_ready, "Say whether a model is ready."
    ),
    Endpoint("GET", "/v2/health/live", Routes.live, "Say that the server lives.", public=True),
    Endpoint("GET", "/v2/health/ready", Routes.ready, "Say that it is ready.", public=True),
    Endpoint("GET", "/ping", Routes.ping, "Say that the server answers (MLflow).", public=True),
    Endpoint("GET", "/health", Routes.ping, "Say that the server answers (MLflow).", public=True),
    Endpoint(
        "GET", "/version", Routes.version, "Name the version of stepahead (MLflow).", public=True
    ),
    Endpoint("GET", "/metrics", Routes.metrics, "Count requests and times, for Prometheus."),
)
"""All endpoints, except `/openapi.json` and its page."""


def offered(update: bool) -> tuple[Endpoint, ...]:
    """The endpoints; `/v1/update` is among them only if `update` is True."""
    return tuple(each for each in ENDPOINTS if update or each.path != "/v1/update")


def openapi(endpoints: tuple[Endpoint, ...], version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 description of the endpoints."""
    paths: dict[str, dict[str, Any]] = {}
    for each in endpoints:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "stepahead", "version": version},
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Error": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {"error": {"type": "string"}},
                }
            },
        },
    }


def _operation(each: Endpoint) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    kind = "text/plain" if each.path in ("/version", "/metrics") else "application/json"
    done: dict[str, Any] = {
        "operationId": each.path.strip("/").translate(str.maketrans("/{}", "___")),
        "summary": each.help,
        "security": [] if each.public else [{"token": []}],
        "responses": {"200": {"description": "The answer.", "content": {kind: {}}}},
    }
    if each.path == "/v1/sample":
        done["responses"]["200"]["content"]["text/event-stream"] = {}
    if "{model}" in each.path:
        done["parameters"] = [
            {"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}
        ]
    if each.example is not None:
        schema = {"type": "object", "properties": _properties(each.example)}
        done["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": each.example}},
        }
        done["responses"]["422"] = {"description": "A sentence with a remedy.", "content": error}
    return done


def _properties(example: dict[str, Any]) -> dict[str, Any]:
    """The fields of an example with the types of their values."""
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number"}
    kinds |= {list: "array", dict: "object"}
    return {name: {"type": kinds[type(value)]} for name, value in example.items()}
