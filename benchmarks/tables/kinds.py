"""The tables of the likely kinds of sounds."""

from __future__ import annotations

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table

_TITLES = {"model": "the model", "mn04": "mn04"}


def likely_kinds() -> str:
    """How precisely each kind is told."""
    result = read_result("kinds")
    rows = [
        (kind["name"], f"{kind['precision']:.0%}", f"{kind['recall']:.0%}", f"{kind['sounds']:,}")
        for kind in result["figures"]["kinds"]
    ]
    return table(("kind", "right of those said", "found of those there", "sounds"), rows) + provenance(result)


def kinds_held_out() -> str:
    """What is said of recordings that no training heard."""
    result = read_result("kinds")
    rows = []
    for title, found in result["figures"]["sets"].items():
        cells = [f"{found[who][what]:.0%}" for who in _TITLES for what in ("with_kinds", "found", "right")]
        rows.append((title, f"{found['sounds']:,}", *cells))
    what = ("says a kind", "of its own or a wider one", "right of what is said")
    head = ("recordings", "number", *(f"{title}: {column}" for title in _TITLES.values() for column in what))
    return table(head, rows) + provenance(result)


def kinds_cost() -> str:
    """What kinds cost in a large library."""
    result = read_result("kinds_cost")
    figures = dict(result["figures"])
    n_sounds, n_bytes = figures.pop("sounds"), figures.pop("bytes")
    rows = [(what, f"{1000 * seconds:,.1f} ms") for what, seconds in figures.items()]
    rows.append(("the file", f"{n_bytes / 1e6:.1f} MB"))
    return table((f"of {n_sounds:,} sounds", ""), rows) + provenance(result)
