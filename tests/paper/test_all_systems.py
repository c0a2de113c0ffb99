"""The table of all systems: whole, gone on with where it was stopped, and honest about what was shown to whom."""

from dataclasses import replace

import pytest
from safetensors.torch import save_file

from menura.evaluation.systems import FAMILIES, SUPERVISED, feature_distributions, two_dft
from menura.paper import networks, systems
from menura.paper.networks import SCRATCH, TIED, Configuration, Experiment
from menura.paper.systems import DUAL, MARK, UNSHOWN, UNTIED, fitting, reproduce_systems
from menura.specs import MobileNetTowerSpec, NetworkSpec, PoolSpec, mn04_front_end
from menura.training.settings import DualEncoding, FineTuning
from mobilenets import published_names, random_network
from toy import SPEC, toy_catalogue, toy_network

pytestmark = pytest.mark.slow

SETTINGS = FineTuning(epochs=1, batch_size=8, imitations_per_sound=7)
DUAL_ENCODING = DualEncoding(n_steps=1, batch_size=4)
SMALL_FAMILIES = {"2dft": two_dft.SYSTEMS, "helen-virtanen": feature_distributions.SYSTEMS}


@pytest.fixture
def experiment(tmp_path, monkeypatch, in_one_process):
    small = MobileNetTowerSpec(mn04_front_end(0.4), (PoolSpec(16),))
    monkeypatch.setattr(systems, "DUAL_ENCODER", NetworkSpec(small, small, n_hidden=384))
    rows = [Configuration(name, SPEC, toy_network) for name in (TIED, UNTIED, SCRATCH)]
    monkeypatch.setattr(systems, "_configurations", lambda *_: rows)
    monkeypatch.setattr(systems, "FAMILIES", SMALL_FAMILIES)
    monkeypatch.setattr(systems, "SUPERVISED", SUPERVISED[1:])
    (tmp_path / "corpus").mkdir()
    return Experiment(toy_catalogue(tmp_path / "corpus"), SETTINGS, tmp_path / "work")


@pytest.fixture
def mn04(tmp_path):
    file = tmp_path / "mn04.safetensors"
    save_file(published_names(random_network()), file)
    return file


def compared(experiment, mn04=None, told=lambda _: None):
    return reproduce_systems(experiment, None, mn04, DUAL_ENCODING, runs=2, told=told)


def test_every_system_is_in_the_table_with_its_cost_and_a_second_call_does_nothing_again(experiment, mn04, monkeypatch):
    told: list[str] = []
    found = compared(experiment, mn04, told.append)
    (timbre,) = SUPERVISED[1:]
    names = [system.name for family in SMALL_FAMILIES.values() for system in family]
    names += [timbre.name + UNSHOWN, timbre.name + MARK, TIED, UNTIED, SCRATCH, DUAL]
    assert list(dict.fromkeys(row.method for row in found.table.rows)) == names == list(found.costs)
    assert {row.category for row in found.table.rows} == {"AI", "ED"}
    assert found.reference == SCRATCH
    assert list(found.table.p_values) == [f"{SCRATCH} against {name}" for name in names if name != SCRATCH]
    assert all(cost.seconds_a_query > 0 and cost.candidates == 4 for cost in found.costs.values())
    assert (found.costs[DUAL].numbers_a_sound, found.costs[TIED].numbers_a_sound) == (384, SPEC.n_hidden)
    assert f"{len(names)} of {len(names)}: {DUAL}: AI " in told[-1]

    monkeypatch.setattr(networks, "fine_tune", lambda *_, **__: pytest.fail("trained again"))
    for module in ("menura.training.dual_encoder.fit", "menura.evaluation.system_scores.descriptors"):
        monkeypatch.setattr(module, lambda *_, **__: pytest.fail("made again"))
    assert compared(experiment, mn04) == found


def test_a_supervised_system_knows_what_it_was_shown_and_nothing_else(experiment):
    by_name = {}
    for row in compared(experiment).table.rows:
        by_name.setdefault(row.method, []).append(row)
    assert DUAL not in by_name  # nothing to begin with
    assert all(row.mrr == 1 / row.n_candidates for row in by_name["Timbre + SVM" + UNSHOWN])
    assert all(row.mrr > 1 / row.n_candidates for row in by_name["Timbre + SVM" + MARK])


def test_what_was_not_imitated_is_left_out_and_what_is_ranked_as_one_is_one_category(experiment):
    whole = experiment.catalogue
    silent = whole.sounds[0].id
    imitations = tuple(item for item in whole.imitations if item.sound_id != silent)
    fitted = fitting(replace(whole, imitations=imitations, ranked_within_category=False))
    assert [sound.id for sound in fitted.sounds] == [sound.id for sound in whole.sounds if sound.id != silent]
    assert fitted.categories == ("all",)
    assert fitting(whole) == whole


def test_there_are_no_supervised_systems_where_sounds_have_one_imitation(experiment):
    alone = replace(experiment, catalogue=experiment.catalogue.choose_imitations(1, 0))
    told: list[str] = []
    found = compared(alone, told=told.append)
    assert told[0].startswith("fewer than 7 imitations, all of them used: 8 (")
    assert any(line.startswith("No supervised systems") for line in told)
    assert not any(MARK in name for name in found.costs)


def test_the_paper_s_systems_are_all_there():
    assert [*FAMILIES] == ["mfcc-dtw", "2dft", "helen-virtanen", "imisound"]
    assert [row.name for row in systems._configurations(None, 0)] == [TIED, UNTIED, SCRATCH]
