"""How tests are run side by side: which go into one process, which come first, and what each process has of its own."""

import os
from pathlib import Path

import pytest

IN_A_WORKER = "PYTEST_XDIST_WORKER" in os.environ
_OF_THE_PAGE = {"npm_tools", "playwright", "served_menura", "site"}  # each costs a process seconds to a minute
_OF_RAY = {"machine"}  # its processes want the same ports, and two processors


def keep_to_one_thread() -> None:
    """Where processes share the cores, each computes with one thread; call it before anything computes."""
    if IN_A_WORKER:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")


def cache_apart() -> None:
    """Where processes share the cores, each has compiled code of its own; call it before numba is loaded.

    Of generalised ufuncs, as librosa has them, numba keeps two files, and of two processes that compile them at once it
    may keep one of each: whoever calls them from then on crashes (github.com/numba/numba/issues/10128).
    """
    if IN_A_WORKER:
        kept = Path(__file__).parents[1] / ".pytest_cache" / "numba" / os.environ["PYTEST_XDIST_WORKER"]
        os.environ.setdefault("NUMBA_CACHE_DIR", str(kept))


def arrange(items: list[pytest.Item]) -> None:
    """Mark what is of the page, and say which tests stay together: those of a file, half those of the page, all on Ray.

    What takes longest begins first, so that no process is left alone with it in the end.
    """
    groups = {}
    halves = _halves_of_the_page(items)
    for item in items:
        of_the_page = _OF_THE_PAGE & set(item.fixturenames)
        if of_the_page:
            item.add_marker(pytest.mark.browser)
        of_ray = _OF_RAY & set(item.fixturenames)
        file = _file(item)
        groups[item] = halves[file] if of_the_page else "ray" if of_ray else file
        item.add_marker(pytest.mark.xdist_group(groups[item]))
    if IN_A_WORKER:
        slow = {groups[item] for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: (groups[item] not in halves.values(), groups[item] not in slow))


def _halves_of_the_page(items: list[pytest.Item]) -> dict[str, str]:
    """The group of each file with tests of the page, in turns."""
    files = sorted({_file(item) for item in items if _OF_THE_PAGE & set(item.fixturenames)})
    return {file: f"page {number % 2}" for number, file in enumerate(files)}


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
