"""The published form of a table that Menura made: a file of results, and the picture that is drawn from it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.results import DOCS, read_result, write_result
from menura.evaluation.table_picture import draw_table
from menura.evaluation.tables import Row, Table

PICTURES = DOCS / "pictures"


def work_parser(description: str | None) -> argparse.ArgumentParser:
    """The command line of a script that says this of itself and publishes what lies in a folder, `--work`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    return parser


def read_table(work: Path) -> dict[str, Any]:
    """What a reproduction or an evaluation wrote."""
    table: dict[str, Any] = json.loads((work / "table.json").read_text(encoding="utf-8"))
    return table


def publish_table(name: str, table: dict[str, Any], kept: Sequence[str], *, data: str, command: str) -> None:
    """Write `docs/results/NAME.json` and draw `docs/pictures/NAME.png` from it.

    Args:
        name: Of the result and of the picture.
        table: What was written.
        kept: What of it is published, `rows` among it.
        data: What the corpus is, in words.
        command: How to make the table again.
    """
    figures = {part: rounded(table[part]) for part in kept}
    write_result(name, data=f"{data} ({table['corpus']})", seed=0, figures=figures, command=command)
    draw_published(name)


def draw_published(name: str) -> None:
    """Draw `docs/pictures/NAME.png` from `docs/results/NAME.json`."""
    rows = [Row(**row) for row in read_result(name)["figures"]["rows"]]
    draw_table(Table(tuple(rows), ()), PICTURES / f"{name}.png")


def rounded(value: Any) -> Any:  # noqa: ANN401  # whatever JSON holds
    """A JSON value with its numbers to four digits after the point, but for those that would be 0, such as rates."""
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return (round(value, 4) or value) if isinstance(value, float) else value
