r"""The published form of the table of all systems on the stand-in corpus.

    menura reproduce systems --data STAND_IN --mn04 WEIGHTS --voxforge SPOKEN --urbansound8k STAND_IN/environment \
        --runs 3 --settings bf16.toml --work WORK
    python -m benchmarks.models.all_systems --work WORK

STAND_IN is what `corpora/stand_in.py` made, SPOKEN what `corpora/spoken_languages.py` made, and bf16.toml sets
`precision = "bf16"` under `[fine_tuning]`. Writes `docs/results/systems.json` and `docs/pictures/systems.png`.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from benchmarks.models.stand_in_table1 import rounded
from benchmarks.results import DOCS, write_result

COMMAND = (
    "menura reproduce systems --data STAND_IN --mn04 WEIGHTS --voxforge SPOKEN --urbansound8k STAND_IN/environment "
    "--runs 3 --settings bf16.toml --work WORK"
)


def main() -> None:
    """Publish the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    work = parser.parse_args().work
    table = json.loads((work / "table.json").read_text(encoding="utf-8"))
    costs = [{"method": name, **cost} for name, cost in table["costs"].items()]
    write_result(
        "systems",
        data=f"stand-in for VocalSketch: half of its imitations are mosaics of real voices ({table['corpus']})",
        seed=0,
        figures={
            "reference": table["reference"],
            "note": table["note"],
            "rows": rounded(table["rows"]),
            "tests": rounded(table["tests"]),
            "costs": rounded(costs),
        },
        command=COMMAND,
    )
    shutil.copy(work / "table.png", DOCS / "pictures" / "systems.png")


if __name__ == "__main__":
    main()
