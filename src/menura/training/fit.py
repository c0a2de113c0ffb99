"""One training run under Lightning: seeded, logged, and resumed where it was stopped.

All randomness of an epoch follows from the seed and the epoch's number, and a checkpoint is written at the end of
each epoch, so a training that was killed goes on to the same weights as one that never was.
"""

from __future__ import annotations

import logging
import pickle
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from torch import Tensor

from menura.errors import TrainingError
from menura.memory import keep_freed_memory
from menura.training.curves import draw_learning_curves
from menura.training.settings import Precision
from menura.training.told import told_training

Batch = tuple[Tensor, ...]

_PRECISIONS: dict[Precision, Literal["32-true", "bf16-mixed"]] = {"fp32": "32-true", "bf16": "bf16-mixed"}


@dataclass(frozen=True)
class Batches:
    """The batches of a training.

    Attributes:
        draw: One epoch's batches, given that epoch's random generator.
        n_batches: How many batches `draw` yields.
        validation: One batch to watch the training by; it is the same after every epoch.
    """

    draw: Callable[[np.random.Generator], Iterable[Batch]]
    n_batches: int
    validation: Batch | None = None


def fit(
    module: LightningModule,
    batches: Batches,
    *,
    run: Path,
    epochs: int,
    seed: int,
    precision: Precision = "fp32",
    patience: int = 0,
) -> None:
    """Train `module` for `epochs` epochs, going on from `run` if an earlier attempt got somewhere.

    Runs on a GPU if there is one. At the end, `run` holds the learning curves as a picture too.

    Args:
        module: What to train; its optimiser and loss are its own.
        batches: What to train it on.
        run: The folder for the checkpoint and the logs (CSV and TensorBoard).
        epochs: Epochs in all, those of earlier attempts included.
        seed: Decides batches, augmentation and dropout. The initial weights are the caller's.
        precision: Of the arithmetic.
        patience: Stop after so many epochs without a lower `validation_loss`, which `module` has to log; 0: never.

    Raises:
        KeyboardInterrupt: It was interrupted; called again, it goes on from the last epoch.
        TrainingError: The checkpoint in `run` is another network's, or unreadable.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)  # it advertises
    keep_freed_memory()
    callbacks = [
        told_training(run.name),
        _SeedEachEpoch(seed),
        ModelCheckpoint(run, filename="last", save_top_k=1, enable_version_counter=False),
    ]
    module.train()  # Lightning leaves the mode as it finds it, and an evaluation may have come before
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*(num_workers|Checkpoint directory|LeafSpec|val_dataloader).*")
        begun = _checkpoint(run, module)
        trainer = Trainer(
            max_epochs=epochs,
            accelerator="auto",
            devices=1,
            precision=_PRECISIONS[precision],
            logger=[CSVLogger(run, name="csv"), _one_curve(run, begun)],
            callbacks=[*callbacks, _Patience(patience)] if patience else callbacks,
            enable_model_summary=False,
            reload_dataloaders_every_n_epochs=1,
            num_sanity_val_steps=0,
            limit_val_batches=0 if batches.validation is None else None,
            log_every_n_steps=1,
        )
        trainer.fit(module, _EpochData(batches, seed), ckpt_path=begun.file if begun else None, weights_only=True)
    if trainer.interrupted:
        raise KeyboardInterrupt
    draw_learning_curves(run)


@dataclass(frozen=True)
class _Begun:
    """A checkpoint to go on from, and the steps that were done."""

    file: Path
    n_steps: int


def _one_curve(run: Path, begun: _Begun | None) -> TensorBoardLogger:
    """TensorBoard's log, which an attempt that goes on from a checkpoint takes up at its step."""
    return TensorBoardLogger(run, name="tensorboard", version=0, purge_step=begun.n_steps if begun else None)


def _checkpoint(run: Path, module: LightningModule) -> _Begun | None:
    """The checkpoint to go on from, if there is one and it fits."""
    file = run / "last.ckpt"
    if not file.exists():
        return None
    try:
        checkpoint = torch.load(file, map_location="cpu", weights_only=True)
        stored, n_steps = checkpoint["state_dict"], int(checkpoint["global_step"])
    except (RuntimeError, EOFError, KeyError, pickle.UnpicklingError) as error:
        raise TrainingError(
            f"{file}: not a checkpoint that can be read; delete it to start this training again"
        ) from error
    shapes = {name: value.shape for name, value in module.state_dict().items()}
    for name in sorted(shapes.keys() | stored.keys()):
        ours, theirs = shapes.get(name), getattr(stored.get(name), "shape", None)
        if ours != theirs:
            raise TrainingError(
                f"{file}: of a network of other sizes ({name} is {_size(theirs)} there, {_size(ours)} here); "
                "give another work folder, or delete it"
            )
    return _Begun(file, n_steps)


def _size(shape: torch.Size | None) -> str:
    return "missing" if shape is None else " x ".join(map(str, shape)) or "a number"


class _Patience(EarlyStopping):
    """Early stopping that a training resumed after its last epoch remembers."""

    def __init__(self, patience: int) -> None:
        super().__init__("validation_loss", patience=patience)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True


class _EpochData(LightningDataModule):
    """Hands Lightning the batches of the epoch that it is in."""

    def __init__(self, batches: Batches, seed: int) -> None:
        super().__init__()
        self.batches = batches
        self.seed = seed

    def train_dataloader(self) -> Iterable[Batch]:
        assert self.trainer is not None
        draw, n_batches = self.batches.draw, self.batches.n_batches
        return _Epoch(draw, n_batches, np.random.default_rng((self.seed, self.trainer.current_epoch)))

    def val_dataloader(self) -> Iterable[Batch]:
        validation = [] if self.batches.validation is None else [self.batches.validation]
        return _Epoch(lambda _: validation, len(validation), np.random.default_rng(0))


@dataclass(frozen=True)
class _Epoch(Iterable[Batch]):
    """One epoch's batches with their number, which Lightning's progress bar asks for."""

    draw: Callable[[np.random.Generator], Iterable[Batch]]
    n_batches: int
    rng: np.random.Generator

    def __len__(self) -> int:
        return self.n_batches

    def __iter__(self) -> Iterator[Batch]:
        return iter(self.draw(self.rng))


class _SeedEachEpoch(Callback):
    """Seeds torch (dropout) by epoch; batches have a generator of their own."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        state = np.random.SeedSequence((self.seed, trainer.current_epoch)).generate_state(1)
        torch.manual_seed(int(state[0]))
