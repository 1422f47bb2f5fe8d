"""Each rule of the shell, attacked."""

import asyncio
import json
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from stepahead import Refusal
from stepahead.web.shell import SECURITY_HEADERS, Access, error_handlers, guarded, listen

TOKEN = "a-token-of-the-test"
HOST = "localhost:8600"
BEARER = {"authorization": f"Bearer {TOKEN}"}
"""A program's header."""

OWN = {"origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
"""A browser's headers for what a page of the service itself asks."""


async def read(request: Request) -> Response:
    return PlainTextResponse("read", headers={"referrer-policy": "unsafe-url", "x-mine": "1"})


async def change(request: Request) -> Response:
    return PlainTextResponse(f"changed by {len(await request.body())}")


async def fail(request: Request) -> Response:
    raise KeyError("<script>the user's secret</script>")


def service() -> Starlette:
    routes = [
        Route("/", read),
        Route("/ping", read),
        Route("/change", change, methods=["POST", "DELETE"]),
        Route("/of/{series}", read),
        Route("/fail", fail),
    ]
    return Starlette(routes=routes, exception_handlers=error_handlers())


@pytest.fixture(scope="session")
def access() -> Access:
    return Access(frozenset({HOST, "127.0.0.1:8600", "[::1]:8600"}), TOKEN)


@pytest.fixture
def told() -> list[dict[str, object]]:
    """The events that the log heard."""
    return []


@pytest.fixture
def client(access: Access, told: list[dict[str, object]]) -> TestClient:
    app = guarded(
        service(), access, max_body=1000, public={"/ping"}, log=lambda one: told.append(dict(one))
    )
    return TestClient(
        app, base_url=f"http://{HOST}", follow_redirects=False, raise_server_exceptions=True
    )


@pytest.fixture
def launched(client: TestClient) -> TestClient:
    """The client after it opened the launch address: it has the cookie."""
    assert client.get(f"/?token={TOKEN}").status_code == 303
    return client


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8601",
        "localhost:86000",
        "localhost.elsewhere.example:8600",
        "elsewhere.example",
        "127.0.0.1.elsewhere.example:8600",
        "127.0.0.2:8600",
        "[::1]",
        "[::1]:86",
        "[::1]:8600.elsewhere.example",
        "localhost:8600,elsewhere.example",
        "user@localhost:8600",
        "",
    ],
)
def test_a_host_that_is_not_exactly_ours_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/", headers=BEARER | {"host": host})
    assert answer.status_code == 421
    assert "answers to 127.0.0.1:8600, [::1]:8600, localhost:8600 only" in answer.json()["error"]
    assert client.get(f"/?token={TOKEN}", headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    "host", ["localhost:8600", "LocalHost:8600", "127.0.0.1:8600", "[::1]:8600"]
)
def test_our_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers=BEARER | {"host": host}).text == "read"


def test_two_hosts_and_none_are_refused(client: TestClient) -> None:
    twice = [*BEARER.items(), ("host", HOST), ("host", HOST)]
    assert client.get("/", headers=twice).status_code == 421


