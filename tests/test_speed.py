"""One command for all figures of speed: what has ended is kept, and goes into the docs when it is asked to."""

import argparse
import importlib

import pytest

from benchmarks import speed
from benchmarks.results import DOCS_VARIABLE

BENCHMARK = f"""
import os, pathlib, sys
docs = pathlib.Path(os.environ["{DOCS_VARIABLE}"])
(docs / "results").mkdir(exist_ok=True)
with (docs / "results" / f"{{sys.argv[1]}}.json").open("a") as file:
    file.write("measured")
sys.exit(os.path.exists(sys.argv[2]))
"""


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Two benchmarks, of which the second fails as long as there is a file `broken`."""
    (tmp_path / "measuring.py").write_text(BENCHMARK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return {name: ["measuring", name, str(tmp_path / broken)] for name, broken in (("one", "none"), ("two", "broken"))}


def test_what_has_ended_is_not_measured_again(tmp_path, named, capsys):
    (tmp_path / "broken").touch()
    with pytest.raises(
        SystemExit, match=r"two has failed: python -m measuring two .*; mend that, and the same command"
    ):
        speed.measure(named, tmp_path / "work")
    (tmp_path / "broken").unlink()
    speed.measure(named, tmp_path / "work")
    assert "1 of 2: one, measured already" in capsys.readouterr().out
    results = {file.name: file.read_text() for file in (tmp_path / "work/docs/results").iterdir()}
    assert results == {"one.json": "measured", "two.json": "measuredmeasured"}
    speed.measure(named | {"one": ["measuring", "other", "none"]}, tmp_path / "work")  # another command, anew
    assert (tmp_path / "work/docs/results/other.json").is_file()


def test_results_go_into_the_docs_and_what_is_made_of_them_is_made_anew(tmp_path, monkeypatch):
    for folder in ("results", "pictures"):
        (tmp_path / "measured" / folder).mkdir(parents=True)
        (tmp_path / "docs" / folder).mkdir(parents=True)
        (tmp_path / "measured" / folder / "scan").write_text(folder)
    run = []
    monkeypatch.setattr(speed, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(speed.subprocess, "run", lambda command, **_: run.append(command[2]))
    speed.write(tmp_path / "measured")
    for folder in ("results", "pictures"):
        assert (tmp_path / "docs" / folder / "scan").read_text() == folder
    assert run == ["benchmarks.index.growth_picture", "benchmarks.tables"]


def test_every_benchmark_of_it_takes_what_it_is_given(tmp_path, monkeypatch):
    """Each one parses its options, and then what would take hours is left out."""

    class Parsed(Exception):  # noqa: N818
        pass

    def parse(parser):
        _, unknown = parser.parse_known_args()
        raise Parsed(unknown)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)
    for module, *options in speed.steps(tmp_path, tmp_path, speed.LARGEST[0]).values():
        monkeypatch.setattr("sys.argv", [module, *options])
        with pytest.raises(Parsed, match=r"^\[\]$"):
            importlib.import_module(module).main()
