"""The table of what a study's report says of simulated people."""

from __future__ import annotations

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table

_MEASURES = {"rr": "MRR", "hit5": "first 5", "rating": "rating"}


def study() -> str:
    """How often each test finds a difference, and how often one is claimed."""
    result = read_result("study")
    rows = []
    for row in result["figures"]["rows"]:
        for measure, name in _MEASURES.items():
            found = row["measures"][measure]
            shares = (f"{found[test]:.1%}" for test in ("by_permutation", "by_mixed_model", "claimed"))
            rows.append((f"{row['world']}, {row['people']} people, {row['sounds']} sounds: {name}", *shares))
    n = result["figures"]["studies"]
    head = (f"of {n} studies each", "p < 0.05 over people", "p < 0.05 by the model", "claimed")
    return table(head, rows) + provenance(result)
