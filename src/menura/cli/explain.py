"""`menura explain`: which parts of an imitation and of a sound made them match."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.cli.common import Model, expand
from menura.cli.text import clock, printable
from menura.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from menura.explanation.evidence import Evidence, Explanation
    from menura.explanation.regions import Region


def explain(
    query: Annotated[Path, typer.Argument(help="A recording of your imitation.", callback=expand)],
    sound: Annotated[Path, typer.Argument(help="The sound to compare it with.", callback=expand)],
    model: Model = None,
    out: Annotated[Path | None, typer.Option(help="Draw both spectrograms to this PNG file.", callback=expand)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell why a sound matches an imitation: which times and pitches of both raised the score, and which lowered it."""
    if out is not None:
        _refuse_picture(out)
    from menura.cli.progress import progress_bar
    from menura.explanation.explain import explain

    with progress_bar("Explaining") as progress:
        explanation = explain(query, sound, model, progress)
    if out is not None:
        from menura.explanation.picture import draw_explanation

        draw_explanation(explanation, (query.name, sound.name), out)
    if as_json:
        _print_json(query, sound, explanation)
    else:
        _print_words(query, sound, explanation)


def _refuse_picture(out: Path) -> None:
    """Refuses now what could not be drawn or written after the work."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise UsageError('--out draws with matplotlib, which is not installed: pip install "menura[train]"')
    if out.suffix.lower() != ".png":
        raise UsageError(f"{out}: --out writes a PNG picture; name a file that ends in .png")
    if out.exists() or out.is_symlink():
        raise UsageError(f"{out}: exists and is not overwritten; move it or name another file with --out")


def _print_json(query: Path, sound: Path, explanation: Explanation) -> None:
    """One JSON object: the score, where in the sound it is, and for each side the regions that raised or lowered it."""
    from menura.explanation.regions import lowering_regions, raising_regions

    window = explanation.recording.clip
    answer = {
        "query": str(query),
        "sound": str(sound),
        "score": explanation.score,
        "logit": explanation.logit,
        "start_s": window.start_s,
        "end_s": window.end_s,
        "method": explanation.method,
        "sides": {
            name: {
                "score_if_silent": explanation.score_without(side),
                "raised": [asdict(region) for region in raising_regions(side)],
                "lowered": [asdict(region) for region in lowering_regions(side)],
            }
            for name, side in (("query", explanation.query), ("sound", explanation.recording))
        },
    }
    print(json.dumps(answer, indent=2))


def _print_words(query: Path, sound: Path, explanation: Explanation) -> None:
    """The score, where in the sound it is, and a table of the regions that raised or lowered it, for each side."""
    from rich.console import Console

    window = explanation.recording.clip
    where = f"{clock(window.start_s)} - {clock(window.end_s)}"
    print(f"{printable(query.name)} and {printable(sound.name)}: score {explanation.score:.3f}, best at {where}.")
    print(f"By {explanation.method}; % is the share of all that raised or lowered the score on a side.")
    for path, side in ((query, explanation.query), (sound, explanation.recording)):
        print(
            f"\n{printable(path.name)}: with silence instead, the score would be {explanation.score_without(side):.3f}"
        )
        Console(highlight=False).print(_table(side))


def _table(side: Evidence) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from menura.explanation.regions import lowering_regions, raising_regions

    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("the score was", no_wrap=True)
    table.add_column("%", justify="right", no_wrap=True)
    table.add_column("seconds", no_wrap=True)
    table.add_column("Hz", no_wrap=True)
    table.add_column("", no_wrap=True)
    for effect, regions in (("raised by", raising_regions(side)), ("lowered by", lowering_regions(side))):
        for region in regions:
            table.add_row(effect, *_cells(region))
    if not table.row_count:
        table.add_row("changed by nothing", "", "", "", "")
    return table


def _cells(region: Region) -> tuple[str, ...]:
    return (
        f"{100 * region.share:.0f}",
        f"{region.start_s:.1f} - {region.end_s:.1f}",
        f"{_round(region.low_hz):,} - {_round(region.high_hz):,}",
        "(silence)" if region.quiet else "",
    )


def _round(hz: float) -> int:
    """To two figures, which is as well as a band is known: 1,797 Hz is 1,800."""
    return int(float(f"{hz:.2g}"))
