"""`menura adapt`: a model that knows one's own library better."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from menura.advice import command
from menura.cli.common import Folder, Model, expand, network_home, refuse_absent, require_training


def adapt(
    folder: Folder,
    model: Model = None,
    out: Annotated[Path | None, typer.Option(help="Where the adapted model goes.", callback=expand)] = None,
) -> None:
    """Fine-tune a model on simulated imitations of your own sounds; needs the train extra."""
    from menura.model.shipped import DEFAULT
    from menura.training.recipe import refuse_other_ears

    refuse_absent(folder)
    home = network_home(model or DEFAULT)
    refuse_other_ears(home)
    require_training()
    import hashlib

    import platformdirs

    from menura.cli.text import count, printable
    from menura.training.adapt import AdaptRecipe
    from menura.training.adapt import adapt as adapt_model

    library = folder.resolve()
    digest = hashlib.blake2b(str(library).encode(), digest_size=4).hexdigest()
    name = f"{library.name}-{digest}"
    goes_to = out or platformdirs.user_data_path("menura", appauthor=False) / "models" / name
    work = platformdirs.user_cache_path("menura", appauthor=False) / "adapt" / name
    done = adapt_model(home, library, goes_to, work=work, recipe=AdaptRecipe(), told=print)
    before, after, unseen = done.before, done.after, count(done.n_held_out, "sound")
    print(f"MRR among {done.n_sounds:,} sounds, imitated by people that it did not hear (chance {done.chance:.3f}):")
    print(f"  the whole library: {before.library:.3f} before, {after.library:.3f} after")
    print(f"  of it, sounds that it learned from: {before.learned:.3f} before, {after.learned:.3f} after")
    print(f"  and {unseen} that it did not see: {before.unseen:.3f} before, {after.unseen:.3f} after")
    if done.standing is not None:
        print(f"The model adapted earlier: {done.standing.library:.3f}.")
    if done.kept:
        print(f"The adapted model is in {goes_to} (difference: p = {done.p_value:.4f}). To search with it:")
        print(f"  {printable(command('index', folder, model=goes_to))}")
        print(f"  {printable(command('search', 'hum.wav', '--library', folder, model=goes_to))}")
    else:
        print("The adapted model is no better, so it was not kept.")