@pytest.mark.parametrize("verb", ["DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "GIVE"])
def test_verbs_that_are_not_listed_are_refused(client: TestClient, verb: str) -> None:
    answer = client.request(verb, "/change", headers=BEARER | OWN)
    assert answer.status_code == 405  # DELETE has a route, and is not on the list all the same
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert not [name for name in answer.headers if name.startswith("access-control")]


FOREIGN: list[dict[str, str]] = [
    {"origin": "https://elsewhere.example", "sec-fetch-site": "cross-site"},
    {"origin": "http://localhost:8601", "sec-fetch-site": "same-site"},
    {"origin": "http://localhost:8600.elsewhere.example"},
    {"origin": f"https://{HOST}"},
    {"origin": "http://127.0.0.1:8600"},  # one of our names, and not the one that was called
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": "null"},
    {"origin": f"http://{HOST}", "sec-fetch-site": "cross-site"},
    {"origin": f"http://{HOST}", "sec-fetch-site": "same-site"},
    {"origin": ""},
    {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
    {},  # a browser always says from where it posts
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_another_site_posts_is_refused(launched: TestClient, headers: dict[str, str]) -> None:
    answer = launched.post("/change", headers=headers, content=b"x")
    assert answer.status_code == 403
    assert "another site" in answer.json()["error"]


@pytest.mark.parametrize("headers", [OWN, {"origin": "null", "sec-fetch-site": "same-origin"}])
def test_what_our_own_pages_post_is_done(launched: TestClient, headers: dict[str, str]) -> None:
    assert launched.post("/change", headers=headers, content=b"123").text == "changed by 3"


def test_a_program_says_nothing_of_an_origin(client: TestClient) -> None:
    assert client.post("/change", headers=BEARER, content=b"123").text == "changed by 3"
    refused = client.post("/change", headers=BEARER | FOREIGN[0], content=b"123")
    assert refused.status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_link_here_and_not_embed(launched: TestClient, site: str) -> None:
    def read(mode: str, dest: str) -> int:
        far = {"sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest}
        return launched.get("/", headers=far).status_code

    assert read("navigate", "document") == 200
    embedded = [
        ("navigate", "iframe"),
        ("no-cors", "script"),
        ("no-cors", "image"),
        ("cors", "empty"),
    ]
    assert {read(*each) for each in embedded} == {403}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": TOKEN},
        {"authorization": "Bearer ÿÿ".encode("latin-1")},
        {"cookie": f"stepahead-8600={TOKEN}"},
        {"cookie": "stepahead-8600="},
        {"cookie": "stepahead-8600=ÿ".encode("latin-1")},
    ],
    ids=str,
)
def test_nobody_reads_or_changes_without_the_token(client: TestClient, headers: Any) -> None:
    for answer in (
        client.get("/", headers=headers),
        client.get("/nowhere", headers=headers),
        client.post("/change", headers=headers | OWN),
    ):
        assert answer.status_code == 401
        assert TOKEN not in answer.text + str(answer.headers)


def test_two_authorizations_are_none(client: TestClient) -> None:
    twice = [("authorization", "Bearer wrong"), *BEARER.items()]
    assert client.get("/", headers=twice).status_code == 401


def test_the_launch_address_gives_a_cookie_and_hides_the_token(client: TestClient) -> None:
    answer = client.get(f"/of/a%20b?x=1&token={TOKEN}&y=2", headers={"sec-fetch-site": "none"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/of/a%20b?x=1&y=2")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and TOKEN not in cookie
    assert client.get("/").text == "read"
    client.cookies.clear()
    assert client.get("/").status_code == 401


@pytest.mark.parametrize("query", ["token=wrong", "token=", "token", "Token=" + TOKEN])
def test_a_wrong_launch_address_gives_nothing(client: TestClient, query: str) -> None:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    posted = client.post(f"/change?token={TOKEN}", headers=OWN)
    assert posted.status_code == 401 and "set-cookie" not in posted.headers


@pytest.mark.parametrize(
    "path", ["//elsewhere.example", "/%5Celsewhere.example", "/%2F%2Felsewhere"]
)
def test_the_launch_address_leads_nowhere_else(client: TestClient, path: str) -> None:
    answer = client.get(f"http://{HOST}{path}?token={TOKEN}")
    assert answer.headers["location"].startswith("/")
    assert not answer.headers["location"].startswith(("//", "/\\"))


def test_a_public_path_is_read_by_everyone_and_changed_by_nobody(client: TestClient) -> None:
    assert client.get("/ping").text == "read"
    assert client.post("/ping", headers=OWN).status_code == 401
    assert client.get("/ping/").status_code == client.get("/PING").status_code == 401


def test_a_body_has_a_limit_whatever_it_says_of_itself(client: TestClient) -> None:
    assert client.post("/change", headers=BEARER, content=b"x" * 1000).text == "changed by 1000"
    told_large = client.post("/change", headers=BEARER, content=b"x" * 1001)
    in_parts = client.post("/change", headers=BEARER, content=iter([b"x" * 600] * 2))
    lied = client.post(
        "/change", headers=BEARER | {"content-length": "10"}, content=iter([b"x" * 600] * 2)
    )
    for answer in (told_large, in_parts, lied):
        assert answer.status_code == 413
        assert "at most 1,000 bytes" in answer.json()["error"]
    for said in ("-1", "1e3", "9" * 5000, "x"):
        answer = client.post("/change", headers=BEARER | {"content-length": said})
        assert answer.status_code == 413


def test_every_answer_carries_the_headers(client: TestClient) -> None:
    answers = [
        client.get("/", headers=BEARER),
        client.get("/"),
        client.get("/", headers={"host": "elsewhere.example"}),
        client.get(f"/?token={TOKEN}"),
        client.get("/nowhere", headers=BEARER),
        client.get("/fail", headers=BEARER),
    ]
    assert [each.status_code for each in answers] == [200, 401, 421, 303, 404, 500]
    for answer in answers:
        assert SECURITY_HEADERS.items() <= dict(answer.headers).items()
        assert answer.headers["cache-control"] == "no-store"
    policy = SECURITY_HEADERS["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy and "http" not in policy
    assert answers[0].headers["x-mine"] == "1"  # the service's own headers stay


def test_an_unexpected_error_says_nothing_of_the_data(
    client: TestClient, told: list[dict[str, object]]
) -> None:
    answer = client.get("/fail", headers=BEARER)
    assert answer.status_code == 500 and "report it" in answer.json()["error"]
    (event,) = told
    assert event["route"] == "/fail" and str(event["error"]).startswith("KeyError, test_shell.py:")
    assert "secret" not in json.dumps(told) + answer.text


def test_a_sentence_for_a_browser_is_a_page_without_a_script(client: TestClient) -> None:
    answer = client.get("/", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "open the address that the command printed" in answer.text
    assert "<script" not in answer.text


def test_the_log_holds_no_name_of_the_user(
    client: TestClient, told: list[dict[str, object]]
) -> None:
    client.get("/of/secret-series?of=secret", headers=BEARER)
    client.get("/secret", headers=BEARER)
    client.post("/change", headers=BEARER, content=b"secret")
    client.get("/secret")
    assert [(each["route"], each["status"]) for each in told] == [
        ("/of/{series}", 200),
        ("-", 404),
        ("/change", 200),
        ("-", 401),
    ]
    assert "secret" not in json.dumps(told) and TOKEN not in json.dumps(told)


def test_a_websocket_is_closed(access: Access) -> None:
    heard: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        heard.append(scope["type"])

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [(b"host", HOST.encode())]}
    asyncio.run(guarded(inner, access)(scope, None, send))  # type: ignore[arg-type]
    assert heard == [] and sent == [{"type": "websocket.close", "code": 1008}]


def test_another_address_needs_a_token_and_its_names() -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "here.example"):
        with pytest.raises(Refusal, match="needs a token of your own"):
            listen(host=host)
    place = listen(host="0.0.0.0", names=["here.example", "there.example:443"], token=TOKEN)
    place.close()
    far = {"0.0.0.0", "localhost", "127.0.0.1", "[::1]", "here.example"}
    assert place.access.hosts == {f"{name}:{place.port}" for name in far} | {"there.example:443"}


def test_a_port_that_is_taken_is_a_sentence() -> None:
    place = listen()
    try:
        with pytest.raises(Refusal, match="Give another `port`, or 0 for a free one"):
            listen(place.port)
    finally:
        place.close()
