"""The doctor says in words what is wrong, and what to do about it."""

from importlib import metadata

import numpy as np
import pytest
import soundfile

import menura.doctor
import menura.search.scan
from cli_calls import isolate, output_of, run, write_sounds
from menura.doctor import examine_installation
from menura.errors import ModelError
from menura.model.bundle import Bundle


@pytest.fixture
def said(tmp_path, monkeypatch):
    """What the doctor says, one line a finding."""
    isolate(tmp_path, monkeypatch)
    return lambda: [f"{finding.mark}: {finding.text}" for finding in examine_installation(tmp_path / "data")]


def wrong(lines):
    return [line for line in lines if line.startswith("wrong: ")]


def test_this_installation_is_sound_and_the_papers_network_has_its_answers_stored(said, tmp_path):
    lines = said()
    assert wrong(lines) == []
    assert "ok: the model tl-iminet is intact and answers as it should" in lines
    assert any(line.startswith("ok: libsndfile ") and "mp3" in line for line in lines)
    assert "ok: telemetry is off: nothing leaves this machine" in lines
    assert lines[-1].startswith("note: the microphone is the browser's affair")
    assert not (tmp_path / "data").exists()  # it only looks


def test_an_old_python(said, monkeypatch):
    monkeypatch.setattr(menura.doctor, "_OLDEST_PYTHON", (9, 1))
    (line,) = wrong(said())
    assert line.startswith("wrong: Python is 3.") and line.endswith(
        ": Menura needs 9.1 or later; install it and Menura in it"
    )


def test_missing_and_old_packages(said, monkeypatch):
    monkeypatch.setattr(metadata, "requires", lambda _: ["soxr>=99.1", "no-such>=1.0", 'torch>=9; extra == "x"'])
    found = wrong(said())
    assert any("older than 99.1; pip install" in line for line in found)
    assert 'wrong: no-such is not installed; pip install "no-such>=1.0"' in found and len(found) == 2


def test_a_damaged_model(said, monkeypatch):
    def load(model=None):
        raise ModelError("recording.onnx: damaged; export it again")

    monkeypatch.setattr(Bundle, "load", load)
    assert any("recording.onnx: damaged" in line and "reinstall with: pip install" in line for line in wrong(said()))


def test_a_runtime_that_answers_otherwise(said, monkeypatch):
    monkeypatch.setattr(Bundle, "embed_query", lambda *_: np.zeros(108, np.float32))
    advice = "pip install --force-reinstall onnxruntime"
    assert f"wrong: ONNX Runtime answers otherwise than it should with tl-iminet; {advice}" in wrong(said())


def test_formats_that_cannot_be_read(said, monkeypatch):
    monkeypatch.setattr(soundfile, "available_formats", lambda: {"WAV": "", "AIFF": "", "FLAC": ""})
    assert any("cannot read MP3: such files are skipped; pip install --upgrade soundfile" in line for line in said())


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (None, "is of another version: "),
        (ModuleNotFoundError("No module"), "is missing: "),
        (ImportError("GLIBC_9 not found"), "cannot be loaded (GLIBC_9 not found): "),
    ],
)
def test_an_installation_without_machine_code(error, told, said, monkeypatch):
    def load(_):
        if error is not None:
            raise error

    assert "ok: the compiled scan is there" in said()
    monkeypatch.setattr(menura.search.scan, "COMPILED", False)
    monkeypatch.setattr(menura.doctor, "import_module", load)
    (line,) = [line for line in said() if "the compiled scan" in line]
    assert line.startswith(f"note: the compiled scan {told}large libraries")
    assert line.endswith(
        "Python's headers, then: pip install --force-reinstall --no-cache-dir --no-deps --no-binary menura menura"
    )


