"""Drive Chromium over its debugging pipe: open a page, click, type, and look at what it shows."""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

__all__ = ["Page", "chromium_page"]

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
_READS, _WRITES = 3, 4
"""The file descriptors on which Chromium reads commands and writes answers."""
_PATIENCE = 60
_FREE = 10
"""The first file descriptor that cannot be one of these."""


class _Pipe:
    """Chromium in a process of its own, and the pipe to it."""

    def __init__(self, program: str, folder: str) -> None:
        commands, self._to = os.pipe()
        self._from, answers = os.pipe()
        inner = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, _FREE) for each in (commands, answers)]
        quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
        ends = [(os.POSIX_SPAWN_DUP2, inner[0], _READS), (os.POSIX_SPAWN_DUP2, inner[1], _WRITES)]
        arguments = [program, *_FLAGS, f"--user-data-dir={folder}", "about:blank"]
        self._process = os.posix_spawn(
            program, arguments, os.environ, file_actions=[*quiet, *ends], setpgroup=0
        )
        for each in (commands, answers, *inner):
            os.close(each)
        self._read = b""
        self._count = 0
        self._events: list[Mapping[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._to)
        os.close(self._from)

    def _message(self) -> Mapping[str, Any]:
        while b"\0" not in self._read:
            if not select.select([self._from], [], [], _PATIENCE)[0]:
                msg = f"Chromium did not answer for {_PATIENCE} seconds"
                raise TimeoutError(msg)
            part = os.read(self._from, 1 << 16)
            if not part:
                msg = "Chromium ended"
                raise EOFError(msg)
            self._read += part
        message, _, self._read = self._read.partition(b"\0")
        found: Mapping[str, Any] = json.loads(message)
        return found

    def send(self, method: str, session: str | None, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Send a command, and return its result."""
        self._count += 1
        command = {"id": self._count, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        os.write(self._to, json.dumps(command).encode() + b"\0")
        while (message := self._message()).get("id") != self._count:
            self._events.append(message)
        if "error" in message:
            raise RuntimeError(method, message["error"])
        return message["result"]

    def wait_for(self, event: str, **expected: object) -> Any:  # noqa: ANN401
        """Wait for an event with the *expected* parameters, and return all of them. Earlier events are forgotten."""
        while True:
            message = self._events.pop(0) if self._events else self._message()
            found = message["params"]
            if message["method"] == event and expected.items() <= found.items():
                return found


class Page:
    """A tab of Chromium."""

    def __init__(self, pipe: _Pipe) -> None:
        self._pipe = pipe
        target = pipe.send("Target.createTarget", None, {"url": "about:blank"})["targetId"]
        attached = pipe.send("Target.attachToTarget", None, {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        self.send("Page.enable")
        self.send("Page.setLifecycleEventsEnabled", enabled=True)

    def send(self, method: str, **parameters: Any) -> Any:  # noqa: ANN401 - as the protocol has them
        """Send a command of the DevTools protocol, and return its result."""
        return self._pipe.send(method, self._session, parameters)

    def open(self, url: str) -> None:
        """Open *url*, and wait until it is loaded."""
        loader = self.send("Page.navigate", url=url)["loaderId"]
        self._pipe.wait_for("Page.lifecycleEvent", name="load", loaderId=loader)

    def show(self, html: str) -> None:
        """Show *html* as the page."""
        self.open("about:blank")
        frame = self.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self.send("Page.setDocumentContent", frameId=frame, html=html)

    def set_view(self, width: int, *, dark: bool = False, print_: bool = False) -> None:
        """Set the width of the screen in CSS pixels, its color scheme, and whether the page is printed."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media="print" if print_ else "", features=[scheme])

    def run(self, script: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value of *script*, which is JavaScript."""
        done = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in done:
            raise RuntimeError(script, done["exceptionDetails"])
        return done["result"].get("value")

    def click(self, selector: str) -> None:
        """Click in the middle of the first element that *selector* names."""
        found = self.run(
            f"(() => {{ const each = document.querySelector({json.dumps(selector)});"
            "each.scrollIntoView({block: 'center'}); const box = each.getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send(
                "Input.dispatchMouseEvent",
                type=kind,
                x=found[0],
                y=found[1],
                button="left",
                clickCount=1,
            )

    def submit(self, selector: str) -> None:
        """Click on *selector*, and wait until the next page is loaded."""
        self.click(selector)
        loader = self._pipe.wait_for("Page.frameNavigated")["frame"]["loaderId"]
        self._pipe.wait_for("Page.lifecycleEvent", name="load", loaderId=loader)

    def type(self, selector: str, text: str) -> None:
        """Type *text* into the field that *selector* names."""
        self.click(selector)
        self.send("Input.insertText", text=text)

    def press(self, key: str, code: int) -> None:
        """Press a key, given its name and its code, and wait until the page has handled it."""
        for kind in ("rawKeyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code
            )


@contextmanager
def chromium_page(program: str) -> Iterator[Page]:
    """Start Chromium with an empty profile, and yield a page. End Chromium at the end."""
    profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with profile as folder, _Pipe(program, folder) as pipe:
        yield Page(pipe)
