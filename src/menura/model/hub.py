"""Model bundles taken from and given to the Hugging Face hub, when somebody asks for it and never otherwise.

What is taken is what a bundle is made of and nothing else: JSON, ONNX and safetensors, no pickle. It is loaded and
checked before it stands where it was asked for.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from menura.errors import ModelError
from menura.model.bundle import HEAD_FILE, IMITATION_FILE, RECORDING_FILE, Bundle
from menura.model.heard import HEARD_FILE
from menura.model.kinds import KINDS_FILE
from menura.model.shipped import CARD_FILE, model_home
from menura.model.usual import USUAL_FILE
from menura.whole import replace_folder

FILES = (
    CARD_FILE,
    IMITATION_FILE,
    RECORDING_FILE,
    HEAD_FILE,
    "weights.safetensors",
    KINDS_FILE,
    USUAL_FILE,
    HEARD_FILE,
)


def take_from_hub(repository: str, folder: Path, *, revision: str | None = None) -> Bundle:
    """Download a bundle; it stands at `folder` only when it is whole, in place of what stood there.

    Args:
        repository: `OWNER/NAME`.
        folder: Where it goes.
        revision: A branch, tag or commit; the newest by default.

    Raises:
        ModelError: huggingface_hub is not installed, the hub refuses, or what comes is no bundle.
    """
    hub = _library()
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with _refusals_of_the_hub(repository):
            hub.snapshot_download(repository, revision=revision, allow_patterns=list(FILES), local_dir=work / "new")
        for path in (work / "new").iterdir():
            if path.name not in FILES:  # the library keeps notes of its own there
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        bundle = Bundle.load(work / "new")
        bundle.warm()
        replace_folder(work / "new", folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return bundle


def give_to_hub(model: str | Path, repository: str, *, public: bool = False) -> str:
    """Upload a bundle; a repository that is not there is made, private unless it is to be public.

    Args:
        model: As for `Bundle.load`.
        repository: `OWNER/NAME`.
        public: Whether a new repository may be seen by everybody.

    Returns:
        What the hub calls the upload.

    Raises:
        ModelError: huggingface_hub is not installed, the bundle is damaged, or the hub refuses.
    """
    hub = _library()
    name = Bundle.load(model).name
    with _refusals_of_the_hub(repository):
        api = hub.HfApi()
        api.create_repo(repository, private=not public, exist_ok=True)
        done = api.upload_folder(
            repo_id=repository,
            folder_path=model_home(model),
            allow_patterns=list(FILES),
            commit_message=f"{name}, a bundle of Menura",
        )
    return str(done)


def _library() -> ModuleType:
    try:
        import huggingface_hub  # noqa: PLC0415  # an extra
    except ModuleNotFoundError as error:
        raise ModelError('a model hub needs huggingface_hub: pip install "menura[hub]"') from error
    found: ModuleType = huggingface_hub
    return found


@contextmanager
def _refusals_of_the_hub(repository: str) -> Iterator[None]:
    """What the library raises (all of it OSError or ValueError) in a line."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"{repository}: the hub did not do it ({reason}); check the name and your login") from error
