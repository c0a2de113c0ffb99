"""`menura hub`: models taken from and given to a model hub; needs the hub extra."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.cli.common import ModelArgument, expand

hub_app = typer.Typer(
    help='Take models from the Hugging Face hub, or give them; needs the hub extra: pip install "menura\\[hub]".',
    no_args_is_help=True,
)

Repository = Annotated[str, typer.Argument(help="OWNER/NAME on the hub.")]


@hub_app.command()
def get(
    repository: Repository,
    out: Annotated[Path, typer.Option(help="Where the bundle goes.", callback=expand)],
    revision: Annotated[str | None, typer.Option(help="A branch, tag or commit.")] = None,
) -> None:
    """Download a model bundle, checked before it stands there."""
    from menura.model.hub import take_from_hub

    bundle = take_from_hub(repository, out, revision=revision)
    print(f"{bundle.name} is in {out}; use it with --model {out}")


@hub_app.command()
def put(
    model: ModelArgument,
    repository: Repository,
    public: Annotated[bool, typer.Option("--public", help="Let everybody see a new repository.")] = False,
) -> None:
    """Upload a model bundle under your own login."""
    from menura.model.hub import give_to_hub

    print(give_to_hub(model, repository, public=public))
