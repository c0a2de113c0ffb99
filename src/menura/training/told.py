"""How far a training is: Lightning's bar where somebody is looking, and lines where nobody is; epochs count from 1."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, RichProgressBar
from rich.console import Console

from menura.inputs.counted import Lines


def told_training(what: str) -> Callback:
    """What tells of a training, by the name of its folder."""
    return _Bar(leave=False) if Console(stderr=True).is_terminal else _TrainingLines(what)


class _Bar(RichProgressBar):
    def _get_train_description(self, current_epoch: int) -> str:
        return f"epoch {current_epoch + 1} of {self.trainer.max_epochs}"


class _TrainingLines(Callback):
    def __init__(self, what: str) -> None:
        self._what = what
        self._lines: Lines | None = None

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,  # noqa: ANN401
        batch: Any,  # noqa: ANN401
        batch_idx: int,
    ) -> None:
        done, a_pass, n_epochs = trainer.global_step, int(trainer.num_training_batches), trainer.max_epochs or 0
        if self._lines is None:
            self._lines = Lines(f"{self._what}, steps of {n_epochs} epochs", a_pass * n_epochs, done)
        self._lines.tell(done)
