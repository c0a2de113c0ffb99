r"""The published forms of the tables of all systems.

    menura reproduce systems --data STAND_IN --mn04 WEIGHTS --voxforge SPOKEN --urbansound8k STAND_IN/environment \
        --runs 3 --settings bf16.toml --work WORK
    python -m benchmarks.models.all_systems systems --work WORK

    menura reproduce systems --data YARDSTICK --mn04 WEIGHTS --runs 3 --settings bf16.toml --work WORK
    python -m benchmarks.models.all_systems systems_mosaics --work WORK

    menura evaluate default --against tl-iminet --baseline mfcc-dtw --baseline 2dft --baseline helen-virtanen \
        --baseline imisound --data YARDSTICK --out WORK
    python -m benchmarks.models.all_systems systems_yardstick --work WORK

STAND_IN is what `corpora/stand_in.py` made, SPOKEN what `corpora/spoken_languages.py` made, YARDSTICK what
`corpora/voice_yardstick.py` made, and bf16.toml sets `precision = "bf16"` under `[fine_tuning]`. The second table is
of systems that all learn from one half of the yardstick; in the third all of it are candidates, and the networks are
those that ship. Writes `docs/results/NAME.json`, and draws `systems.png`, `systems_mosaics.png` or
`systems_yardstick.png` from it.
"""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.models.reproduced import publish_table, read_table, work_parser


class Published(NamedTuple):
    """What is said of a table, and what of it is published."""

    data: str
    kept: tuple[str, ...]
    command: str


REPRODUCED = ("reference", "note", "rows", "tests", "costs")
YARDSTICK = "voice yardstick: mosaics of two real people's speech"

TABLES = {
    "systems": Published(
        "stand-in for VocalSketch: half of its imitations are mosaics of real voices",
        REPRODUCED,
        "menura reproduce systems --data STAND_IN --mn04 WEIGHTS --voxforge SPOKEN "
        "--urbansound8k STAND_IN/environment --runs 3 --settings bf16.toml --work WORK",
    ),
    "systems_mosaics": Published(
        YARDSTICK,
        REPRODUCED,
        "menura reproduce systems --data YARDSTICK --mn04 WEIGHTS --runs 3 --settings bf16.toml --work WORK",
    ),
    "systems_yardstick": Published(
        YARDSTICK,
        ("rows", "tests"),
        "menura evaluate default --against tl-iminet --baseline mfcc-dtw --baseline 2dft --baseline helen-virtanen "
        "--baseline imisound --data YARDSTICK --out WORK",
    ),
}


def main() -> None:
    """Publish a table."""
    parser = work_parser(__doc__)
    parser.add_argument("name", choices=TABLES)
    arguments = parser.parse_args()
    data, kept, command = TABLES[arguments.name]
    publish_table(arguments.name, read_table(arguments.work), kept, data=data, command=command)


if __name__ == "__main__":
    main()
