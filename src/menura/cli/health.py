"""`menura check` and `menura doctor`: whether an index is whole, and whether an installation works."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.cli.common import expand


def check(
    folder: Annotated[Path, typer.Argument(help="The folder of sounds.", callback=expand)],
    everything: Annotated[bool, typer.Option("--all", help="Hold every sound against its file, not 50.")] = False,
    model: Annotated[
        Path | None, typer.Option(help="A model bundle instead of the one that Menura ships.", callback=expand)
    ] = None,
) -> None:
    """Prove that the index of a folder is whole, or say what is wrong with it and what mends it."""
    from menura.cli.progress import check_with_progress
    from menura.cli.text import count, printable
    from menura.search.library import Library

    with Library.open(folder, bundle=model) as library:
        report = check_with_progress(library, everything=everything)
    for line in report.faults:
        print(f"wrong: {printable(line)}")
    for line in report.notes:
        print(f"note: {printable(line)}")
    if not report.whole:
        raise typer.Exit(1)
    print(
        f"{printable(str(folder))}: its index is whole: {count(report.sounds, 'sound')}, "
        f"{report.hashed:,} held against their files, {report.recomputed:,} computed anew."
    )


def doctor() -> None:
    """Say what is wrong with this installation of Menura, and what to do about it."""
    from menura.cli.text import printable
    from menura.doctor import examine_installation

    sound = True
    for finding in examine_installation():
        sound = sound and not finding.fatal
        print(f"{finding.mark:<5} {printable(finding.text)}")
    if not sound:
        raise typer.Exit(1)
