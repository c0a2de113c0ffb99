"""The demo, with and without a network, and on one's own sounds; and the `make` rules around it."""

import importlib
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import platformdirs
import pytest
import soundfile
from typer.testing import CliRunner

from cli_calls import isolate
from local_server import serving
from menura.cli import app
from menura.cli.demo import go_on_at_the_microphone, run_demo
from menura.corpora import sonic_pi
from menura.search.library import Library

RATE_HZ = 44_100


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """The demo's own folder."""
    isolate(tmp_path, monkeypatch)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("COLUMNS", "200")
    return platformdirs.user_cache_path("menura", appauthor=False) / "demo"


def write_glide(path, start_hz, end_hz):
    path.parent.mkdir(parents=True, exist_ok=True)
    phase = 2 * np.pi * np.cumsum(np.linspace(start_hz, end_hz, RATE_HZ // 2)) / RATE_HZ
    soundfile.write(path, 0.5 * np.sin(phase), RATE_HZ)
    return path


def nobody_listens() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/"


def marked_rows(output: str) -> list[str]:
    return [line for line in output.splitlines() if "◀ imitated" in line]


def test_without_a_network_it_synthesises_and_tells_the_rank_it_got(cache, capsys):
    run_demo(base_url=nobody_listens())
    output = capsys.readouterr().out
    assert "48 samples of Sonic Pi (CC0 1.0, public domain), 4.1 MB" in output
    (reason,) = [line for line in output.splitlines() if line.startswith("Not downloaded: cannot reach 127.0.0.1:")]
    assert "sounds that Menura synthesises" in reason
    assert "imitation of barks/bark_01.wav, the library's first sound by name" in output

    with Library.open(cache / "synthetic") as library:
        paths = [hit.path for hit in library.search(cache / "imitation.wav", top=60)]
    rank = 1 + paths.index("barks/bark_01.wav")
    assert f"has rank {rank} of 60; by chance it would be 30.5 on average" in output
    (row,) = marked_rows(output)
    assert row.split()[0] == str(rank)
    assert "bark_01.wav" in row

    (cache / "synthetic" / "bells" / "bell_01.wav").unlink()  # as a cleaner of caches may do
    run_demo(base_url=nobody_listens())
    assert re.search(r"60 sounds indexed", capsys.readouterr().out)


@pytest.mark.server
def test_with_a_network_it_downloads_once(tmp_path, cache, capsys, monkeypatch):
    published = tmp_path / "published"
    for number, (start_hz, end_hz) in enumerate([(200, 900), (900, 200), (500, 500)]):
        write_glide(published / f"glide_{number}.flac", start_hz, end_hz)
    with serving(published) as server:
        files = [server.publish(path.name, path.read_bytes()) for path in sorted(published.iterdir())]
        monkeypatch.setattr(sonic_pi, "RECORDINGS", files)
        run_demo(base_url=server.url)
        first = capsys.readouterr().out
        assert sorted(server.asked) == ["/glide_0.flac", "/glide_1.flac", "/glide_2.flac"]
        assert "imitation of glide_0.flac" in first
        assert re.search(r"rank [123] of 3; by chance it would be 2 on average", first)
        assert len(marked_rows(first)) == 1
        server.asked.clear()
        run_demo(base_url=server.url)
        assert server.asked == []
    run_demo(base_url=server.url)  # and the network may go away
    assert "Not downloaded" not in capsys.readouterr().out
    assert not (cache / "synthetic").exists()


def test_on_ones_own_library_and_recording_nothing_is_downloaded_or_marked(tmp_path, cache):
    library = tmp_path / "HOME" / "My Samples"
    write_glide(library / "up.wav", 200, 900)
    write_glide(library / "down.wav", 900, 200)
    query = write_glide(tmp_path / "hum.wav", 220, 800)
    before = {path: path.read_bytes() for path in library.iterdir()}
    result = CliRunner().invoke(app, ["demo", "--library", "~/My Samples", "--query", str(query)])
    assert result.exit_code == 0, result.stderr
    assert "up.wav" in result.stdout
    assert "imitat" not in result.stdout
    assert not cache.exists()
    assert {path: path.read_bytes() for path in library.iterdir()} == before


def test_it_ends_with_how_to_go_on_at_the_microphone(tmp_path):
    library = tmp_path / "HOME" / "My Samples"
    write_glide(library / "up.wav", 200, 900)
    result = CliRunner().invoke(app, ["demo", "--library", str(library)])
    assert result.stdout.splitlines()[-1].endswith(f"menura serve '{library}'")


def test_where_somebody_sits_it_opens_the_page(tmp_path, monkeypatch, capsys):
    library = tmp_path / "HOME" / "My Samples"
    library.mkdir(parents=True)
    opened = []
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    serving_module = importlib.import_module("menura.cli.serve")
    monkeypatch.setattr(serving_module, "serve", lambda folders, **told: opened.append((folders, told)))
    go_on_at_the_microphone(library, None)
    assert opened == [([library], {"model": None})]
    assert "Now with your own voice" in capsys.readouterr().out


def test_the_imitated_sound_of_ones_own_library_is_the_first_that_can_be_read(tmp_path, capsys):
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "a.wav").write_text("no sound")
    write_glide(tmp_path / "sounds" / "b.wav", 200, 900)
    write_glide(tmp_path / "sounds" / "c.wav", 900, 200)
    run_demo(tmp_path / "sounds")
    assert "imitation of b.wav" in capsys.readouterr().out


def test_what_cannot_be_searched_or_heard_is_refused(tmp_path, cache):
    (tmp_path / "empty").mkdir()
    hum = write_glide(tmp_path / "hum.wav", 220, 800)
    for arguments, code, reason in (
        (["--library", tmp_path / "empty"], 1, "no sound in it can be read"),
        (["--library", tmp_path / "empty", "--query", hum], 1, "no sound in it can be read"),
        (["--library", tmp_path / "none"], 2, "no such folder"),
        (["--query", tmp_path / "none.wav"], 2, "no such file"),
    ):
        result = CliRunner().invoke(app, ["demo", *map(str, arguments)])
        assert result.exit_code == code
        assert reason in result.stderr
    assert not cache.exists()


needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def checkout(tmp_path):
    """A folder with the Makefile and an environment whose `menura` prints its arguments, one a line."""
    folder = tmp_path / "checkout"
    binaries = folder / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (folder / "src" / "menura" / "search").mkdir(parents=True)
    for name in ("pyproject.toml", "constraints.txt", "setup.py", "src/menura/search/kernels.c"):
        (folder / name).touch()
    shutil.copy(Path(__file__).parents[2] / "Makefile", folder)
    for name in ("python", "menura"):
        (binaries / name).write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        (binaries / name).chmod(0o755)
    (folder / ".venv" / ".base-installed").touch()
    return folder


def make(folder, *arguments):
    # Under `make test` this one is inside another, which hands it flags and variables of its own.
    outside = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    command = ["make", *arguments]
    return subprocess.run(command, cwd=folder, env=outside, capture_output=True, text=True, check=False)


@needs_make
def test_make_demo_hands_its_paths_on_as_they_are(checkout):
    assert make(checkout, "demo").stdout.splitlines() == ["demo"]
    done = make(checkout, "demo", "LIBRARY=~/My Samples", "QUERY=it's a hum.wav")
    assert done.stdout.splitlines() == ["demo", "--library", "~/My Samples", "--query", "it's a hum.wav"]


@needs_make
def test_make_test_says_that_it_needs_a_compiler_before_anything_is_checked(checkout):
    python = checkout / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\ncase "$2" in *COMPILED*) exit 1; esac\n')
    refused = make(checkout, "lint")
    assert refused.returncode != 0 and "ruff" not in refused.stdout
    assert "The scan is not compiled, which the tests need: install GCC or Clang and Python's headers" in refused.stderr
    assert not (checkout / ".venv" / ".dev-installed").exists()


@needs_make
def test_make_names_the_python_that_is_too_old(checkout):
    shutil.rmtree(checkout / ".venv")
    old = checkout / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" || exit 1\n')
    old.chmod(0o755)
    refused = make(checkout, "demo", f"PYTHON={old}")
    assert refused.returncode != 0
    assert f"Menura needs Python 3.11 or later; {old} is Python 3.9.2." in refused.stderr
    assert not (checkout / ".venv").exists()
    refused = make(checkout, "demo", "PYTHON=no-such-python")
    assert "Menura needs Python 3.11 or later; no-such-python is" in refused.stderr
