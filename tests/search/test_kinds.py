"""Kinds of sounds in a library: to filter by, in its answers, behind a text, and the file that keeps them."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import menura.index.kinds
from kind_bundles import put_kinds
from menura import Library
from menura.audio.walk import SoundFile, Stamp
from menura.errors import UsageError
from menura.index.changes import Embedded
from menura.model.bundle import Bundle
from menura.model.kinds import Kinds
from menura.search.ranking import Only, Question

QUERY = np.random.default_rng(0).standard_normal(108).astype(np.float32)
FIRST = {
    "a.wav": (8,),
    "b.wav": (-8, -8),
    "deep/c.wav": (8, 8, 8),
    "deep/d.wav": (-8,),
    "e loop.wav": (-8, 8),
    "f.wav": (0,),
}
HIGH = ["a.wav", "deep/c.wav"]
LOW = ["b.wav", "deep/d.wav", "e loop.wav"]  # of "e loop" one window is, and half is enough


def made_up(path: str, first: tuple[float, ...]) -> Embedded:
    """A sound of which only the first number of each window's projection says its kind."""
    rows = np.random.default_rng(len(path)).normal(0, 0.1, (len(first), 108)).astype(np.float32)
    rows[:, :2] = [(number, 0) for number in first]
    return Embedded(
        SoundFile(path, Stamp(1, 1)), os.urandom(32), 1.5 * len(first) + 3, 1.5 * np.arange(len(first)), rows
    )


