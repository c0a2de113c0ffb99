"""A reproduction of table 1 fills the table, goes on where it was stopped, and takes no other's results for its own."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from menura.errors import UsageError
from menura.evaluation.ranking import Ranked
from menura.evaluation.systems import BASELINES
from menura.evaluation.table_picture import draw_table
from menura.evaluation.tables import make_table, write_table
from menura.paper import networks, table1
from menura.paper.networks import SCRATCH, TIED, TRANSFER, Configuration, Experiment, Pretrained, configurations
from menura.paper.table1 import reproduce_table1, unbeaten_baselines
from menura.training.curves import read_learning_curves
from menura.training.settings import FineTuning
from toy import toy_catalogue, toy_configurations

SETTINGS = FineTuning(epochs=2, batch_size=8, imitations_per_sound=2)


@pytest.fixture
def experiment(tmp_path, monkeypatch, in_one_process):
    monkeypatch.setattr(table1, "configurations", toy_configurations)
    (tmp_path / "corpus").mkdir()
    return Experiment(toy_catalogue(tmp_path / "corpus"), SETTINGS, tmp_path / "work")


def reproduced(experiment, runs=1, told=lambda _: None, pretrained=None):
    return reproduce_table1(experiment, pretrained, runs=runs, told=told)


def test_a_reproduction_fills_the_table_and_goes_on_where_it_was_stopped(experiment, monkeypatch):
    told: list[str] = []
    table = reproduced(experiment, 2, told.append)
    assert "4 of 4 trainings to do, 4 steps each: about" in told[0]
    assert {(row.method, row.category) for row in table.rows} == {
        (method, category) for method in (TIED, SCRATCH, *BASELINES) for category in ("AI", "ED")
    }
    for row in table.rows:
        assert row.interval[0] <= row.mrr <= row.interval[1]
        assert (row.chance_mrr, row.n_candidates) == (0.75, 2)
    assert all(row.mrr > 0.9 for row in table.rows if row.method in BASELINES)  # a copy with noise is easy
    assert list(table.p_values) == [
        f"{SCRATCH} against {TIED}",
        *(f"{SCRATCH} against {baseline}" for baseline in BASELINES),
    ]

    told.clear()
    monkeypatch.setattr(networks, "fine_tune", lambda *_, **__: pytest.fail("trained again"))
    assert reproduced(experiment, 2, told.append) == table
    assert "0 of 4 trainings to do" in told[0]

    tied, _ = toy_configurations(None)
    ranks = [json.loads((experiment.home(tied, run) / "ranks.json").read_text()) for run in range(2)]
    tested = [{item["sound_id"] for item in of_run} for of_run in ranks]
    assert [len(sounds) for sounds in tested] == [4, 4]
    raw = np.load(experiment.home(tied, 1) / "raw.npz")
    assert [rank for rank in raw["ranks"][0, 0] if rank] == [
        next(item["rank"] for item in ranks[1] if item["imitation_id"] == name) for name in raw["imitations"]
    ]
    assert list(np.load(experiment.work / "baselines" / "raw.npz")["methods"]) == list(BASELINES)
    assert tested[0] != tested[1]


def test_results_of_other_settings_or_another_corpus_have_another_home(experiment):
    (tied, _), catalogue = toy_configurations(None), experiment.catalogue
    sound, *others = catalogue.sounds
    moved = replace(catalogue, sounds=(replace(sound, category="everyday sounds"), *others))

    def home(**changed):
        return replace(experiment, **changed).home(tied, 0)

    homes = [home(), home(settings=replace(SETTINGS, epochs=3)), home(catalogue=moved), experiment.home(tied, 1)]
    assert len(set(homes)) == len(homes)
    assert home() == homes[0]
    noise, rate_hz = soundfile.read(sound.path)
    soundfile.write(sound.path, noise[::-1], rate_hz)  # of equal size
    assert home() != homes[0]


def test_results_of_another_pretraining_have_another_home(experiment):
    def homes(towers):
        return [experiment.home(row, 0) for row in configurations(Pretrained(None, None, towers))]

    (tied, scratch, transfer), other = homes("a pre-training"), homes("with other settings")
    assert other[:2] == [tied, scratch]  # the rows without pre-training stay
    assert other[2] != transfer


def ranked(*ranks):
    return [[Ranked(f"s{index}", "X", rank, 4, 1.0) for index, rank in enumerate(ranks)]]


def test_baselines_that_are_not_beaten_are_named():
    first, second = BASELINES
    table = make_table({"ours": ranked(1, 2), "worse": ranked(4, 4), first: ranked(1, 2), second: ranked(2, 2)}, [], {})
    assert unbeaten_baselines(table) == [
        f"ours does not beat {first}: 0.750 against 0.750, mean of the categories",
        f"worse does not beat {first}: 0.250 against 0.750, mean of the categories",
        f"worse does not beat {second}: 0.250 against 0.500, mean of the categories",
    ]


def test_a_table_is_written_and_drawn(tmp_path):
    table = make_table({"ours": ranked(1, 2, 1), "theirs": ranked(2, 2, 3)}, [("ours", "theirs")], {})
    write_table(table, tmp_path / "out", {"corpus": "toy"})
    written = json.loads((tmp_path / "out" / "table.json").read_text())
    assert written["corpus"] == "toy"
    assert [row["mrr"] for row in written["rows"]] == [row.mrr for row in table.rows]
    with (tmp_path / "out" / "table.csv").open() as lines:
        cells = list(csv.DictReader(lines))
    assert [float(row["interval_low"]) for row in cells] == [row.interval[0] for row in table.rows]
    assert [float(row["recall_at_1"]) for row in cells] == pytest.approx([2 / 3, 0])
    draw_table(table, tmp_path / "table.png")
    assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.rglob(".table*"))


def test_the_steps_that_are_told_are_those_of_the_imitations_that_there_are(experiment):
    asked = replace(experiment, settings=replace(SETTINGS, imitations_per_sound=7))  # there are 3 of each of 4 sounds
    tied = toy_configurations(None)[:1]
    assert "1 of 1 trainings to do, 6 steps each" in table1.estimate(asked, [(0, tied[0])])


def test_names_in_a_picture_are_whole_and_of_a_path_the_end_is_shown(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr("matplotlib.axes.Axes.set_yticks", lambda _, __, labels: shown.extend(labels))
    names = ["Timbre + SVM, of sounds never shown", "A system that has rather more words to its name", f"/{50 * 'a'}/m"]
    draw_table(make_table({name: ranked(1, 2) for name in names}, [], {}), tmp_path / "table.png")
    assert [name.replace("\n", " ") for name in shown[:2]] == names[:2]
    assert names[2].endswith(shown[2].removeprefix("\N{HORIZONTAL ELLIPSIS}"))
    assert max(len(line) for name in shown for line in name.split("\n")) == 36


def test_early_stopping_goes_by_sounds_kept_aside(experiment):
    patient = FineTuning(
        learning_rate=0.0, epochs=30, batch_size=8, imitations_per_sound=2, validation_sounds=2, patience=2
    )
    watched = replace(experiment, settings=patient)
    reproduced(watched)
    tied, _ = toy_configurations(None)
    steps, _ = read_learning_curves(watched.home(tied, 0))["validation_loss"]
    assert len(steps) == 3  # at a learning rate of 0 nothing gets better: the first epoch and two more
    many = FineTuning(epochs=1, imitations_per_sound=2, validation_sounds=3)
    with pytest.raises(UsageError, match="validation_sounds is 3 of 4"):
        reproduced(replace(experiment, settings=many))


def test_the_last_row_needs_pretrained_towers():
    assert [row.name for row in configurations(None)] == [TIED, SCRATCH]
    last = configurations(Pretrained(None, None, "towers"))[-1]
    assert (last.name, last.starts_from) == (TRANSFER, "towers")
    assert isinstance(last, Configuration)
