"""Indexing and downloading behind progress bars, which go to stderr and only where somebody is looking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from menura.index.update import IndexProgress, IndexReport
from menura.search.library import Library

if TYPE_CHECKING:
    import menura.progress


@contextmanager
def indexing_bar() -> Iterator[Callable[[IndexProgress], None]]:
    """A bar that tells the time left of an indexing; what it gives is called with each progress."""
    with _bar("Indexing", MofNCompleteColumn()) as (bar, task):
        yield _shown(bar, task, "Indexing")


@contextmanager
def filling_bar() -> Iterator[tuple[Callable[[int], None], Callable[[IndexProgress], None]]]:
    """A bar that tells how many files were found, and then the time left of filling with them."""
    with _bar("Listing", MofNCompleteColumn()) as (bar, task):

        def listed(n_files: int) -> None:
            bar.update(task, completed=n_files)

        yield listed, _shown(bar, task, "Filling")


def index_with_progress(library: Library, *, rebuild: bool = False) -> IndexReport:
    """Brings the library's index up to date behind a bar."""
    with indexing_bar() as show:
        return library.index(rebuild=rebuild, progress=show)


@contextmanager
def progress_bar(verb: str) -> Iterator[menura.progress.Progress]:
    """A bar that tells the time left of some work."""
    with _bar(verb, MofNCompleteColumn()) as (bar, task):
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def download_progress(total_bytes: int) -> Iterator[Callable[[int], None]]:
    """A bar for a download; what it gives is called with each number of bytes that have come."""
    with _bar("Downloading", DownloadColumn(), total=total_bytes) as (bar, task):
        yield lambda n_bytes: bar.advance(task, n_bytes)


@contextmanager
def growing_download() -> Iterator[Callable[[int, int | None], None]]:
    """A bar for a download whose size only the server knows; what it gives is called with bytes done and the total."""
    with _bar("Downloading", DownloadColumn()) as (bar, task):
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _bar(verb: str, amount: ProgressColumn, *, total: int | None = None) -> Iterator[tuple[Progress, TaskID]]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.fields[verb]}"), BarColumn(), amount, TextColumn("time left"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield bar, bar.add_task(verb, total=total, verb=verb)


def _shown(bar: Progress, task: TaskID, verb: str) -> Callable[[IndexProgress], None]:
    n_unchanged: int | None = None

    def show(state: IndexProgress) -> None:
        nonlocal n_unchanged
        if state.measuring:
            bar.update(task, verb="Measuring pitch and tempo", completed=state.done, total=state.total)
            return
        if n_unchanged is None:  # what needs no work says nothing about the time that the rest takes
            n_unchanged = state.done
        bar.update(task, verb=verb, completed=state.done - n_unchanged, total=state.total - n_unchanged)

    return show
