"""An adaptation learns the library's own sounds, says what it gained, and never replaces a better model."""

import shutil
from dataclasses import asdict

import numpy as np
import pytest
import soundfile
import torch

from bundles import edit_card
from cli_calls import isolate, output_of, refusal_of
from menura.errors import UsageError
from menura.inputs.pair_features import load_pair_features
from menura.model.bundle import Bundle
from menura.network.checkpoint import load_network, save_network
from menura.network.iminet import IMINET
from menura.personal.given import GivenTake
from menura.training import adapt as module
from menura.training import adapt_paper
from menura.training.adapt import _refuse_learned, adapt
from menura.training.course import AdaptRecipe
from menura.training.heard import heard_files
from menura.training.judges import Judges, Mrr
from menura.training.tuned_heads import between
from toy import toy_network

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("in_one_process")]

QUICK = AdaptRecipe(n_imitations=2, n_variants=1, n_test_imitations=2, n_steps=12, batch_size=16)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Twenty-four short sounds that differ in pitch, noise and rhythm, and one file that is none."""
    folder = tmp_path_factory.mktemp("library")
    rng = np.random.default_rng(0)
    time_s = np.arange(16_000) / 16_000
    for index in range(24):
        tone = np.sin(2 * np.pi * 120 * 1.12**index * time_s)
        sound = tone + (index % 3) * rng.standard_normal(len(time_s)) * (
            np.sin(2 * np.pi * (1 + index % 5) * time_s) > 0
        )
        soundfile.write(folder / f"{index:02}.wav", 0.2 * sound / np.abs(sound).max(), 16_000)
    (folder / "broken.wav").write_bytes(b"no sound")
    return folder


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("work")


def test_a_better_model_is_written_with_what_it_gained(library, work, tmp_path, random_bundle_folder):
    before = {path: path.read_bytes() for path in library.iterdir()}
    told = []
    out = tmp_path / "adapted"
    done = adapt(random_bundle_folder, library, out, work=work, recipe=QUICK, told=told.append)
    assert (done.n_sounds, done.n_held_out, done.standing) == (24, 5, None)
    assert "19 sounds to learn from, 5 others to measure by" in told
    assert any(line.startswith("left out: broken.wav: ") for line in told)
    assert done.kept == (done.after.library > done.before.library) == out.exists()
    assert done.share in QUICK.shares
    assert 0 < done.p_value <= 1
    assert {path: path.read_bytes() for path in library.iterdir()} == before  # the library is only read
    if done.kept:
        assert Bundle.load(out).card["scores"]["after"] == asdict(done.after)


@pytest.fixture
def adapted(library, work, random_bundle_folder, monkeypatch):
    """A function that adapts as if these MRRs had been measured: at first, of what stands there, in the end."""

    def run(out, *mrrs):
        before, *standing, after = (Mrr(value, value, value) for value in mrrs)
        measured = iter([*standing, before, after])
        monkeypatch.setattr(
            module, "_by_judges", lambda course, _: (between(course.model, course.tune(), 1.0), 1.0, None)
        )
        monkeypatch.setattr(Judges, "mrr", lambda *_: next(measured))
        return adapt(random_bundle_folder, library, out, work=work, recipe=QUICK, told=lambda _: None)

    return run


@pytest.mark.parametrize(("after", "kept"), [(0.9, True), (0.4, False), (0.5, False)])
def test_only_what_is_better_is_kept(adapted, tmp_path, after, kept):
    done = adapted(tmp_path / "adapted", 0.5, after)
    assert (done.before.library, done.after.library, done.kept) == (0.5, after, kept)
    assert (tmp_path / "adapted").exists() is kept


def test_a_better_model_that_stands_there_stays(adapted, tmp_path, random_bundle_folder):
    out = shutil.copytree(random_bundle_folder, tmp_path / "adapted")
    stands = (out / "model.json").read_bytes()
    assert not adapted(out, 0.1, 0.8, 0.5).kept
    assert (out / "model.json").read_bytes() == stands
    assert adapted(out, 0.1, 0.4, 0.5).kept
    assert (out / "model.json").read_bytes() != stands


def test_a_model_that_own_takes_have_judged_and_the_model_itself_are_not_replaced(
    library, work, tmp_path, random_bundle_folder
):
    out = shutil.copytree(random_bundle_folder, tmp_path / "voice")
    edit_card(out, scores={"own": {"takes": 15}})
    for there, words in (
        (out, "which simulated people cannot"),
        (random_bundle_folder, "this is the model to start from"),
    ):
        stands = (there / "model.json").read_bytes()
        with pytest.raises(UsageError, match=words):
            adapt(random_bundle_folder, library, there, work=work, recipe=QUICK, told=lambda _: None)
        assert (there / "model.json").read_bytes() == stands


def test_a_model_that_has_learned_from_takes_is_not_judged_by_them(tmp_path, random_bundle_folder):
    base = shutil.copytree(random_bundle_folder, tmp_path / "base")
    take = tmp_path / "take.wav"
    take.write_bytes(b"a take")
    _refuse_learned([GivenTake(take, "a.wav")], base, tmp_path)  # as long as nothing says so
    heard_files([take], [], tmp_path).put(base)
    with pytest.raises(UsageError, match="has learned from these takes"):
        _refuse_learned([GivenTake(take, "a.wav")], base, tmp_path)


def test_weights_lie_between_the_models_and_the_tuned_ones():
    torch.manual_seed(0)
    one, other = IMINET(), IMINET()
    for share, expected in ((0.0, one), (1.0, other)):
        for name, weight in between(one, other, share).state_dict().items():
            assert torch.allclose(weight, expected.state_dict()[name], atol=1e-7)
    middle = between(one, other, 0.5).fc1.bias
    assert torch.allclose(middle, (one.fc1.bias + other.fc1.bias) / 2)


def test_those_who_choose_do_not_report(tmp_path, library):
    paths = sorted(library.glob("[0-2]*.wav"))
    recordings = load_pair_features(paths[8:], n_imitations=1, seed=0, cache=tmp_path).recordings
    judges = Judges.load(paths[:8], 3, recordings, n_imitations=2, seed=1, cache=tmp_path)
    imitations = judges.tested.imitations
    assert len({imitation.tobytes() for imitation in imitations.reshape(-1, *imitations.shape[2:])}) == 8 * 4
    network = IMINET().eval()
    chosen_by, reported_by = judges.rank(network, choosing=True), judges.rank(network)
    assert [len(ranked) for ranked in (chosen_by, reported_by)] == [16, 16]
    assert {item.n_candidates for item in reported_by} == {24}
    unseen = [1 / item.rank for item in reported_by if int(item.sound_id) < 3]
    mrr = judges.mrr(reported_by)
    assert mrr.unseen == pytest.approx(np.mean(unseen))
    assert mrr.library == pytest.approx((21 * mrr.learned + 3 * mrr.unseen) / 24)
    assert judges.held_out().imitations.shape[:2] == (3, 4)


def test_every_layer_learns(library, work, tmp_path, random_bundle_folder, monkeypatch):
    networks = []
    real = adapt_paper._fine_tune
    monkeypatch.setattr(
        adapt_paper, "_fine_tune", lambda network, *rest: networks.append(network) or real(network, *rest)
    )
    adapt(random_bundle_folder, library, tmp_path / "out", work=work, recipe=QUICK, told=lambda _: None)
    before = load_network(random_bundle_folder).state_dict()
    for name, weight in networks[0].state_dict().items():
        if not name.startswith("fc2"):  # whose level is calibrated afterwards
            assert not np.allclose(weight.numpy(), before[name].numpy(), atol=1e-7), name


def test_a_library_too_small_is_refused(tmp_path, random_bundle_folder):
    soundfile.write(tmp_path / "one.wav", np.ones(800), 16_000)
    with pytest.raises(UsageError, match="1 sounds that can be read; an adaptation needs 20"):
        adapt(random_bundle_folder, tmp_path, tmp_path / "out", work=tmp_path / "w", recipe=QUICK, told=print)


def test_a_model_that_hears_otherwise_than_the_papers_is_refused(library, tmp_path):
    base = tmp_path / "toy"
    base.mkdir()
    save_network(toy_network().eval(), base)
    with pytest.raises(
        UsageError, match=r"toy: only a model that hears as default or tl-iminet does can be adapted; name one"
    ):
        adapt(base, library, tmp_path / "out", work=tmp_path / "work", recipe=QUICK, told=print)
    assert not (tmp_path / "work").exists()


def test_the_command_says_how_to_search_with_it(library, tmp_path, random_bundle_folder, monkeypatch):
    isolate(tmp_path, monkeypatch)
    monkeypatch.setattr(module, "recipe_for", lambda _: QUICK)
    printed = output_of("adapt", library, "--model", random_bundle_folder, "--out", tmp_path / "mine")
    assert "MRR among 24 sounds, imitated by people that it did not hear (chance 0.157):" in printed
    assert "  and 5 sounds that it did not see: " in printed
    if "is no better" not in printed:
        assert f"menura index {library} --model {tmp_path / 'mine'}" in printed
    line = refusal_of("adapt", tmp_path / "nowhere", "--model", random_bundle_folder, code=2)
    assert "nowhere" in line
