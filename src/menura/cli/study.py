"""`menura study`: a study with people of how well a search finds what they imitate, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from menura.cli.common import expand
from menura.errors import UsageError

if TYPE_CHECKING:
    from menura.study.report import Report

_RUN = "run"
_HEADS = ("MRR", "first", "top 5", "top 10", "rating", "found")  # of the measures, in their order


class _RunsByDefault(TyperGroup):
    """`menura study FOLDER` is `menura study run FOLDER`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # as the method that it replaces
        """Puts the command in where none is named."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_RUN, *args]
        return super().parse_args(ctx, args)


study_app = typer.Typer(
    cls=_RunsByDefault,
    help="Study with people how well a search finds what they imitate: `menura study FOLDER --out STUDY`.",
    no_args_is_help=True,
)

StudyFolder = Annotated[Path, typer.Argument(help="The folder of the study: what was given as --out.", callback=expand)]


@study_app.command()
def report(
    study: StudyFolder,
    out: Annotated[
        Path | None, typer.Option(help="Where the report goes; STUDY/report by default.", callback=expand)
    ] = None,
) -> None:
    """Say what a study comes to, with figures, pictures and a table for R; needs the study extra."""
    _require_analysis()
    from menura.study.report import report_of, write_report
    from menura.study.store import Study

    found = Study.open(study)
    made = report_of(found)
    folder = out or study / "report"
    names = write_report(found, made, folder)
    _print_report(made)
    print(f"Written to {folder}: {', '.join(names)}.")


def _print_report(made: Report) -> None:
    """The means by system and category, and below them what may be claimed."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from menura.cli.text import count
    from menura.study.trials import MEASURES

    people = made.people
    print(
        f"{count(people.begun, 'person') if people.begun == 1 else f'{people.begun:,} people'} began, "
        f"{len(people.counted):,} rated half of the sounds or more and count. The MRR of a guess is {made.chance:.3f}."
    )
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for head in ("", *_HEADS):
        table.add_column(head, no_wrap=True)
    categories = sorted({trial.category for trial in made.trials})
    for category in (None, *(categories if len(categories) > 1 else [])):
        table.add_row(Text("all sounds" if category is None else category, style="bold"))
        for system in made.systems:
            cells = [made.mean(measure, system, category=category) for measure in MEASURES]
            table.add_row(Text(f"  {system}"), *("" if cell is None else f"{cell.mean:.3f}" for cell in cells))
            if category is None:
                limits = [None if cell is None else cell.interval for cell in cells]
                table.add_row("    95 %", *("" if one is None else "{:.2f}-{:.2f}".format(*one) for one in limits))
    Console(highlight=False).print(table)
    for one in made.comparisons:
        print(one.words)


def _require_analysis() -> None:
    """Refuse, with what to install, if the study extra is not there."""
    try:
        import matplotlib  # noqa: F401
        import statsmodels  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(f'the report of a study needs {error.name}: pip install "menura[study]"') from error
