"""`menura doctor`: whether an installation works."""

from __future__ import annotations

import typer


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
