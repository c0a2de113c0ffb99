"""What takes usually are comes back from a bundle as it was measured, or with a line that says why not."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from bundles import resign
from menura import Bundle
from menura.errors import ModelError
from menura.model.usual import USUAL_FILE, Usual
from menura.training.usual import fit_usual

RNG = np.random.default_rng(0)


@pytest.fixture
def bundle_copy(random_bundle_folder: Path, tmp_path: Path) -> Path:
    """A bundle to damage."""
    return Path(shutil.copytree(random_bundle_folder, tmp_path / "bundle"))


def test_it_comes_back_as_it_was_whatever_lay_how_in_memory():
    weight = RNG.normal(0, 1, (6, 6)).astype(np.float32)
    for lying in (weight, np.asfortranarray(weight), weight.T):
        read = Usual.read(Usual(lying, RNG.normal(0, 1, 6).astype(np.float32)).to_bytes(), 6)
        np.testing.assert_allclose(read.weight, lying, atol=2e-3)


def test_what_was_linear_is_found_again():
    weight, bias = RNG.normal(0, 1, (5, 5)), RNG.normal(0, 1, 5)
    projections = RNG.normal(2, 1, (500, 5)).astype(np.float32)
    queries = (projections @ weight.T + bias + RNG.normal(0, 0.01, (500, 5))).astype(np.float32)
    usual = fit_usual(projections, queries)
    np.testing.assert_allclose(usual.queries(projections), queries, atol=0.1)


def test_the_default_knows_what_is_usual_and_the_papers_network_does_not():
    default = Bundle.load("default")
    assert default.usual is not None
    assert default.usual.queries(np.zeros((2, default.spec.n_hidden), np.float32)).shape == (2, default.spec.n_hidden)
    assert Bundle.load("tl-iminet").usual is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"nothing", "not a safetensors file"),
        (
            save({"weight": np.zeros((3, 3), np.float16), "bias": np.zeros(3, np.float16)}),
            r"weight is not \(\d+, \d+, 'float16'\)",
        ),
        (None, "holds NaN or infinity"),
    ],
)
def test_a_file_that_is_something_else_is_named(bundle_copy, content, said):
    width = Bundle.load(bundle_copy).spec.n_hidden
    if content is None:
        content = Usual(np.full((width, width), np.inf, np.float32), np.zeros(width, np.float32)).to_bytes()
    (bundle_copy / USUAL_FILE).write_bytes(content)
    resign(bundle_copy, USUAL_FILE)
    with pytest.raises(ModelError, match=rf"{USUAL_FILE}: .*{said}.*; export or download the model again$"):
        Bundle.load(bundle_copy)


def test_a_damaged_one_is_noticed(bundle_copy):
    (bundle_copy / USUAL_FILE).write_bytes(b"something")
    resign(bundle_copy, USUAL_FILE)
    (bundle_copy / USUAL_FILE).write_bytes(b"other")
    with pytest.raises(ModelError, match=r"damaged, or not the file that model\.json describes"):
        Bundle.load(bundle_copy)
