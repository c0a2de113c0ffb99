"""The published form of a comparison of all systems on the stand-in corpus.

    menura reproduce systems --data STAND_IN --mn04 WEIGHTS --runs 10 --settings bf16.toml --work WORK
    python -m benchmarks.models.all_systems --work WORK

STAND_IN is what `corpora/stand_in.py` made, WORK where the comparison was done. Writes
`docs/results/systems_stand_in.json` and `docs/pictures/systems_stand_in.png`.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from benchmarks.models.stand_in_table1 import rounded
from benchmarks.results import DOCS, write_result

COMMAND = "menura reproduce systems --data STAND_IN --mn04 WEIGHTS --runs {runs} --settings bf16.toml --work WORK"


def main() -> None:
    """Publish the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    work = parser.parse_args().work
    table = json.loads((work / "table.json").read_text(encoding="utf-8"))
    write_result(
        "systems_stand_in",
        data=f"stand-in for VocalSketch: real recordings, simulated imitations ({table['corpus']})",
        seed=0,
        figures={
            **{name: table[name] for name in ("settings", "dual_encoder", "runs", "reference", "note", "p_values")},
            "rows": rounded(table["rows"]),
            "costs": table["costs"],
        },
        command=COMMAND.format(runs=table["runs"]),
    )
    shutil.copy(work / "table.png", DOCS / "pictures" / "systems_stand_in.png")


if __name__ == "__main__":
    main()
