"""The table of what is learned of a person's own takes."""

from __future__ import annotations

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table


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