def test_a_folder_for_indexes_that_cannot_be_written(said, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(menura.doctor.tempfile, "NamedTemporaryFile", refuse)
    (line,) = wrong(said())
    assert "data cannot be written (Permission denied)" in line and "change its permissions" in line


def test_a_disk_that_is_nearly_full(said, monkeypatch):
    monkeypatch.setattr(menura.doctor.shutil, "disk_usage", lambda _: Usage)
    assert any("only 5 MB are free for indexes; make room" in line for line in said())


class Usage:
    free = 5_000_000


def test_extras_that_are_not_there(said, monkeypatch):
    monkeypatch.setattr(menura.doctor.util, "find_spec", lambda _: None)
    lines = said()
    assert any('torch, which is not installed; pip install "menura[train]"' in line for line in lines)
    assert any('fastapi, which is not installed; pip install "menura[web]"' in line for line in lines)
    assert wrong(lines) == []


def test_telemetry(said, monkeypatch):
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    assert any("telemetry" in line for line in wrong(said()))


def test_what_nobody_thought_of(said, monkeypatch):
    monkeypatch.setattr(soundfile, "available_formats", lambda: 1 / 0)
    (line,) = wrong(said())
    assert line.startswith("wrong: Sound files: ZeroDivisionError") and "reinstall with" in line


def test_indexes_that_fit_and_that_do_not(tmp_path, monkeypatch, random_bundle_folder):
    isolate(tmp_path, monkeypatch)
    for name, model in (("mine", []), ("other", ["--model", random_bundle_folder]), ("torn", [])):
        output_of("index", write_sounds(tmp_path / name), *model)
        if name == "torn":
            newest = max(tmp_path.rglob("index.sqlite"), key=lambda file: file.stat().st_mtime_ns)
            newest.write_bytes(b"torn" * 2_000)
    printed = output_of("doctor")
    assert "ok    1 index made with this model; menura check FOLDER proves one whole" in printed
    assert "other' is by another model, random: search it with --model" in printed
    assert "its index is damaged (file is not a database); delete it, or: menura index FOLDER --rebuild" in printed


def test_the_command_fails_where_searching_would(tmp_path, monkeypatch):
    isolate(tmp_path, monkeypatch)
    monkeypatch.setattr(menura.doctor, "_OLDEST_PYTHON", (9, 1))
    result = run("doctor")
    assert result.exit_code == 1 and "wrong Python is 3." in result.stdout


SECRETS = ("petra", "unreleased", "zebra-host", "tmp", "site-packages", "secret")


@pytest.fixture
def reported(tmp_path, monkeypatch, random_bundle_folder):
    """What `--report` prints where whatever could tell somebody's name, folders or machine does."""
    home = tmp_path / "petra"
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(home / name))
    for variable in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(variable, "petra")
    monkeypatch.setattr("platform.node", lambda: "zebra-host")
    monkeypatch.setattr("platform.release", lambda: "6.1.0-zebra-host")
    for folder in ("unreleased", "unreleased too", "unreleased, torn"):
        model = ["--model", random_bundle_folder] if folder.endswith("too") else []
        output_of("index", write_sounds(home / folder), *model)
        if folder.endswith("torn"):
            newest = max(home.rglob("index.sqlite"), key=lambda file: file.stat().st_mtime_ns)
            newest.write_bytes(b"torn" * 2_000)

    def printed():
        said = run("doctor", "--report").stdout
        assert [secret for secret in (*SECRETS, str(tmp_path)) if secret in said.lower()] == []
        assert "/" not in said.replace("and/or", "")
        return said

    return printed


def test_a_report_has_all_that_helps_and_no_path_or_name(reported):
    said = reported()
    first, *findings = said.splitlines()
    assert " processors, " in first and "6.1.0" in first
    assert all(line.startswith(("ok    ", "note  ", "wrong ")) for line in findings)
    assert f"Menura {metadata.version('menura')}" in said and f"numpy {metadata.version('numpy')}" in said
    assert "note  an index is by a model of the user" in said
    assert "note  an index is damaged or of another version" in said
    assert "ok    the data directory can be written, " in said


def test_a_report_keeps_to_itself_what_errors_say(reported, monkeypatch):
    def fail(*_):
        raise RuntimeError("in /home/petra/unreleased: secret")

    monkeypatch.setattr(soundfile, "available_formats", fail)
    assert "wrong Sound files: RuntimeError" in reported()
    monkeypatch.setattr(menura.doctor.tempfile, "NamedTemporaryFile", refuse_to_write)
    assert "wrong the data directory cannot be written (Permission denied)" in reported()

    def load(model=None):
        raise ModelError("/home/petra/recording.onnx: secret")

    monkeypatch.setattr(Bundle, "load", load)
    assert "wrong a model that ships: ModelError" in reported()


def test_a_report_of_a_disk_that_is_nearly_full_does_not_say_which(reported, monkeypatch):
    monkeypatch.setattr(menura.doctor.shutil, "disk_usage", lambda _: Usage)
    assert "note  only 5 MB are free for indexes" in reported()


def refuse_to_write(**_):
    raise PermissionError(13, "Permission denied", "/home/petra/secret")
