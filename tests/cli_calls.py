"""Calls of the command line, and sounds to call it with, for its tests."""

import subprocess
import sys

import numpy as np
import platformdirs
import soundfile
from typer.testing import CliRunner

from menura.cli import app

RATE_HZ = 44_100
RUNNER = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})


def isolate(tmp_path, monkeypatch) -> None:
    """Sees to it that nothing is written to the folders of whoever runs the tests."""
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert platformdirs.user_data_path("menura").is_relative_to(tmp_path)


def write_tone(path, hz: float, seconds: float = 0.5):
    """Writes a sine of that many Hz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * hz * time_s), RATE_HZ)
    return path


def write_sounds(folder):
    """Writes a library of three sounds, two of them in a folder `door`, the third of 7 s."""
    write_tone(folder / "door" / "creak.wav", 300)
    write_tone(folder / "door" / "slam.wav", 80)
    write_tone(folder / "bell.wav", 2_000, seconds=7.0)
    return folder


def run(*arguments):
    """Runs `menura ARGUMENTS`."""
    return RUNNER.invoke(app, [str(argument) for argument in arguments])


def output_of(*arguments) -> str:
    """What a call that succeeds prints on stdout."""
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr or repr(result.exception)
    return result.stdout


def refusal_of(*arguments, code: int) -> str:
    """The one line on stderr that a call prints before it ends with this exit code."""
    result = run(*arguments)
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (code, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("menura: ")
    return line


TRAINING = ("torch", "lightning", "librosa", "scipy", "onnx", "matplotlib", "tensorboard")


def run_python(code: str, *arguments: object) -> str:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
