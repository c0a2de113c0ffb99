"""Processes that help a long indexing find what threads find, and end with it however it ends."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from bundles import write_sound
from indexes import assert_same_contents, counts
from menura import Library
from menura.index import workers as crew
from menura.index.helper import Helper, HelperGoneError
from menura.model.bundle import Bundle

SOUNDS = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("helped") / "sounds"
    for seed in range(SOUNDS - 2):
        write_sound(folder / f"{seed:02}.wav", seed, duration_s=0.2 + seed % 3)
    (folder / "58.wav").write_text("words")
    (folder / "59.flac").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def by_threads(folder: Path, tmp_path_factory: pytest.TempPathFactory, random_bundle: Bundle) -> Library:
    library = Library.open(folder, random_bundle, tmp_path_factory.mktemp("threads"))
    assert counts(library.index()) == {"added": SOUNDS - 2, "skipped": 2}
    return library


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> list[Helper]:
    """Small indexings are helped too, and wait for their helpers; the list of these."""
    monkeypatch.setattr(crew, "_HELPED_FROM", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    helpers: list[Helper] = []

    class Ready(Helper):
        def __init__(self, *work: object) -> None:
            super().__init__(*work)
            super().wait()
            helpers.append(self)

        def wait(self) -> None:
            pass

    monkeypatch.setattr(crew, "Helper", Ready)
    return helpers


def has_ended(helper: Helper) -> bool:
    return helper._process.poll() is not None


def test_helpers_find_what_threads_find(folder, tmp_path, random_bundle, by_threads, helped):
    library = Library.open(folder, random_bundle, tmp_path)
    report = library.index()
    assert counts(report) == {"added": SOUNDS - 2, "skipped": 2}
    assert report.skipped == by_threads.info().skipped
    assert_same_contents(library, by_threads)
    assert len(helped) == 2 and all(map(has_ended, helped))


def test_the_work_of_a_helper_that_is_killed_is_done_all_the_same(folder, tmp_path, random_bundle, by_threads, helped):
    def kill_them(progress: object) -> None:
        for helper in helped:
            helper._process.kill()

    library = Library.open(folder, random_bundle, tmp_path)
    assert counts(library.index(progress=kill_them)) == {"added": SOUNDS - 2, "skipped": 2}
    assert_same_contents(library, by_threads)


def test_without_helpers_threads_do_it_alone(folder, tmp_path, random_bundle, by_threads, monkeypatch):
    monkeypatch.setattr(crew, "_HELPED_FROM", 2)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    library = Library.open(folder, random_bundle, tmp_path)
    assert counts(library.index()) == {"added": SOUNDS - 2, "skipped": 2}
    assert_same_contents(library, by_threads)


def test_a_helper_that_cannot_load_is_gone(folder, random_bundle, monkeypatch):
    monkeypatch.setattr(sys, "path", ["nowhere"])
    helper = Helper(folder, random_bundle)
    with pytest.raises(HelperGoneError):
        helper.wait()
    helper.end()


def test_a_bug_in_a_helper_is_raised_here(folder, random_bundle):
    helper = Helper(folder, random_bundle)
    helper.wait()
    with pytest.raises(AttributeError, match="path"):
        helper.examine([("not a file", None)])
    helper.end()


def test_an_interruption_ends_the_helpers_and_keeps_what_is_done(folder, tmp_path, random_bundle, by_threads, helped):
    def interrupt(progress) -> None:
        if progress.done == 9:
            raise KeyboardInterrupt

    library = Library.open(folder, random_bundle, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        library.index(progress=interrupt)
    assert helped and all(map(has_ended, helped))
    assert 0 < library.info().sounds < SOUNDS - 2
    library.index()
    assert_same_contents(library, by_threads)


def test_a_helper_ends_when_its_indexing_is_killed(folder, random_bundle_folder):
    program = f"""
    import time
    from pathlib import Path
    from menura import Bundle
    from menura.index.helper import Helper
    helper = Helper(Path({str(folder)!r}), Bundle.load(Path({str(random_bundle_folder)!r})))
    helper.wait()
    print(helper._process.pid, flush=True)
    time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        helper_pid = int(process.stdout.readline())
        os.kill(helper_pid, 0)  # it is there
        process.kill()
    give_up = time.monotonic() + 30
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < give_up:
            os.kill(helper_pid, 0)
            time.sleep(0.05)
