"""The page driven as a person would: a server, a voice, a browser that hears it. Shared with the tests of the page."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from menura.errors import UsageError
from menura.simulate import simulate_imitation

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

FLAGS = ["--no-sandbox", "--disable-gpu"]
VOICE_HZ = 16_000
PATIENCE_MS = 40_000
WIDE = {"width": 1280, "height": 800}
DROP = """([name, encoded]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  data.items.add(new File([bytes], name));
  const event = (type) => new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true});
  document.querySelector('main').dispatchEvent(event('dragover'));
  document.querySelector('main').dispatchEvent(event('drop'));
}"""


def program() -> str:
    """The path of Debian's Chromium, or of one like it; a `UsageError` that says how to get it."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise UsageError("no Chromium here: apt-get install chromium")


class ServedMenura:
    """`menura serve` as a process of its own, on a port that stays the same when it is started again."""

    def __init__(self, folders: list[Path], home: Path, *options: str, patience_s: float = 60.0) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.address = self.url  # with the token, once it is printed
        self._command = [sys.executable, "-c", "from menura.cli import main; main()", "serve", *map(str, folders)]
        self._command += ["--port", str(self.port), "--no-open", *options]
        self._env = os.environ | {"XDG_DATA_HOME": str(home), "XDG_CACHE_HOME": str(home), "HOME": str(home)}
        self._patience_s = patience_s
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> ServedMenura:
        """Starts it, and waits until everything is indexed."""
        self.process = subprocess.Popen(
            self._command, env=self._env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        printed = re.search(r"http://\S+", self.process.stdout.readline())
        self.address = printed[0] if printed else self.url
        token = self.address.partition("#token=")[2]
        asked = urllib.request.Request(f"{self.url}/api/libraries", headers={"Authorization": f"Bearer {token}"})
        give_up = time.monotonic() + self._patience_s
        while time.monotonic() < give_up and self.process.poll() is None:
            try:
                with urllib.request.urlopen(asked) as answer:
                    if all(library["state"] == "ready" for library in json.load(answer)):
                        return self
            except OSError:
                pass
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"menura serve did not get ready: {self.process.communicate()[0]}")

    def kill(self) -> None:
        """Ends it at once."""
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def voice_of(recording: Path, path: Path, *, seed: int = 3) -> Path:
    """A wav file with a simulated imitation of a recording, between silences."""
    samples, rate_hz = soundfile.read(recording, dtype="float32")
    imitation = simulate_imitation(samples, rate_hz, seed)
    silence = np.zeros(VOICE_HZ, np.float32)  # time for a slow machine to begin listening
    voice = 0.7 * imitation / np.abs(imitation).max()
    soundfile.write(path, np.concatenate([silence, voice, np.tile(silence, 10)]), VOICE_HZ)
    return path


def hearing_browser(playwright: Playwright, voice: Path, *, asks: bool = False) -> Browser:
    """A browser whose microphone is this wav file, from its beginning whenever it is opened.

    With `asks`, only pages that were granted the microphone get it.
    """
    flags = ["--use-fake-device-for-media-stream", *([] if asks else ["--use-fake-ui-for-media-stream"])]
    flags += [f"--use-file-for-fake-audio-capture={voice}%noloop", "--autoplay-policy=no-user-gesture-required"]
    return playwright.chromium.launch(executable_path=program(), args=[*FLAGS, *flags])


def until(page: Page, expression: str) -> None:
    """Waits until something is true in the page, whose policy forbids Playwright's own way of asking."""
    give_up = time.monotonic() + PATIENCE_MS / 1_000
    while not page.evaluate(expression):
        assert time.monotonic() < give_up, f"never true: {expression}"
        page.wait_for_timeout(20)


@contextmanager
def opened(
    browser: Browser,
    server: ServedMenura,
    *,
    expected: tuple[str, ...] = (),
    **options: Any,  # noqa: ANN401  # Playwright's
) -> Iterator[Page]:
    """The page once the first sounds are drawn.

    Nothing may go wrong on its console, except what holds one of `expected`.
    """
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce", **{"color_scheme": "light", **options})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(server.address)
    page.wait_for_selector(".row.drawn")
    yield page
    unexpected = [words for words in wrong if not any(one in words for one in expected)]
    assert unexpected == [], unexpected
    context.close()


def record(page: Page) -> None:
    """Records until silence ends it, and waits for the sounds that were found."""
    page.keyboard.press("r")
    page.wait_for_selector(".record.on")
    page.wait_for_selector(".record:not(.on)")
    page.wait_for_selector(".row .figure")
    page.wait_for_selector(".grid:not(.stale)")


def drop(page: Page, name: str, content: bytes) -> None:
    """Drops a file on the page."""
    # As base64: a list of numbers takes the browser's driver seconds.
    page.evaluate(DROP, [name, base64.b64encode(content).decode("ascii")])
