"""`menura adapt`: a model that knows one's own library better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from menura.advice import command
from menura.cli.common import Folder, Model, expand, network_home, refuse_absent, require_training

if TYPE_CHECKING:
    from menura.training.adapt import Adaptation
    from menura.training.own_takes import OwnOutcome


def adapt(
    folder: Folder,
    model: Model = None,
    takes: Annotated[
        Path | None,
        typer.Option(help="Your own takes of these sounds, as the page /teach keeps them.", callback=expand),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where the adapted model goes.", callback=expand)] = None,
) -> None:
    """Fine-tune a model on simulated imitations of your own sounds, and on your own takes; needs the train extra."""
    from menura.model.shipped import DEFAULT
    from menura.personal.given import given_takes
    from menura.training.recipe import refuse_unadaptable

    refuse_absent(folder)
    home = network_home(model or DEFAULT)
    refuse_unadaptable(home, by_own_takes=takes is not None)
    library = folder.resolve()
    given = given_takes(takes, library) if takes is not None else []
    require_training()
    import hashlib

    import platformdirs

    from menura.training.adapt import adapt as adapt_model
    from menura.training.adapt import recipe_for

    digest = hashlib.blake2b(str(library).encode(), digest_size=4).hexdigest()
    name = f"{library.name}-{digest}"
    of_whom = f"{name}-voice" if takes is not None else name
    goes_to = out or platformdirs.user_data_path("menura", appauthor=False) / "models" / of_whom
    work = platformdirs.user_cache_path("menura", appauthor=False) / "adapt" / name
    done = adapt_model(home, library, goes_to, work=work, recipe=recipe_for(home), told=print, takes=given)
    _tell(done, folder, goes_to)


def _tell(done: Adaptation, folder: Path, goes_to: Path) -> None:
    from menura.cli.text import count, printable

    before, after, unseen = done.before, done.after, count(done.n_held_out, "sound")
    print(f"MRR among {done.n_sounds:,} sounds, imitated by people that it did not hear (chance {done.chance:.3f}):")
    print(f"  the whole library: {before.library:.3f} before, {after.library:.3f} after")
    print(f"  of it, sounds that it learned from: {before.learned:.3f} before, {after.learned:.3f} after")
    print(f"  and {unseen} that it did not see: {before.unseen:.3f} before, {after.unseen:.3f} after")
    if done.standing is not None:
        print(f"The model adapted earlier: {done.standing.library:.3f}.")
    if done.own is not None:
        _tell_own(done.own)
    if done.kept:
        print(f"The adapted model is in {goes_to} (difference: p = {done.p_value:.4f}). To search with it:")
        print(f"  {printable(command('index', folder, model=goes_to))}")
        print(f"  {printable(command('search', 'hum.wav', '--library', folder, model=goes_to))}")
    elif done.own is not None:
        print("By your own takes the adapted model is not surely better, so it was not kept. Without --takes")
        print("simulated people alone judge; and more takes of other sounds may tell.")
    else:
        print("The adapted model is no better, so it was not kept.")


def _tell_own(own: OwnOutcome) -> None:
    told = own.to_dict()
    before, fast, after = (told[name] for name in ("before", "fast", "after"))
    print(f"Your own {told['takes']} takes of {told['sounds']} sounds, each by a model without those of its sound:")
    print(f"  MRR {before['mrr']:.3f} before, {after['mrr']:.3f} after; {fast['mrr']:.3f} by `menura teach --learn`")
    print(
        f"  among the first ten: {before['ten']} before, {after['ten']} after; {fast['ten']} by `menura teach --learn`"
    )
