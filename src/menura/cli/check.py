"""`menura check`: whether an index is whole."""

from __future__ import annotations

from typing import Annotated

import typer

from menura.cli.common import Folder, Model


def check(
    folder: Folder,
    everything: Annotated[bool, typer.Option("--all", help="Hold every sound against its file, not 50.")] = False,
    model: Model = None,
) -> None:
    """Prove that the index of a folder is whole, or say what is wrong with it and what mends it."""
    from menura.cli.progress import progress_bar
    from menura.cli.text import count, printable
    from menura.search.library import Library

    with Library.open(folder, bundle=model) as library, progress_bar("Checking") as progress:
        report = library.check(everything=everything, progress=progress)
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
