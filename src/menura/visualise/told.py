"""How far a gallery is: a bar where somebody is looking, a line every half minute where nobody is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from menura.inputs.counted import EVERY_S, in_words


class Told:
    """Work that consists of steps of known prices, those that were there already left out."""

    def __init__(self, total: float, *, show: Callable[[str, float], None]) -> None:
        self._total, self._done, self._show = total, 0.0, show

    def tell(self, what: str, price: float, share: float) -> None:
        """A step is done to that share."""
        self._show(what, (self._done + price * share) / self._total)

    def end(self, price: float) -> None:
        """A step is done."""
        self._done += price

    def skip(self, price: float) -> None:
        """A step has been there."""
        self._total = max(self._total - price, 1e-9)


@contextmanager
def told_gallery(total: float) -> Iterator[Told]:
    """Tells how far some work of that price is, on stderr."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Told(total, show=lines_of_shares())
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("time left"), TimeRemainingColumn())
    with Progress(*columns, transient=True, console=console) as progress:
        task = progress.add_task("patterns", total=1.0)
        yield Told(total, show=lambda what, share: progress.update(task, completed=share, description=what))


def lines_of_shares(clock: Callable[[], float] = time.monotonic) -> Callable[[str, float], None]:
    """What prints, given what is being done and the share of all that is done, a line if the last was long ago."""
    began = told = clock()

    def show(what: str, share: float) -> None:
        nonlocal told
        now = clock()
        if now - told < EVERY_S:
            return
        told = now
        left = f", {in_words((now - began) * (1 - share) / share)} left" if share > 0 else ""
        print(f"{what}: {100 * share:.0f} % of all{left}", file=sys.stderr, flush=True)

    return show
