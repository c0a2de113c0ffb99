r"""The published form of the table of all systems on the stand-in corpus.

    menura reproduce systems --data STAND_IN --mn04 WEIGHTS --voxforge SPOKEN --urbansound8k STAND_IN/environment \
        --runs 3 --settings bf16.toml --work WORK
    python -m benchmarks.models.all_systems --work WORK

STAND_IN is what `corpora/stand_in.py` made, SPOKEN what `corpora/spoken_languages.py` made, and bf16.toml sets
`precision = "bf16"` under `[fine_tuning]`. Writes `docs/results/systems.json` and `docs/pictures/systems.png`.
"""

from __future__ import annotations

from benchmarks.models.reproduced import publish_table, read_table, work_of

COMMAND = (
    "menura reproduce systems --data STAND_IN --mn04 WEIGHTS --voxforge SPOKEN --urbansound8k STAND_IN/environment "
    "--runs 3 --settings bf16.toml --work WORK"
)


def main() -> None:
    """Publish the table."""
    table = read_table(work_of(__doc__))
    table["costs"] = [{"method": name, **cost} for name, cost in table["costs"].items()]
    publish_table(
        "systems",
        table,
        ("reference", "note", "rows", "tests", "costs"),
        data="stand-in for VocalSketch: half of its imitations are mosaics of real voices",
        command=COMMAND,
    )


if __name__ == "__main__":
    main()
