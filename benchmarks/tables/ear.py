"""The tables of what is heard of takes and recordings."""

from __future__ import annotations

from benchmarks.results import read_result
from benchmarks.tables.markdown import provenance, table


def circumstances() -> str:
    """The MRR that is left of takes in circumstances."""
    result = read_result("circumstances")
    figures = result["figures"]
    columns = [(way, source) for way in ("as it comes", "as it is heard") for source in ("simulated", "real voice")]
    found = [figures[way][source] for way, source in columns]
    rows: list[tuple[str, ...]] = [("**MRR of clean takes**", *(f"{column['clean_mrr']:.3f}" for column in found))]
    for kind, strengths in found[0]["shares"].items():
        for strength in strengths:
            shares = (column["shares"][kind][strength] for column in found)
            rows.append((f"{kind}, {strength}", *(f"{share:.0%}" for share in shares)))
    head = ("the take", *(f"{way}, {source}" for way, source in columns))
    return table(head, rows) + provenance(result)


def circumstances_of_recordings() -> str:
    """The MRR that is left of recordings in circumstances."""
    result = read_result("circumstances_of_recordings")
    figures = result["figures"]
    rows: list[tuple[str, ...]] = [("**MRR of recordings as they are**", f"{figures['clean_mrr']:.3f}")]
    rows += [(circumstance, f"{share:.0%}") for circumstance, share in figures["shares"].items()]
    return table(("the recording", "left of the MRR"), rows) + provenance(result)
