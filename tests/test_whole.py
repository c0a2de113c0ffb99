"""A folder is replaced at once, whichever way the system has for it."""

import os
import threading

import pytest

from menura import whole
from menura.whole import replace_folder, written_whole


def made(folder, content):
    folder.mkdir()
    (folder / "content").write_text(content)
    return folder


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_folder_takes_the_place_of_another(tmp_path, monkeypatch, can_exchange):
    if not can_exchange:
        monkeypatch.setattr(whole, "_exchange", lambda *_: False)
    old = tmp_path / "model"
    for content in ("first", "second"):
        replace_folder(made(tmp_path / "new", content), old)
        assert (old / "content").read_text() == content
        assert [path.name for path in tmp_path.iterdir()] == ["model"]


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="only Linux exchanges two names at once")
def test_whoever_looks_sees_one_or_the_other(tmp_path):
    old, seen, done = made(tmp_path / "model", "0"), set(), threading.Event()

    def look():
        while not done.is_set():
            seen.add(old.is_dir())

    looker = threading.Thread(target=look)
    looker.start()
    for number in range(300):
        replace_folder(made(tmp_path / "new", str(number)), old)
    done.set()
    looker.join()
    assert seen == {True}


def test_a_file_is_whole_or_not_there(tmp_path):
    with pytest.raises(ZeroDivisionError), written_whole(tmp_path / "file") as unfinished:
        unfinished.write_text("half")
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())
