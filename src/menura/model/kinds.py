"""The likely kinds of a sound (snare, dog, door ...), read off its projections.

A model may know kinds. What it has for them is a small network on the projections that a library stores anyway, one
hidden layer and a sigmoid for each kind, so that they cost nothing while a library is filled, and every index has them:

    shares = sigmoid(W2 relu(W1 p + b1) + b2)

A kind is likely where its share, averaged over the windows of the sound, reaches the kind's threshold, which was
measured: of the sounds that pass it, four in five are of the kind (see `menura.training.kinds`). Of each window its
four largest shares count, in 255ths: that is what an index keeps of it, in eight bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors

from menura.errors import UsageError

KINDS_FILE = "kinds.safetensors"
KEPT = 4
"""How many kinds of each window are kept."""

_FULL = 255
_MOST_KINDS = 254  # a byte holds the number of one, and 0 for none


@dataclass(frozen=True)
class KindName:
    """What a kind is called.

    Attributes:
        name: Its name, in lower case.
        words: Other words that find it.
        threshold: The least share, in (0, 1], of a likely kind.
    """

    name: str
    words: tuple[str, ...]
    threshold: float


@dataclass(frozen=True, eq=False)
class Kinds:
    """The kinds that a model knows; k of them, of h projections, by n neurons.

    Attributes:
        names: (k,) what they are called, and from when on they are likely.
        hidden_weight: W1, (n, h).
        hidden_bias: b1, (n,).
        weight: W2, (k, n).
        bias: b2, (k,).
        digest: SHA-256 (hexadecimal) of the file, which names what was read off with it.
    """

    names: tuple[KindName, ...]
    hidden_weight: NDArray[np.float32] = field(repr=False)
    hidden_bias: NDArray[np.float32] = field(repr=False)
    weight: NDArray[np.float32] = field(repr=False)
    bias: NDArray[np.float32] = field(repr=False)
    digest: str

    @classmethod
    def read(cls, content: bytes, stated: Any, width: int) -> Kinds:  # noqa: ANN401  # whatever JSON holds
        """What a bundle has.

        Args:
            content: The file of weights.
            stated: What the model's card has under `kinds`.
            width: h, the numbers in a projection.

        Raises:
            ValueError: Either cannot be read, or they do not belong together.
        """
        names = _names_of(stated)
        try:
            tensors = load_tensors(content)
        except SafetensorError as error:
            raise ValueError(f"not a safetensors file ({error})") from error
        n_neurons = len(tensors.get("hidden_bias", ()))
        shapes = {
            "hidden_weight": (n_neurons, width),
            "hidden_bias": (n_neurons,),
            "weight": (len(names), n_neurons),
            "bias": (len(names),),
        }
        for name, shape in shapes.items():
            tensor = tensors.get(name)
            if tensor is None or (*tensor.shape, str(tensor.dtype)) != (*shape, "float32"):
                raise ValueError(f"{name} is not {(*shape, 'float32')}")
            if not np.isfinite(tensor).all():
                raise ValueError(f"{name} holds NaN or infinity")
        return cls(names, digest=hashlib.sha256(content).hexdigest(), **{name: tensors[name] for name in shapes})

    @cached_property
    def thresholds(self) -> NDArray[np.float64]:
        """(k,) of each kind."""
        return np.array([kind.threshold for kind in self.names])

    @cached_property
    def by_word(self) -> dict[str, int]:
        """The number of each kind by its name and other words; of two kinds with one word, the first has it."""
        found: dict[str, int] = {kind.name: number for number, kind in enumerate(self.names)}
        for number, kind in enumerate(self.names):
            for word in kind.words:
                found.setdefault(word, number)
        return found

    def number(self, word: str) -> int:
        """The number of the kind that a word means.

        Raises:
            UsageError: It means none.
        """
        number = self.by_word.get(" ".join(word.lower().replace("-", " ").split()))
        if number is None:
            known = ", ".join(sorted(kind.name for kind in self.names))
            raise UsageError(f"{word!r} is no kind of sound that this model knows; it knows {known}")
        return number

    def shares(self, projections: NDArray[np.float32]) -> NDArray[np.float32]:
        """(w, k) in [0, 1], of (w, h) projections."""
        hidden = projections @ self.hidden_weight.T
        hidden += self.hidden_bias
        np.maximum(hidden, 0, out=hidden)
        logits = hidden @ self.weight.T
        logits += self.bias
        np.clip(-logits, -60, 60, out=logits)
        np.exp(logits, out=logits)
        logits += 1
        shares: NDArray[np.float32] = np.reciprocal(logits, out=logits)
        return shares

    def codes(self, projections: NDArray[np.float32]) -> NDArray[np.uint8]:
        """(w, 4, 2) what is kept of (w, h) projections: numbers of kinds from 1 on, 0 for none, and their shares."""
        codes = np.zeros((len(projections), KEPT, 2), np.uint8)
        if len(projections) and self.names:
            shares = self.shares(projections)
            kept = np.argpartition(-shares, min(KEPT, len(self.names)) - 1, axis=1)[:, :KEPT]
            levels = np.rint(_FULL * np.take_along_axis(shares, kept, axis=1)).astype(np.uint8)
            codes[:, : kept.shape[1], 0] = np.where(levels > 0, kept + 1, 0)
            codes[:, : kept.shape[1], 1] = levels
        return codes

    def likely(self, projections: NDArray[np.float32]) -> tuple[str, ...]:
        """The likely kinds of a sound, the surest first, by the (w, h) projections of its windows."""
        codes = self.codes(projections)
        _, kinds = self.likely_of(codes, np.zeros(1, np.int64), np.array([len(codes)]))
        return tuple(self.names[kind].name for kind in kinds.tolist())

    def likely_of(
        self, codes: NDArray[np.uint8], first_rows: NDArray[np.int64], n_windows: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The likely kinds of many sounds.

        Args:
            codes: (rows, 4, 2) of windows, as `codes` makes them.
            first_rows: (s,) the first of each sound's rows.
            n_windows: (s,) how many it has, next to each other.

        Returns:
            (m,) numbers of sounds, ascending, and (m,) kinds of them, the surest of a sound first.
        """
        sounds = np.repeat(np.arange(len(first_rows)), n_windows)
        ends = np.cumsum(n_windows)
        rows = np.arange(len(sounds)) + np.repeat(first_rows - (ends - n_windows), n_windows)
        found = codes[rows].astype(np.int64)
        numbers, levels = found[:, :, 0], found[:, :, 1]
        known = (numbers > 0) & (numbers <= len(self.names))  # a file of codes may be garbled
        keys = (sounds[:, None] * len(self.names) + numbers - 1)[known]
        pairs, places = np.unique(keys, return_inverse=True)
        sums = np.bincount(places.reshape(-1), weights=levels[known], minlength=len(pairs))
        owners, kinds = np.divmod(pairs, max(1, len(self.names)))
        margins = sums / (_FULL * n_windows[owners]) - self.thresholds[kinds]
        likely = margins >= 0
        owners, kinds, margins = owners[likely], kinds[likely], margins[likely]
        order = np.lexsort((-margins, owners))
        return owners[order], kinds[order]


def card_of(names: Sequence[KindName]) -> list[dict[str, Any]]:
    """As in a model's card."""
    return [{"name": kind.name, "words": list(kind.words), "threshold": kind.threshold} for kind in names]


def _names_of(stated: Any) -> tuple[KindName, ...]:  # noqa: ANN401  # whatever JSON holds
    if not isinstance(stated, list) or not 0 < len(stated) <= _MOST_KINDS:
        raise ValueError("the list of its kinds cannot be read")
    names = []
    for entry in stated:
        match entry:
            case {"name": str(name), "words": list(words), "threshold": float(threshold)} if (
                name and all(isinstance(word, str) for word in words) and 0 < threshold <= 1
            ):
                names.append(KindName(name, tuple(words), threshold))
            case _:
                raise ValueError(f"a kind cannot be read: {entry!r}")
    if len({kind.name for kind in names}) < len(names):
        raise ValueError("two of its kinds have one name")
    return tuple(names)
