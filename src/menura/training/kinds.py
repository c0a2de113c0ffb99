"""What a trained model tells the kinds of sounds by: a small network on the projections of its recordings.

It learns from names and from mn04 (see `menura.training.kind_labels`), so it is a distillation: Hinton, Vinyals and
Dean, *Distilling the knowledge in a neural network*, 2015. When a kind is likely is settled on recordings of kits that
the network did not learn from: five times it learns without a fifth of them, and judges that fifth.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save as save_tensors
from torch import Tensor, nn

from menura.corpora.collections import load_collections
from menura.corpora.recordings import Recording, Split, load_recordings
from menura.corpora.sound_kinds import sound_kinds
from menura.model.bundle import Bundle
from menura.model.kinds import KINDS_FILE
from menura.model.shipped import CARD_FILE, model_home
from menura.training.kind_hearing import Heard, hear
from menura.training.kind_labels import is_open, kinds_of, kit_of
from menura.whole import replace_folder


@dataclass(frozen=True)
class KindSettings:
    """How the network learns, and which kinds are good enough.

    Attributes:
        n_neurons: Of its hidden layer.
        n_steps: Steps of AdamW.
        batch_size: Windows a step.
        learning_rate: The highest, of one cycle.
        weight_decay: Of AdamW.
        dropout: Of the hidden layer.
        noise: Added to the projections, in standard deviations.
        is_of_kind: From which share on a recording counts as of a kind.
        precision: Of the sounds that are said to be of a kind, how many have to be.
        prior: It has to be so even where only that share of sounds is of the kind; collections of speech are large,
            and libraries are not like them.
        recall: And of those that are of it, so many have to be found: else the kind is left out.
        least: Fewer right ones than that prove nothing, and the kind is left out.
        n_folds: Into how many parts kits are divided to judge by.
        seed: Decides all that is drawn.
    """

    n_neurons: int = 128
    n_steps: int = 1_500
    batch_size: int = 256
    learning_rate: float = 3e-3
    weight_decay: float = 3e-3
    dropout: float = 0.2
    noise: float = 0.1
    is_of_kind: float = 0.3
    precision: float = 0.8
    prior: float = 0.05
    recall: float = 0.1
    least: int = 5
    n_folds: int = 5
    seed: int = 0


def add_kinds(model: str | Path, data: Path, weights: Path, work: Path) -> list[dict[str, Any]]:
    """Teach a model's bundle the kinds of sounds; what it had of them is replaced, and nothing else changes.

    Args:
        model: The bundle, as `Bundle.load` names it.
        data: The folder of corpora; the held-out recordings are not heard.
        weights: mn04 with its classifier.
        work: A folder for what is heard.

    Returns:
        Of each kind what the card says of it: `name`, `words` and `threshold`, and as measured by kits that were not
        learnt from, `precision`, `recall` and the number of `sounds` that are of it. Nothing where the data is too
        little to learn any kind well enough; the bundle then stays as it is.
    """
    home = model_home(model)
    recordings = [
        recording
        for recording in (*load_recordings(data, 0), *load_collections(data)[0])
        if recording.split is not Split.HELD_OUT
    ]
    heard = hear(home, recordings, weights, work)
    tensors, stated = learn_kinds(heard, KindSettings())
    if stated:
        _put(home, tensors, stated)
    return stated


def learn_kinds(heard: Heard, settings: KindSettings) -> tuple[dict[str, NDArray[np.float32]], list[dict[str, Any]]]:
    """The weights of a network that tells kinds, and what a card says of each kind that is good enough."""
    wanted = kinds_of(heard.recordings, heard.logits)
    known = ~is_open(heard.recordings, wanted)
    everything = _Lessons.of(heard, wanted, known)
    folds = _folds(heard.recordings, settings.n_folds)
    if len(np.unique(folds)) < settings.n_folds:
        return {}, []
    judged = np.zeros(wanted.shape)
    for fold in range(settings.n_folds):
        learnt = _fit(everything.only(folds[heard.owners] != fold), settings)
        tested = heard.owners[folds[heard.owners] == fold]
        np.add.at(judged, tested, _shares(learnt, everything.windows[folds[heard.owners] == fold]))
    judged /= np.maximum(1, np.bincount(heard.owners, minlength=len(judged)))[:, None]
    stated, chosen = [], []
    for number, kind in enumerate(sound_kinds()):
        tested = known[:, number]
        is_it = wanted[tested, number] >= settings.is_of_kind
        measured = _measured(judged[tested, number], is_it, settings)
        if measured is not None:
            chosen.append(number)
            stated.append({"name": kind.name, "words": list(kind.words), **measured})
    return everything.tensors(_fit(everything, settings), chosen), stated


def _measured(shares: NDArray[np.float64], is_it: NDArray[np.bool_], settings: KindSettings) -> dict[str, Any] | None:
    """The threshold of a kind and how good it is; None where that is not good enough."""
    threshold = least_share(shares, is_it, settings)
    if threshold is None:
        return None
    said = shares >= threshold
    right, recall = int(is_it[said].sum()), float(said[is_it].mean())
    precision = right / (right + _odds(is_it, settings) * int((~is_it)[said].sum()))
    if recall < settings.recall:
        return None
    return {
        "threshold": threshold,
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "sounds": int(is_it.sum()),
    }


def least_share(shares: NDArray[np.float64], is_it: NDArray[np.bool_], settings: KindSettings) -> float | None:
    """The least share from which on sounds are of a kind precisely enough; None where no share is so.

    One wrong sound is counted that was not seen, so that a few right ones do not pass for certainty.

    Args:
        shares: (n,) of sounds.
        is_it: (n,) whether each is of the kind.
        settings: What is precise enough.
    """
    order = np.argsort(-shares, kind="stable")
    right, wrong = np.cumsum(is_it[order]), np.cumsum(~is_it[order])
    said = right + _odds(is_it, settings) * wrong + 1
    good = np.flatnonzero((right >= settings.precision * said) & (right >= settings.least))
    return None if not len(good) else float(shares[order[good[-1]]])


def _odds(is_it: NDArray[np.bool_], settings: KindSettings) -> float:
    """How many wrong sounds one of these stands for where no more than the prior's share is of the kind."""
    prior = float(is_it.mean())
    return max(1.0, prior / max(1e-9, 1 - prior) * (1 - settings.prior) / settings.prior)


