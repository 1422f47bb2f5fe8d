"""A real browser driven through its own pipe (the DevTools protocol), without any package: pages
are opened, read, clicked; what the console says and what is asked from where is kept."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


PIPED = """
import os, sys
for own, end in ((3, sys.argv[1]), (4, sys.argv[2])):
    os.dup2(int(end), own)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes the browser, whose pipes are the files 3 and 4."""


class Browser:
    """One headless window. `errors` holds what the console complained of, `requests` every address
    that was asked for."""

    def __init__(self, profile: Path, width: int = 1000, height: int = 1200, dark: bool = False):
        down, self._out = os.pipe()
        self._in, up = os.pipe()
        command = [
            *(str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
            *("--disable-sync", "--disable-extensions", "--disable-default-apps", "--no-zygote"),
            *("--disable-features=Translate,OptimizationHints,MediaRouter", "--mute-audio"),
            *("--remote-debugging-pipe", f"--user-data-dir={profile}"),
            f"--window-size={width},{height}",
            "about:blank",
        ]
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (down, up)]
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", PIPED, *map(str, ends), *command],
            pass_fds=ends,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (down, up, *ends):
            os.close(end)
        self._buffer, self._number, self._session = b"", 0, ""
        self.errors: list[str] = []
        self.requests: list[str] = []
        try:
            target = self("Target.createTarget", url="about:blank")["targetId"]
            attached = self("Target.attachToTarget", targetId=target, flatten=True)
            self._session = attached["sessionId"]
            for domain in ("Page", "Runtime", "Network", "Log", "DOM"):
                self(f"{domain}.enable")
            self.size(width, height)
            self.theme(dark)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser."""
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def __call__(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol, and keep the events that come before its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            heard = self._hear(30.0)
            if heard.get("id") == self._number:
                if "error" in heard:
                    raise RuntimeError(f"{method}: {heard['error']['message']}")
                return heard["result"]
            self._note(heard)

    def _hear(self, seconds: float) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("The browser does not answer.")
            part = os.read(self._in, 1 << 20)
            if not part:
                raise EOFError("The browser ended.")
            self._buffer += part
        line, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(line)

    def _note(self, event: dict[str, Any]) -> None:
        told = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.errors.append(str(told["exceptionDetails"].get("exception", told)))
            case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning", "assert"):
                self.errors.append(str([one.get("value") for one in told["args"]]))
            case "Log.entryAdded" if told["entry"]["level"] in ("error", "warning"):
                self.errors.append(f"{told['entry']['text']} {told['entry'].get('url', '')}")
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])

    def size(self, width: int, height: int) -> None:
        """The size of the page, a phone's below 500."""
        self(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    def theme(self, dark: bool) -> None:
        """The theme that the user prefers."""
        value = "dark" if dark else "light"
        feature = {"name": "prefers-color-scheme", "value": value}
        self("Emulation.setEmulatedMedia", features=[feature])

    def open(self, address: str) -> None:
        """Open a page and wait until it is loaded."""
        self("Page.navigate", url=address)
        self.until("document.readyState === 'complete' && location.href !== 'about:blank'")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        done = self("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise RuntimeError(str(done["exceptionDetails"].get("exception", done)))
        return done["result"].get("value")

    def until(self, condition: str, seconds: float = 30.0) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while True:
            try:
                if self.run(f"Boolean({condition})"):
                    return
            except RuntimeError:  # between two pages
                pass
            if time.monotonic() > end:
                raise TimeoutError(f"Not within {seconds:g} s: {condition}")
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click an element, by its selector."""
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def fill(self, selector: str, text: str) -> None:
        """Write into a field, as a user does."""
        self.run(
            f"(() => {{ const field = document.querySelector({json.dumps(selector)});"
            f" field.value = {json.dumps(text)};"
            " field.dispatchEvent(new Event('input', {bubbles: true})); })()"
        )

    def choose(self, selector: str, value: str) -> None:
        """Choose one value of a list."""
        self.run(
            f"(() => {{ const field = document.querySelector({json.dumps(selector)});"
            f" field.value = {json.dumps(value)};"
            " field.dispatchEvent(new Event('change', {bubbles: true})); })()"
        )

    def press(self, key: str) -> None:
        """Press a key that is no letter, such as Tab."""
        for kind in ("keyDown", "keyUp"):
            codes = {"Tab": 9, "Enter": 13}
            self("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=codes[key])

    def give(self, selector: str, path: Path) -> None:
        """Put a file into a file field."""
        root = self("DOM.getDocument")["root"]["nodeId"]
        node = self("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self("DOM.setFileInputFiles", nodeId=node, files=[str(path)])

    def text(self, selector: str = "main") -> str:
        """The text of an element as it is shown."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText"))

    def picture(self, path: Path) -> None:
        """Save the whole page as a PNG."""
        height = self.run("document.documentElement.scrollHeight")
        width = self.run("document.documentElement.clientWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))