@pytest.fixture(scope="module")
def bundle(random_bundle_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("kinds") / "bundle"
    shutil.copytree(random_bundle_folder, folder)
    return Bundle.load(put_kinds(folder))


@pytest.fixture
def library(tmp_path: Path, bundle: Bundle) -> Library:
    (tmp_path / "sounds").mkdir()
    library = Library.open(tmp_path / "sounds", bundle, tmp_path / "data")
    add(library, *(made_up(path, first) for path, first in FIRST.items()))
    return library


def add(library, *changes):
    library._opened().write(list(changes))


def ranked(library, **only):
    return sorted(hit.path for hit in library.page(Question(QUERY, only=Only(**only)), offset=0, limit=99).found)


def listed(library, **only):
    return [sound.path for sound in library.page(Question(only=Only(**only)), offset=0, limit=99).found]


def kinds_file(library) -> Path:
    (file,) = library._opened().home.glob("kinds-*.u8")
    return file


def test_a_kind_is_a_filter_of_rankings_and_lists(library):
    assert ranked(library, kinds=["high"]) == listed(library, kinds=["high"]) == HIGH
    assert ranked(library, kinds=["deep"]) == LOW  # another word for it
    assert listed(library, kinds=["high", "low"]) == sorted([*HIGH, *LOW])  # any of them
    assert ranked(library, kinds=["low"], folder="deep") == ["deep/d.wav"]
    assert listed(library, kinds=["wide"]) == []


def test_answers_say_what_sounds_likely_are(library):
    found = library.page(Question(QUERY), offset=0, limit=99).found
    assert {hit.path: hit.kinds for hit in found} == {
        path: ("high",) if path in HIGH else ("low",) if path in LOW else () for path in FIRST
    }
    sounds = library.page(Question(), offset=0, limit=99).found
    assert {sound.path: sound.kinds for sound in sounds} == {hit.path: hit.kinds for hit in found}
    assert all(library.sound(sound.id).kinds == sound.kinds for sound in sounds)


def test_kinds_are_counted_among_what_is_looked_at(library):
    assert list(library.kind_counts(Question()).items()) == [("low", 3), ("high", 2)]  # the most frequent first
    assert library.kind_counts(Question(only=Only(folder="deep"))) == {"low": 1, "high": 1}
    assert library.kind_counts(Question(only=Only(text="loop"))) == {"low": 1}
    assert library.kind_counts(Question(only=Only(text="nothing"))) == {}


def test_a_text_finds_by_name_first_and_then_by_kind(library):
    assert listed(library, text="deep") == ["deep/c.wav", "deep/d.wav", "b.wav", "e loop.wav"]
    assert ranked(library, text="deep") == ["b.wav", "deep/c.wav", "deep/d.wav", "e loop.wav"]
    assert listed(library, text="low loop") == ["e loop.wav"]  # the rest has to be in the name
    assert listed(library, text="far below") == ["b.wav", "deep/d.wav", "e loop.wav"]  # two words for one kind
    assert listed(library, text="low high") == []  # no sound is both
    assert listed(library, text="low -loop") == ["b.wav", "deep/d.wav"]
    assert listed(library, text="-low") == sorted(FIRST)  # a guess takes nothing away


def test_what_is_no_kind_is_refused(library):
    with pytest.raises(UsageError, match=r"'dog' is no kind of sound that this model knows; it knows high, low, wide"):
        listed(library, kinds=["dog"])


def test_without_kinds_nothing_is_said_and_nothing_found_by_them(library, bundle, tmp_path):
    plain = Library.open(tmp_path / "sounds", replace(bundle, kinds=None), tmp_path / "data")
    assert all(sound.kinds == () for sound in plain.page(Question(), offset=0, limit=99).found)
    assert listed(plain, text="deep") == ["deep/c.wav", "deep/d.wav"]
    assert plain.kind_counts(Question()) == {}
    with pytest.raises(UsageError, match=r"^no kinds of sounds are known with random; ask without high$"):
        plain.search("no such file.wav", kinds=["high"])
    assert not list(plain._opened().home.glob("kinds-*"))


def test_an_index_that_was_made_before_its_model_knew_kinds_has_them(random_bundle, bundle, tmp_path):
    (tmp_path / "sounds").mkdir()
    add(Library.open(tmp_path / "sounds", random_bundle, tmp_path / "data"), made_up("a.wav", (8,)))
    library = Library.open(tmp_path / "sounds", bundle, tmp_path / "data")
    assert not library.is_new
    assert listed(library, kinds=["high"]) == ["a.wav"]


# The file


def count_codes(monkeypatch) -> list[int]:
    """How many rows are read off from now on, call by call."""
    calls, codes = [], Kinds.codes

    def counted(kinds, projections):
        calls.append(len(projections))
        return codes(kinds, projections)

    monkeypatch.setattr(Kinds, "codes", counted)
    return calls


def test_what_was_worked_out_is_kept_and_only_new_rows_are_worked_out(library, monkeypatch):
    monkeypatch.setattr(menura.index.kinds, "_BLOCK_ROWS", 4)  # several blocks
    calls = count_codes(monkeypatch)
    library.kind_counts(Question())
    library.kind_counts(Question())
    assert sum(calls) == 10
    assert kinds_file(library).stat().st_size == 8 * 10
    library.close()
    add(library, made_up("g.wav", (8, 8)))
    assert library.kind_counts(Question()) == {"high": 3, "low": 3}
    assert sum(calls) == 12
    assert kinds_file(library).stat().st_size == 8 * 12


@pytest.mark.parametrize("damage", ["cut", "lost", "no room", "link", "longer"])
def test_whatever_becomes_of_the_file_the_answers_are_the_same(library, damage, monkeypatch, tmp_path):
    wanted = library.kind_counts(Question())
    file = kinds_file(library)
    content = file.read_bytes()
    if damage == "cut":
        file.write_bytes(content[:19])
    elif damage == "longer":  # another program knows of later sounds
        file.write_bytes(content + bytes(range(80)))
    else:
        file.unlink()
    if damage == "link":
        (tmp_path / "precious").write_bytes(b"")
        file.symlink_to(tmp_path / "precious")
    if damage == "no room":
        monkeypatch.setattr(menura.index.kinds, "_write", raise_os_error)
    library.close()
    assert library.kind_counts(Question()) == wanted
    if damage in {"cut", "lost"}:
        assert file.read_bytes() == content
    if damage == "link":
        assert (tmp_path / "precious").read_bytes() == b""


def raise_os_error(*_, **__):
    raise OSError(28, "No space left on device")


def test_numbers_of_no_kind_in_the_file_are_passed_over(library):
    library.kind_counts(Question())
    kinds_file(library).write_bytes(b"\xff" * 80)
    library.close()
    assert library.kind_counts(Question()) == {}


def test_other_kinds_of_the_model_replace_the_file_and_an_indexing_takes_away_what_is_of_no_use(
    library, bundle, tmp_path
):
    library.kind_counts(Question())
    before = kinds_file(library)
    other = Library.open(
        tmp_path / "sounds", replace(bundle, kinds=replace(bundle.kinds, digest="f" * 64)), tmp_path / "data"
    )
    other.kind_counts(Question())
    after = kinds_file(library)
    assert after != before
    stray = after.with_name("kinds-00000000-ffffffff.u8")
    stray.write_bytes(b"")
    library._opened().finish([], [])
    assert not stray.exists()
    assert after.exists()
