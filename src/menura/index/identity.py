"""What an index belongs to: a folder and a model. Errors name the folder, and the commands they advise name both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from menura.advice import command
from menura.errors import UsageError

if TYPE_CHECKING:
    from menura.model.bundle import Bundle


@dataclass(frozen=True)
class ModelIdentity:
    """The model that an index is made with.

    Attributes:
        fingerprint: SHA-256 (hexadecimal) over all that decides a score.
        name: What it is called.
        width: Floats in a projection.
        called: What `--model` has to say to name it; None for the default model.
    """

    fingerprint: str
    name: str
    width: int
    called: str | None = None

    @classmethod
    def of(cls, bundle: Bundle) -> ModelIdentity:
        """The identity of a model."""
        return cls(bundle.fingerprint, bundle.name, bundle.spec.n_hidden, bundle.called)


@dataclass(frozen=True)
class IndexIdentity:
    """A library's folder, resolved, and the model that its sounds are embedded by."""

    folder: Path
    model: ModelIdentity

    def command(self, verb: str, *options: str) -> str:
        """A command about this index: `menura VERB FOLDER OPTIONS`, with `--model` where it is not the default one."""
        return command(verb, self.folder, *options, model=self.model.called)

    def not_indexed(self) -> UsageError:
        """The error for an index that is asked about and was never made."""
        return UsageError(f"{self.folder}: not indexed with {self.model.name} yet; {self.command('index')} does it")

    @property
    def rebuild_advice(self) -> str:
        """What to do about an index that is of no use any more."""
        return f"make it anew with: {self.command('index', '--rebuild')}"
