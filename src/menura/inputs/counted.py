"""Long work that says how far it is: a bar where somebody is looking, and a line every half minute where nobody is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

Item = TypeVar("Item")

EVERY_S = 30.0


class Lines:
    """Lines about some work on stderr, the first after half a minute: "reading: 120 of 400, 2 min left"."""

    def __init__(self, what: str, total: int, done: int = 0, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._what, self._total, self._before = what, total, done
        self._clock = clock
        self._began = self._told = clock()

    def tell(self, done: int) -> None:
        """Say how much is done, if it is time to."""
        now = self._clock()
        if now - self._told < EVERY_S:
            return
        self._told = now
        rate = (done - self._before) / (now - self._began)
        left = f", {in_words((self._total - done) / rate)} left" if rate > 0 else ""
        print(f"{self._what}: {done:,} of {self._total:,}{left}", file=sys.stderr, flush=True)


def counted(items: Iterable[Item], what: str, total: int, *, done: int = 0) -> Iterator[Item]:
    """The items, one by one, told how many of `total` there have been; `done` of them came before."""
    console = Console(stderr=True)
    if console.is_terminal:
        columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, transient=True, console=console) as progress:
            yield from progress.track(items, total=total, completed=done, description=what)
        return
    lines = Lines(what, total, done)
    for number, item in enumerate(items, start=done + 1):
        yield item
        lines.tell(number)


def in_words(seconds: float) -> str:
    """A time that is left, as exact as it can be known: `in_words(95) == "2 min"`, `in_words(8_000) == "2.2 h"`."""
    if seconds < 60:
        return "under 1 min"
    return f"{seconds / 60:.0f} min" if seconds < 3_600 else f"{seconds / 3_600:.1f} h"
