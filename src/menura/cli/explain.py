"""`menura explain`: which parts of an imitation and of a sound made them match."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.cli.common import expand
from menura.errors import UsageError


def explain(
    query: Annotated[Path, typer.Argument(help="A recording of your imitation.", callback=expand)],
    sound: Annotated[Path, typer.Argument(help="The sound to compare it with.", callback=expand)],
    model: Annotated[
        Path | None, typer.Option(help="A model bundle instead of the one that Menura ships.", callback=expand)
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Draw both spectrograms to this PNG file.", callback=expand)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell why a sound matches an imitation: which times and pitches of both raised the score, and which lowered it."""
    if out is not None:
        _refuse_picture(out)
    from menura.cli.explanation_report import explain_with_progress, print_explanation, print_explanation_json

    explanation = explain_with_progress(query, sound, model)
    if out is not None:
        from menura.explain.picture import draw_explanation

        draw_explanation(explanation, (query.name, sound.name), out)
    if as_json:
        print_explanation_json(query, sound, explanation)
    else:
        print_explanation(query, sound, explanation)


def _refuse_picture(out: Path) -> None:
    """Refuses now what could not be drawn or written after the work."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise UsageError('--out draws with matplotlib, which is not installed: pip install "menura[train]"')
    if out.suffix.lower() != ".png":
        raise UsageError(f"{out}: --out writes a PNG picture; name a file that ends in .png")
    if out.exists() or out.is_symlink():
        raise UsageError(f"{out}: exists and is not overwritten; move it or name another file with --out")
