"""The likely kinds that are read off projections: the arithmetic, the words, and what is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from bundles import edit_card, resign
from kind_bundles import STATED, kind_tensors, put_kinds
from menura.errors import ModelError, UsageError
from menura.model.bundle import Bundle


@pytest.fixture
def kind_bundle(random_bundle_folder: Path, tmp_path: Path) -> Path:
    """A bundle with kinds, to damage."""
    return put_kinds(Path(shutil.copytree(random_bundle_folder, tmp_path / "bundle")))


def test_kinds_change_neither_scores_nor_the_fingerprint(random_bundle, kind_bundle):
    bundle = Bundle.load(kind_bundle)
    assert random_bundle.kinds is None
    assert bundle.kinds is not None
    assert [kind.name for kind in bundle.kinds.names] == ["high", "low", "wide"]
    assert bundle.fingerprint == random_bundle.fingerprint


def test_shares_are_those_of_the_formula(kind_bundle):
    kinds, tensors = Bundle.load(kind_bundle).kinds, kind_tensors()
    projections = np.random.default_rng(0).normal(size=(7, 108)).astype(np.float32)
    hidden = np.maximum(0, projections.astype(float) @ tensors["hidden_weight"].T + tensors["hidden_bias"])
    logits = hidden @ tensors["weight"].T + tensors["bias"]
    np.testing.assert_allclose(kinds.shares(projections), 1 / (1 + np.exp(-logits)), atol=1e-5)
    assert kinds.shares(1e6 * projections).max() <= 1  # and nothing overflows, which would be an error here


def test_a_kind_is_likely_where_its_share_over_the_windows_reaches_its_threshold(kind_bundle):
    kinds = Bundle.load(kind_bundle).kinds
    projections = np.zeros((4, 108), np.float32)
    projections[:, 0] = (8, 8, -8, -8)  # the first two are "high", the others "low"
    of_each = [kinds.likely(row[None]) for row in projections]
    assert of_each == [("high",), ("high",), ("low",), ("low",)]
    assert kinds.likely(projections[:2]) == ("high",)
    assert kinds.likely(projections) == ("low",)  # half of it is each, and "low" asks for .4, "high" for .8
    assert kinds.likely(projections[:0]) == ()


def test_many_sounds_at_once_are_each_what_they_are_alone(kind_bundle):
    kinds = Bundle.load(kind_bundle).kinds
    rng = np.random.default_rng(1)
    projections = rng.normal(0, 6, size=(60, 108)).astype(np.float32)
    n_windows = np.array([1, 3, 7, 1, 2])
    first_rows = np.array([0, 4, 10, 30, 57])  # with rows of nobody between
    sounds, numbers = kinds.likely_of(kinds.codes(projections), first_rows, n_windows)
    for sound, (first, n) in enumerate(zip(first_rows, n_windows, strict=True)):
        found = tuple(kinds.names[number].name for number in numbers[sounds == sound])
        assert found == kinds.likely(projections[first : first + n])
    assert len(sounds)  # or nothing was compared


def test_a_word_means_its_kind_however_it_is_written(kind_bundle):
    kinds = Bundle.load(kind_bundle).kinds
    assert [kinds.number(word) for word in ("low", "LOW", "deep", "far-below", "far  Below")] == [1] * 5
    with pytest.raises(UsageError, match=r"'dog' is no kind of sound that this model knows; it knows high, low, wide$"):
        kinds.number("dog")


@pytest.mark.parametrize(
    "stated",
    [
        [],
        "low",
        [{"name": "low"}],
        [{"name": "low", "words": [], "threshold": 1.5}],
        [{"name": "low", "words": [3], "threshold": 0.5}],
        [{**STATED[0]}, {**STATED[0]}, {**STATED[0]}],
        STATED[:2],
    ],
)
def test_a_garbled_card_is_refused(kind_bundle, stated):
    edit_card(kind_bundle, kinds=stated)
    with pytest.raises(ModelError, match=r"bundle/kinds.safetensors: .*; export or download the model again$"):
        Bundle.load(kind_bundle)


def test_damaged_weights_are_refused(kind_bundle):
    file = kind_bundle / "kinds.safetensors"
    file.write_bytes(file.read_bytes()[:-4] + b"\0\0\xc0\x7f")
    with pytest.raises(ModelError, match=r"kinds.safetensors: damaged, or not the file that model.json describes"):
        Bundle.load(kind_bundle)
    resign(kind_bundle, file.name)
    with pytest.raises(ModelError, match=r"kinds.safetensors: \w+ holds NaN or infinity"):
        Bundle.load(kind_bundle)
    save_file(kind_tensors() | {"bias": np.zeros(4, np.float32)}, file)
    resign(kind_bundle, file.name)
    with pytest.raises(ModelError, match=r"kinds.safetensors: bias is not \(3, 'float32'\)"):
        Bundle.load(kind_bundle)
    file.unlink()
    with pytest.raises(ModelError, match=r"kinds.safetensors: cannot be read"):
        Bundle.load(kind_bundle)


def test_without_a_word_in_the_card_there_are_none(kind_bundle):
    card = json.loads((kind_bundle / "model.json").read_text())
    del card["kinds"]
    (kind_bundle / "model.json").write_text(json.dumps(card))
    assert Bundle.load(kind_bundle).kinds is None
