"""The table of what is learned of a person's own takes."""

from __future__ import annotations

from typing import Any

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table
from menura.personal.telling import FEWEST_SOUNDS


def taught() -> str:
    """What people find of sounds that they did not teach, before and after some takes."""
    result = read_result("teach")
    rows = []
    for who, by_takes in result["figures"].items():
        gains = []
        for found in by_takes.values():
            low, high = found["interval_95"]
            gains.append(f"{found['gain']:+.3f} ({low:+.3f} to {high:+.3f}), kept by {found['kept']}")
        any_of_them = next(iter(by_takes.values()))
        title = f"**{who}**" if who == "everybody" else who
        rows.append((title, f"{any_of_them['people']}", f"{any_of_them['mrr_before']:.3f}", *gains))
    counts = list(result["figures"]["everybody"])
    everybody = result["figures"]["everybody"]
    worse = ", ".join(
        f"{found['worse']} of {found['people']} after {n} ({found['worst']:+.3f} at worst)"
        for n, found in everybody.items()
    )
    seconds = ", ".join(f"{found['seconds']:.1f} s from {n} takes" for n, found in everybody.items())
    head = ("who imitates", "people", "MRR before", *(f"gain after {n} takes" for n in counts))
    told = f"\nPeople who find less than before: {worse}. Learning and judging took {seconds}, in the median.\n"
    return table(head, rows) + told + provenance(result)


def own_takes() -> str:
    """What the same people find by models that were adapted with their takes, beside the fast form."""
    result = read_result("own_takes")
    rows = []
    for who, by_takes in result["figures"].items():
        first = next(iter(by_takes.values()))
        title = f"**{who}**" if who == "everybody" else who
        gains = [f"{_gain(found['fast'])}; {_gain(found['adapted'])}{_kept(n, found)}" for n, found in by_takes.items()]
        rows.append((title, f"{first['people']}", f"{first['mrr_before']:.3f}", _gain(first["library"]), *gains))
    counts = list(result["figures"]["everybody"])
    columns = (f"{n} takes: fast form; adapted" for n in counts)
    worse = ", ".join(
        f"{found['adapted']['worse']} of {found['people']} after {n} ({found['adapted']['worst']:+.3f} at worst)"
        for n, found in result["figures"]["everybody"].items()
    )
    seconds = ", ".join(f"{found['seconds']:.0f} s from {n}" for n, found in result["figures"]["everybody"].items())
    head = ("who imitates", "people", "MRR before", "adapted to the library alone", *columns)
    told = (
        f"\nPeople who find less than before by the model adapted with their takes: {worse}. Learning and judging took "
        f"{seconds} takes, in the median, beside other work on the machine and without the hearing before it.\n"
    )
    return table(head, rows) + told + provenance(result)


def _gain(found: dict[str, Any]) -> str:
    low, high = found["interval_95"]
    return f"{found['gain']:+.3f} ({low:+.3f} to {high:+.3f})"


def _kept(n_takes: str, found: dict[str, Any]) -> str:
    return f", kept by {found['kept']}" if int(n_takes) >= FEWEST_SOUNDS else ""  # of fewer nobody is asked
