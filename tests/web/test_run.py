"""The shell on real sockets: what a client over loopback meets."""

import http.client
import signal
import subprocess
import sys

SERVICE = """
import asyncio, sys
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from stepahead.web.shell import guarded, listen, log_line, run

async def slow(request):
    print("began", flush=True)
    await asyncio.sleep(0.5)
    return PlainTextResponse("done")

place = listen(token="a-token-of-the-test")
print(place.port, flush=True)
run(guarded(Starlette(routes=[Route("/slow", slow)]), place.access, log=log_line), place)
print("ended", flush=True)
"""


def test_a_service_answers_and_ends_gracefully() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        port = int(process.stdout.readline())
        call = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        call.request("GET", "/slow", headers={"Authorization": "Bearer a-token-of-the-test"})
        assert process.stdout.readline() == "began\n"
        process.send_signal(signal.SIGTERM)  # a request is under way
        answer = call.getresponse()
        assert (answer.status, answer.read()) == (200, b"done")
        call.close()
        assert answer.getheader("server") is None
        assert answer.getheader("x-content-type-options") == "nosniff"
        assert process.wait(timeout=20) == 0
        assert process.stdout.read() == "ended\n"
        (line,) = process.stderr.read().splitlines()
        assert '"route": "/slow", "status": 200' in line and "a-token" not in line