@dataclass(frozen=True, eq=False)
class _Lessons:
    """Windows (w, h) of zero mean and unit variance, what they are and if that is known (w, k), their weights (w,)."""

    windows: NDArray[np.float32]
    wanted: NDArray[np.float32]
    known: NDArray[np.float32]
    weights: NDArray[np.float64]
    mean: NDArray[np.float32]
    spread: NDArray[np.float32]

    @classmethod
    def of(cls, heard: Heard, wanted: NDArray[np.float32], known: NDArray[np.bool_]) -> _Lessons:
        """A recording counts as much as any other of its kit, a kit with the root of their number."""
        kits, of_kit = np.unique([kit_of(recording) for recording in heard.recordings], return_inverse=True)
        weights = np.bincount(of_kit, minlength=len(kits))[of_kit].astype(np.float64) ** -0.5
        weights /= np.maximum(1, np.bincount(heard.owners, minlength=len(weights)))
        mean = heard.windows.mean(axis=0)
        spread = heard.windows.std(axis=0) + np.float32(1e-6)
        windows = ((heard.windows - mean) / spread).astype(np.float32)
        owners = heard.owners
        return cls(windows, wanted[owners], known[owners].astype(np.float32), weights[owners], mean, spread)

    def only(self, chosen: NDArray[np.bool_]) -> _Lessons:
        return replace(
            self,
            windows=self.windows[chosen],
            wanted=self.wanted[chosen],
            known=self.known[chosen],
            weights=self.weights[chosen],
        )

    def tensors(self, learnt: nn.Sequential, chosen: Sequence[int]) -> dict[str, NDArray[np.float32]]:
        """The weights for projections as they are, of some of the kinds."""
        first, last = learnt[0], learnt[-1]
        assert isinstance(first, nn.Linear)
        assert isinstance(last, nn.Linear)
        hidden = first.weight.detach().numpy() / self.spread
        return {
            "hidden_weight": hidden,
            "hidden_bias": first.bias.detach().numpy() - hidden @ self.mean,
            "weight": np.ascontiguousarray(last.weight.detach().numpy()[chosen]),
            "bias": np.ascontiguousarray(last.bias.detach().numpy()[chosen]),
        }


def _fit(lessons: _Lessons, settings: KindSettings) -> nn.Sequential:
    torch.manual_seed(settings.seed)
    draw = torch.Generator().manual_seed(settings.seed)
    windows, wanted, known = map(torch.from_numpy, (lessons.windows, lessons.wanted, lessons.known))
    learnt = nn.Sequential(
        nn.Linear(windows.shape[1], settings.n_neurons),
        nn.ReLU(),
        nn.Dropout(settings.dropout),
        nn.Linear(settings.n_neurons, wanted.shape[1]),
    )
    rate = settings.learning_rate
    optimizer = torch.optim.AdamW(learnt.parameters(), lr=rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=settings.n_steps)
    weights = torch.from_numpy(lessons.weights)
    drawn = torch.multinomial(weights, settings.n_steps * settings.batch_size, replacement=True, generator=draw)
    for batch in drawn.split(settings.batch_size):
        noisy = windows[batch] + settings.noise * torch.randn(windows[batch].shape, generator=draw)
        losses: Tensor = nn.functional.binary_cross_entropy_with_logits(learnt(noisy), wanted[batch], reduction="none")
        optimizer.zero_grad()
        (losses * known[batch]).sum(dim=1).mean().backward()
        optimizer.step()
        schedule.step()
    return learnt.eval()


@torch.no_grad()
def _shares(learnt: nn.Sequential, windows: NDArray[np.float32]) -> NDArray[np.float32]:
    shares: NDArray[np.float32] = torch.sigmoid(learnt(torch.from_numpy(windows))).numpy()
    return shares


def _folds(recordings: Sequence[Recording], n_folds: int) -> NDArray[np.intp]:
    """(n,) the part that each recording is in, with all of its kit."""
    digests = (hashlib.blake2b(kit_of(recording).encode(), digest_size=8).digest() for recording in recordings)
    return np.array([int.from_bytes(digest, "big") % n_folds for digest in digests], np.intp)


def _put(home: Path, tensors: dict[str, NDArray[np.float32]], stated: list[dict[str, Any]]) -> None:
    """Put kinds into a bundle, all or nothing."""
    content = save_tensors(tensors)
    work = Path(tempfile.mkdtemp(prefix=f".{home.name}-", dir=home.parent))
    try:
        shutil.copytree(home, work, dirs_exist_ok=True)
        (work / KINDS_FILE).write_bytes(content)
        card = json.loads((work / CARD_FILE).read_text(encoding="utf-8"))
        card["kinds"] = stated
        card["sha256"][KINDS_FILE] = hashlib.sha256(content).hexdigest()
        (work / CARD_FILE).write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        Bundle.load(work)
        replace_folder(work, home)
    finally:
        shutil.rmtree(work, ignore_errors=True)
