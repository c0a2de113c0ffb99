"""A digest changes with all that decides a run, and reads no file twice to find that out."""

import os
import shutil
from pathlib import Path

import pytest

import menura.inputs
import menura.specs
from menura.inputs import digest
from menura.inputs.digest import content_digests, run_digest
from menura.specs import IMITATION_FRONT_END, RECORDING_FRONT_END


@pytest.fixture
def paths(tmp_path):
    (tmp_path / "sounds").mkdir()
    paths = [tmp_path / "sounds" / f"{index}.wav" for index in range(12)]
    for path in paths:
        path.write_bytes(path.name.encode() * 100)
    return paths


@pytest.fixture
def remembering(monkeypatch):
    """Takes what was written a moment ago for old, as an hour later."""
    monkeypatch.setattr(digest, "_CLOCK_GRAIN_NS", -(10**9))


def name(paths, tmp_path, *settings):
    return run_digest(*settings, paths=paths, cache=tmp_path / "cache")


def test_the_same_has_the_same_name(paths, tmp_path):
    assert name(paths, tmp_path, RECORDING_FRONT_END, 7) == name(paths, tmp_path, RECORDING_FRONT_END, 7)
    elsewhere = shutil.copytree(tmp_path / "sounds", tmp_path / "other" / "sounds")
    assert name([elsewhere / path.name for path in paths], tmp_path) == name(paths, tmp_path)


def test_settings_names_and_order_decide(paths, tmp_path):
    renamed = paths[0].with_name("renamed.wav")
    shutil.copy(paths[0], renamed)
    names = [
        name(paths, tmp_path),
        name(paths, tmp_path, 1),
        name(paths, tmp_path, 1, 2),
        name(paths, tmp_path, RECORDING_FRONT_END),
        name(paths, tmp_path, IMITATION_FRONT_END),
        name(paths[::-1], tmp_path),
        name(paths[:-1], tmp_path),
        name([renamed, *paths[1:]], tmp_path),
    ]
    assert len(set(names)) == len(names)


@pytest.mark.usefixtures("remembering")
def test_a_file_replaced_by_one_of_equal_size_is_another(paths, tmp_path):
    before = name(paths, tmp_path)
    state = paths[3].stat()
    paths[3].write_bytes(paths[3].read_bytes()[::-1])
    os.utime(paths[3], ns=(state.st_atime_ns, state.st_mtime_ns))  # as tools that copy with times leave it
    assert paths[3].stat().st_size == state.st_size
    assert name(paths, tmp_path) != before


@pytest.mark.parametrize("source", ["variants.py", "catalogue_inputs.py"])
def test_code_that_makes_inputs_decides(paths, tmp_path, monkeypatch, source):
    copied = shutil.copytree(menura.inputs.__path__[0], tmp_path / "code" / "inputs")
    monkeypatch.setattr(menura.inputs, "__path__", [str(copied)])
    before = name(paths, tmp_path)
    (copied / source).write_text((copied / source).read_text().replace("0.8", "0.9") + "\n")
    assert name(paths, tmp_path) != before


def test_the_specs_decide(paths, tmp_path, monkeypatch):
    copied = Path(shutil.copy(menura.specs.__file__, tmp_path / "specs.py"))
    monkeypatch.setattr(menura.specs, "__file__", str(copied))
    before = name(paths, tmp_path)
    copied.write_text(copied.read_text().replace("n_mels=39", "n_mels=40"))
    assert name(paths, tmp_path) != before


@pytest.mark.usefixtures("remembering")
def test_no_file_is_read_twice(paths, tmp_path, monkeypatch):
    first = content_digests(paths, tmp_path / "cache")
    assert len(set(first)) == 12
    monkeypatch.setattr(digest, "_digest", lambda _: pytest.fail("read again"))
    assert content_digests(paths, tmp_path / "cache") == first
    assert content_digests(paths[::-1], tmp_path / "cache") == first[::-1]


def test_what_may_change_again_within_the_clocks_grain_is_not_remembered(paths, tmp_path):
    content_digests(paths, tmp_path / "cache")
    assert not (tmp_path / "cache" / "contents.jsonl").read_text().strip()


@pytest.mark.usefixtures("remembering")
def test_a_stopped_reading_goes_on_and_a_line_cut_off_is_made_again(paths, tmp_path, monkeypatch):
    real, read = digest._digest, []

    def stopped(state):
        read.append(Path(state[0]).name)
        if Path(state[0]) == paths[8]:
            raise KeyboardInterrupt
        return real(state)

    monkeypatch.setattr(digest, "_digest", stopped)
    with pytest.raises(KeyboardInterrupt):
        content_digests(paths, tmp_path / "cache")
    kept = tmp_path / "cache" / "contents.jsonl"
    kept.write_bytes(kept.read_bytes()[:-20])  # as after a crash of the machine
    read.clear()
    monkeypatch.setattr(digest, "_digest", lambda state: read.append(Path(state[0]).name) or real(state))
    resumed = content_digests(paths, tmp_path / "cache")
    assert sorted(read) == sorted(path.name for path in paths[7:])
    assert resumed == content_digests(paths, tmp_path / "elsewhere")
    read.clear()
    content_digests(paths, tmp_path / "cache")
    assert not read


@pytest.mark.usefixtures("remembering")
def test_what_cannot_be_read_is_told_apart_and_tried_again(paths, tmp_path):
    before = name(paths, tmp_path)
    content = paths[2].read_bytes()
    paths[2].unlink()
    gone = name(paths, tmp_path)
    assert gone != before
    paths[2].mkdir()
    assert name(paths, tmp_path) == gone
    paths[2].rmdir()
    paths[2].write_bytes(content)
    assert name(paths, tmp_path) == before
