"""What a cluster library is: where its sounds are, in how many shards they are kept, and which model answers."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from menura.advice import command
from menura.cluster.store import Store
from menura.errors import LibraryError, UsageError
from menura.model.bundle import Bundle
from menura.model.shipped import CARD_FILE, model_home
from menura.whole import replace_folder

FORMAT = 1
MOST_SHARDS = 4_096

_KEY = "library.json"
_NOT_FOR_SEARCH = "weights.safetensors"
_HEX = re.compile("[0-9a-f]{16,64}")


@dataclass(frozen=True)
class Card:
    """The contents of `library.json`.

    Attributes:
        id: What its homes on the disks of machines are named by.
        source: The address of the sounds.
        shards: How many shards there are; it never changes.
        model: Fingerprint of the model that answers.
        format: Of all that is in the store.
    """

    id: str
    source: str
    shards: int
    model: str
    format: int = FORMAT

    @classmethod
    def new(cls, source: str, shards: int, model: str) -> Card:
        """That of a library which does not exist yet.

        Raises:
            UsageError: The number of shards is out of range.
        """
        if not 1 <= shards <= MOST_SHARDS:
            raise UsageError(f"{shards} shards: ask for 1 to {MOST_SHARDS:,}")
        return cls(secrets.token_hex(8), source, shards, model)

    @classmethod
    def read(cls, store: Store) -> Card | None:
        """That of a store; None where there is no library yet.

        Raises:
            LibraryError: It is garbled, or of another format.
        """
        content = store.get(_KEY)
        if content is None:
            return None
        try:
            found = json.loads(content)
            card = cls(**found)
        except (ValueError, TypeError, RecursionError) as error:
            raise LibraryError(f"{store.address}: its {_KEY} is garbled; put a copy of it back") from error
        if card.format != FORMAT:
            raise LibraryError(f"{store.address}: of format {card.format!r}, and this Menura reads {FORMAT}")
        # Both name folders on the disks of machines.
        named = all(isinstance(name, str) and _HEX.fullmatch(name) for name in (card.id, card.model))
        if not (named and isinstance(card.source, str) and type(card.shards) is int and card.shards > 0):
            raise LibraryError(f"{store.address}: its {_KEY} is garbled; put a copy of it back")
        return card

    @classmethod
    def known(cls, store: Store) -> Card:
        """As `read`; a `UsageError` where there is no library yet."""
        card = cls.read(store)
        if card is None:
            raise UsageError(
                f"{store.address}: no cluster library there; "
                f"{command('cluster', 'fill', 'SOURCE', '--store', store.address)} makes one"
            )
        return card

    def create(self, store: Store) -> bool:
        """Write it where there is none; False where somebody else was faster."""
        return store.create(_KEY, self._content)

    def replace(self, store: Store) -> None:
        """Write it over the one that is there."""
        store.put(_KEY, self._content)

    def shard_of(self, path: str) -> int:
        """The number of the shard that holds the sound of this path, if there is such a sound."""
        return int.from_bytes(hashlib.sha256(os.fsencode(path)).digest()[:8], "little") % self.shards

    @property
    def _content(self) -> bytes:
        return json.dumps(asdict(self), indent=2).encode()


def keep_model(store: Store, model: str | Path | None, bundle: Bundle) -> None:
    """Put the files that searching needs of a model into a store, its card last; what is there already stays.

    Args:
        store: The store.
        model: What the bundle was loaded by.
        bundle: The bundle.
    """
    place, home = _model_place(bundle.fingerprint), model_home(model)
    if store.get(f"{place}/{CARD_FILE}") is None:
        for name in (*bundle.card["sha256"], CARD_FILE):
            if name != _NOT_FOR_SEARCH:
                store.upload(home / name, f"{place}/{name}")


def fetched_model(store: Store, fingerprint: str, disk: Path) -> Bundle:
    """A model of a store, by way of a copy on this machine's disk.

    Raises:
        LibraryError: The store does not have it, or has another under its name.
    """
    home = disk / "models" / fingerprint
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".", dir=home.parent))
        try:
            for name in store.names(_model_place(fingerprint)):
                store.download(f"{_model_place(fingerprint)}/{name}", new / name)
            _refuse_other(Bundle.load(new), fingerprint, store)
            if not home.is_dir():  # or another process of this machine was faster
                replace_folder(new, home)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    bundle = Bundle.load(home)
    _refuse_other(bundle, fingerprint, store)
    return bundle


def _refuse_other(bundle: Bundle, fingerprint: str, store: Store) -> None:
    if bundle.fingerprint != fingerprint:
        raise LibraryError(f"{store.address}: its model {fingerprint[:8]} is another one; fill it anew with the model")


def _model_place(fingerprint: str) -> str:
    return f"models/{fingerprint}"
