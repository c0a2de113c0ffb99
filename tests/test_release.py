"""Source archive and wheel: the same to the byte wherever they are built, and with all in them that there is."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from benchmarks.results import read_result
from release.archives import make_sdist_plain, make_wheel_plain

ROOT = Path(__file__).parents[1]
EPOCH_S = 1_700_000_000
PARTS = ("src", "release", "pyproject.toml", "MANIFEST.in", "README.md", "CHANGELOG.md", "CITATION.cff", "LICENSE")


def build_elsewhere(folder, *, mask):
    """What `python -m release` makes in a copy of the project, for somebody with other habits."""
    folder.mkdir()
    for name in PARTS:
        copied = ROOT / name
        if copied.is_dir():
            shutil.copytree(copied, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(copied, folder)
    for path in folder.rglob("*"):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)
        os.utime(path, (EPOCH_S - mask, EPOCH_S - mask))
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(EPOCH_S), "PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "release", "--out", folder / "dist"]
    done = subprocess.run(command, cwd=folder, env=environment, umask=mask, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.name: path for path in (folder / "dist").iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    pytest.importorskip("build", reason='no build here: pip install -e ".[dev]"')
    folder = tmp_path_factory.mktemp("builds")
    return build_elsewhere(folder / "mine", mask=0o022), build_elsewhere(folder / "another's", mask=0o077)


@pytest.mark.slow
def test_two_builds_are_one(built):
    mine, others = built
    assert mine.keys() == others.keys()
    assert sorted(name.rpartition(".")[2] for name in mine) == ["gz", "whl"]
    for name, path in mine.items():
        assert path.read_bytes() == others[name].read_bytes(), name


@pytest.mark.slow
def test_a_wheel_has_every_file_of_the_package_and_is_as_large_as_was_recorded(built):
    (wheel,) = [path for path in built[0].values() if path.suffix == ".whl"]
    with zipfile.ZipFile(wheel) as opened:
        assert opened.testzip() is None
        packed = {name for name in opened.namelist() if ".dist-info/" not in name}
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src/menura"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert packed == {name.removeprefix("src/") for name in tracked}
    figures = read_result("packages")["figures"]
    assert figures["two_builds_are_the_same"]
    assert wheel.stat().st_size == pytest.approx(figures["wheel_bytes"], rel=0.02), (
        "the wheel has changed: python -m benchmarks.packages.built"
    )


@pytest.mark.slow
def test_a_source_archive_is_what_a_wheel_is_built_of_and_no_half_of_the_tests(built):
    (sdist,) = [path for path in built[0].values() if path.name.endswith(".tar.gz")]
    with tarfile.open(sdist) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "src/menura/models/default/model.json"} <= names
    assert not any(name.startswith(("tests", "docs", "page")) for name in names)


def test_archives_forget_whose_they_were(tmp_path):
    for number, order in enumerate((("b.py", "a.py"), ("a.py", "b.py"))):
        (tmp_path / str(number)).mkdir()
        with tarfile.open(tmp_path / str(number) / "it.tar.gz", "w:gz") as tar:
            for name in order:
                entry = tarfile.TarInfo(f"it/{name}")
                entry.size, entry.mtime, entry.uid, entry.uname, entry.mode = 4, number, number, "petra", 0o600 + number
                tar.addfile(entry, io.BytesIO(name.encode()))
        with zipfile.ZipFile(tmp_path / str(number) / "it.whl", "w") as wheel:
            for name in ("it.dist-info/RECORD", *order):
                wheel.writestr(zipfile.ZipInfo(name, (1_990 + number, 1, 1, 0, 0, 0)), name)
    for name, make_plain in (("it.tar.gz", make_sdist_plain), ("it.whl", make_wheel_plain)):
        files = [tmp_path / str(number) / name for number in range(2)]
        assert files[0].read_bytes() != files[1].read_bytes()
        for file in files:
            make_plain(file, EPOCH_S)
        assert files[0].read_bytes() == files[1].read_bytes()
        assert b"petra" not in files[0].read_bytes()
    with tarfile.open(files[0].with_name("it.tar.gz")) as tar:
        assert [(entry.name, tar.extractfile(entry).read()) for entry in tar] == [
            ("it/a.py", b"a.py"),
            ("it/b.py", b"b.py"),
        ]
    with zipfile.ZipFile(files[0]) as wheel:
        assert wheel.namelist() == ["a.py", "b.py", "it.dist-info/RECORD"]
        assert wheel.read("a.py") == b"a.py"
