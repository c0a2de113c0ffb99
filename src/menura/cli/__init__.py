"""The command line: each command imports what it needs, so that `--help` and `--version` answer at once."""

from __future__ import annotations

from typing import Annotated

import typer

from menura.cli.adapt import adapt
from menura.cli.check import check
from menura.cli.cluster import cluster_app
from menura.cli.collection import collection
from menura.cli.data import data_app
from menura.cli.demo import demo
from menura.cli.doctor import doctor
from menura.cli.evaluate import evaluate
from menura.cli.explain import explain
from menura.cli.hub import hub_app
from menura.cli.index import index
from menura.cli.info import info
from menura.cli.outcome import CommandLine
from menura.cli.reproduce import reproduce_app
from menura.cli.search import search
from menura.cli.serve import serve
from menura.cli.simulate import simulate
from menura.cli.study import study_app
from menura.cli.teach import teach
from menura.cli.train import train_app
from menura.cli.visualise import visualise
from menura.cli.watch import watch

app = typer.Typer(
    name="menura",
    cls=CommandLine,
    help="Find a sound in a library by imitating it with your voice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(train_app, name="train")
app.add_typer(data_app, name="data")
app.add_typer(hub_app, name="hub")
app.add_typer(cluster_app, name="cluster")
app.add_typer(reproduce_app, name="reproduce")
app.add_typer(study_app, name="study")
_COMMANDS = (index, search, info, demo, adapt, check, collection, doctor, evaluate, explain, serve, simulate, visualise)
for command in (*_COMMANDS, teach, watch):
    app.command()(command)


def main() -> None:
    """The entry point of the `menura` command."""
    app(prog_name="menura")


def _print_version(wanted: bool) -> None:
    if wanted:
        import menura

        print(f"menura {menura.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass
