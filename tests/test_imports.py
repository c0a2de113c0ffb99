"""Importing costs nothing, and searching needs no torch."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import soundfile

from cli_calls import TRAINING, isolate, run_python

HEAVY = {"numpy", "onnxruntime", "torch", "typer", "rich", "requests", "soundfile"}
QUIETING = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_RUNNING_UNIT_TESTS", "ORT_DISABLE_TELEMETRY")


def test_import_menura_is_quick_and_loads_nothing():
    code = """
import sys, time
started = time.perf_counter()
import menura
print(time.perf_counter() - started, *{name.partition(".")[0] for name in sys.modules})
"""
    answers = [run_python(code).split() for _ in range(3)]
    assert min(float(seconds) for seconds, *_ in answers) < 0.3
    assert not HEAVY & set(answers[0][1:])
    assert "menura" in answers[0]


def test_help_loads_nothing_that_only_commands_need():
    code = "import sys, menura.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    assert set(run_python(code).split()) & HEAVY <= {"typer", "rich"}


def test_a_search_of_a_small_library_needs_nothing_that_trains_nor_compiles(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 44_100)
    (tmp_path / "sounds").mkdir()
    soundfile.write(tmp_path / "sounds" / "noise.wav", noise, 44_100)
    soundfile.write(tmp_path / "hum.wav", noise, 44_100)
    code = """
import sys
sys.modules.update(dict.fromkeys(sys.argv.pop(1).split()))
from menura.cli import main
main()
"""
    answer = run_python(
        code, " ".join((*TRAINING, "numba")), "search", tmp_path / "hum.wav", "--library", tmp_path / "sounds", "--json"
    )
    assert [result["path"] for result in json.loads(answer)["results"]] == ["noise.wav"]


def test_the_page_is_served_with_what_its_extra_brings(tmp_path, random_bundle_folder):
    code = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1].split()))
from pathlib import Path
from fastapi.testclient import TestClient
from menura.web.app import create_app
from menura.web.settings import Settings
settings = Settings((Path(sys.argv[2]),), model=Path(sys.argv[3]), data_dir=Path(sys.argv[4]))
client = TestClient(create_app(settings), base_url="http://127.0.0.1:8573")  # not begun: nothing runs beside it
print(client.get("/api/status").status_code, client.get("/").status_code)
"""
    (tmp_path / "sounds").mkdir()
    absent = " ".join((*TRAINING, "openTSNE", "sklearn"))
    assert run_python(code, absent, tmp_path / "sounds", random_bundle_folder, tmp_path / "data").split() == ["200"] * 2


def test_the_base_install_names_no_torch():
    pyproject = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    names = {re.match(r"[A-Za-z0-9_-]+", line)[0].lower() for line in pyproject["project"]["dependencies"]}
    assert "onnxruntime" in names
    assert not names & set(TRAINING)


def test_nothing_is_kept_to_tell_anybody_what_was_run(tmp_path, random_bundle_folder):
    """ONNX Runtime's telemetry begins with a device id and a store of events in the user's cache."""
    code = """
import sys
from pathlib import Path
from menura import Bundle
import numpy as np

Bundle.load(Path(sys.argv[1])).embed_query(np.zeros(100, np.float32))
"""
    names = ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")
    # Where tests run by themselves it keeps quiet, so those signs are taken away.
    environment = {name: value for name, value in os.environ.items() if name not in QUIETING}
    environment |= {name: str(tmp_path / name) for name in names}
    command = [sys.executable, "-c", code, str(random_bundle_folder)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
