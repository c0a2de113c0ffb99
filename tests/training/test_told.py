"""A training that nobody looks at says how far it is, of all its epochs; one that is watched counts them from one."""

from types import SimpleNamespace

import pytest

from menura.inputs import counted
from menura.training.told import _Bar, _TrainingLines, told_training


def test_lines_tell_the_steps_of_all_epochs(monkeypatch, capsys):
    monkeypatch.setattr(counted, "EVERY_S", 0.0)
    lines = _TrainingLines("TL-IMINET")
    for step in (101, 102):  # resumed after a hundred of them
        trainer = SimpleNamespace(global_step=step, num_training_batches=14, max_epochs=30)
        lines.on_train_batch_end(trainer, None, None, None, 0)
    told = [line.rpartition(", ")[0] for line in capsys.readouterr().err.splitlines()]
    assert told[-1] == "TL-IMINET, steps of 30 epochs: 102 of 420"


def test_the_last_epoch_of_three_is_the_third():
    bar = _Bar()
    bar._trainer = SimpleNamespace(max_epochs=3)
    assert bar._get_train_description(2) == "epoch 3 of 3"


@pytest.mark.parametrize(("is_terminal", "kind"), [(True, _Bar), (False, _TrainingLines)])
def test_a_bar_is_for_terminals(monkeypatch, is_terminal, kind):
    monkeypatch.setattr("menura.training.told.Console", lambda **_: SimpleNamespace(is_terminal=is_terminal))
    assert isinstance(told_training("run"), kind)
