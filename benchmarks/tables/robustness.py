"""The tables of what is survived."""

from __future__ import annotations

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table


def fuzzing() -> str:
    """What became of damaged files."""
    result = read_result("fuzzing")
    figures = result["figures"]
    rows = [
        (kind, f"{sum(what.values()):,}", *(f"{what.get(name, 0):,}" for name in ("indexed", "skipped", "gone")))
        for kind, what in figures["kinds"].items()
    ]
    rows.append(
        ("**all**", f"{figures['files']:,}", *(f"{_in_all(figures, n):,}" for n in ("indexed", "skipped", "gone")))
    )
    faults = "; ".join(f"{kind}: {number}" for kind, number in figures["faults"].items()) or "none"
    besides = (
        f"\nFaults: {faults}. {figures['searches']:,} searches; most memory that a process held: "
        f"{figures['highest_memory_mb']} MB.\n"
    )
    return table(("what was done to them", "files", "indexed", "skipped", "gone"), rows) + besides + provenance(result)


def _in_all(figures: dict[str, dict[str, dict[str, int]]], what: str) -> int:
    return sum(found.get(what, 0) for found in figures["kinds"].values())


def watching() -> str:
    """What came of a day in fast motion."""
    result = read_result("watching")
    figures = result["figures"]
    rows = [(what, f"{number:,}") for what, number in figures["kinds"].items()]
    rows.append((f"**all, in {figures['hours']} hours of a day**", f"{figures['changes']:,}"))
    faults = "; ".join(figures["faults"]) or "none"
    first_mb, last_mb = figures["memory_mb_after_the_first_hour"], figures["memory_mb_at_the_end"]
    besides = (
        f"\nThe index held what was there {figures['lag_s_median']:.1f} s after the last change of an hour (median; at "
        f"most {figures['lag_s_longest']:.1f} s). Faults: {faults}. Memory: {first_mb:.0f} MB after the first hour, "
        f"{last_mb:.0f} MB at the end.\n"
    )
    return table(("what was done under `menura watch`", "times"), rows) + besides + provenance(result)


def killing() -> str:
    """What was survived of kills."""
    result = read_result("killing")
    rows = [
        (
            kind,
            f"{counts['kills']}",
            f"{counts['whole after the kill']}",
            f"{counts['ended as if never killed']}",
            "yes" if counts["folder unchanged"] else "**no**",
            f"{counts['seconds_undisturbed']:.1f} s",
        )
        for kind, counts in result["figures"]["kills"].items()
    ]
    head = ("work", "kills", "whole after it", "ended as if never killed", "folder unchanged", "undisturbed it takes")
    return table(head, rows) + provenance(result)


def hardships() -> str:
    """What was survived of full and read-only disks, company and other formats."""
    result = read_result("killing")
    rows = [
        (name, "; ".join(f"{what}: {_answer(found)}" for what, found in counts.items()))
        for name, counts in result["figures"]["hardships"].items()
    ]
    return table(("hardship", "what came of it"), rows) + provenance(result)


def _answer(found: object) -> str:
    if isinstance(found, bool):
        return "yes" if found else "**no**"
    return str(found)
