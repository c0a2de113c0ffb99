"""`menura doctor`: whether an installation works."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(
    report: Annotated[
        bool, typer.Option("--report", help="Print it for an issue: no paths, no names, and the machine in a line.")
    ] = False,
) -> None:
    """Say what is wrong with this installation of Menura, and what to do about it."""
    from menura.cli.text import printable
    from menura.doctor import examine_installation, machine

    sound = True
    if report:
        print(f"      {machine()}")
    for finding in examine_installation():
        sound = sound and not finding.fatal
        print(f"{finding.mark:<5} {printable(finding.public if report else finding.text)}")
    if not sound:
        raise typer.Exit(1)
