"""Writes the tables of the docs from the files in `docs/results/`, so that no figure stands anywhere by hand.

    python benchmarks/tables.py            rewrite them
    python benchmarks/tables.py --check    fail if one is out of date

A table stands between `<!-- table: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

import tables_models
import tables_robustness
import tables_search
import tables_visualise

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    ROOT / "README.md",
    ROOT / "docs" / "model.md",
    ROOT / "docs" / "research.md",
    ROOT / "docs" / "simulator.md",
    ROOT / "docs" / "adapt.md",
    ROOT / "docs" / "visualise.md",
    ROOT / "docs" / "scan.md",
    ROOT / "docs" / "filling.md",
    ROOT / "docs" / "serve.md",
    ROOT / "docs" / "robustness.md",
)


def main() -> None:
    """Rewrite or check every document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        filled = fill(text)
        if filled != text:
            stale.append(document.relative_to(ROOT).as_posix())
            if not check:
                document.write_text(filled, encoding="utf-8")
    if check and stale:
        sys.exit(f"out of date: {', '.join(stale)}; run python benchmarks/tables.py")


def fill(text: str) -> str:
    """The text with every table made anew."""
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)",
        lambda found: found[1] + TABLES[found[2]]() + found[3],
        text,
        flags=re.DOTALL,
    )


TABLES: dict[str, Callable[[], str]] = {
    "held_out": tables_models.held_out,
    "compared": tables_models.compared,
    "indexing": tables_search.indexing,
    "page": tables_search.page,
    "pretraining": tables_models.pretraining,
    "table1_stand_in": tables_models.table1_stand_in,
    "fine_tuning_speed": tables_models.fine_tuning_speed,
    "yardstick": tables_models.yardstick,
    "recipes": tables_models.recipes,
    "adaptation": tables_models.adaptation,
    "simulation": tables_models.simulation,
    "visualisation": tables_visualise.visualisation,
    "sonification": tables_visualise.sonification,
    "findings_default": tables_visualise.findings_default,
    "findings_compared": tables_visualise.findings_compared,
    "scan": tables_search.scan,
    "block_bounds": tables_search.block_bounds,
    "filling_rates": tables_search.filling_rates,
    "filling_stages": tables_search.filling_stages,
    "filling_growth": tables_search.filling_growth,
    "latency": tables_search.latency,
    "feedback": tables_search.feedback,
    "serving": tables_search.serving,
    "fuzzing": tables_robustness.fuzzing,
    "killing": tables_robustness.killing,
    "hardships": tables_robustness.hardships,
}

if __name__ == "__main__":
    main()
