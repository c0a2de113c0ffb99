"""Source archive and wheel: the same to the byte wherever they are built, and with all in them that there is."""

import io
import json
import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
import setuptools
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.packages.installs import ranges
from benchmarks.results import read_result
from cli_calls import write_tone
from release.__main__ import check_compiled
from release.archives import make_sdist_plain, make_wheel_plain

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
EPOCH_S = 1_700_000_000
PARTS = (
    "src",
    "release",
    "setup.py",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
)


def build_elsewhere(folder, *, mask, flags):
    """What `python -m release` makes in a copy of the project, for somebody with other habits."""
    folder.mkdir()
    for name in PARTS:
        copied = ROOT / name
        if copied.is_dir():
            shutil.copytree(copied, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "*.so"))
        else:
            shutil.copy(copied, folder)
    for path in folder.rglob("*"):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)
        os.utime(path, (EPOCH_S - mask, EPOCH_S - mask))
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(EPOCH_S), "PYTHONPATH": str(folder), "CFLAGS": flags}
    command = [sys.executable, "-m", "release", "--out", folder / "dist"]
    done = subprocess.run(command, cwd=folder, env=environment, umask=mask, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.name: path for path in (folder / "dist").iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    for module in ("build", "auditwheel"):
        pytest.importorskip(module, reason=f'no {module} here: pip install -e ".[dev]"')
    folder = tmp_path_factory.mktemp("builds")
    mine = build_elsewhere(folder / "mine", mask=0o022, flags="")
    return mine, build_elsewhere(folder / "another's", mask=0o077, flags="-march=native -ffast-math")


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
        compiled = opened.read("menura/search/_kernels.abi3.so")
    assert b"libm.so" not in compiled  # whose log older systems lack
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src/menura"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    if sys.platform == "linux":  # an index takes no other, and nothing of this machine is in it
        assert "linux_2_" in wheel.name and "-linux_" not in wheel.name
        assert os.fsencode(sys.base_prefix) not in compiled
    assert packed == {name.removeprefix("src/") for name in tracked} | {"menura/search/_kernels.abi3.so"}
    figures = read_result("packages")["figures"]
    assert figures["two_builds_are_the_same"]
    assert wheel.stat().st_size == pytest.approx(figures["wheel_bytes"], rel=0.02), (
        "the wheel has changed: python -m benchmarks.packages.built"
    )


def test_a_wheel_without_the_compiled_scan_is_refused(tmp_path):
    wheel = tmp_path / "menura-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as made:
        made.writestr("menura/search/_kernels.pyi", "")
    with pytest.raises(SystemExit, match="the scan is not compiled in it; install GCC"):
        check_compiled(wheel)


@pytest.mark.slow
def test_the_wheel_is_installed_without_an_index_and_searches(built, tmp_path):
    """What it needs is lent by this environment; `benchmarks.packages.installs` tries it in empty ones."""
    (wheel,) = [path for path in built[0].values() if path.suffix == ".whl"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-compile", "--target"]
    subprocess.run([*pip, tmp_path / "installed", wheel], check=True)
    write_tone(tmp_path / "sounds" / "low.wav", 200)
    write_tone(tmp_path / "sounds" / "high.wav", 2_000)
    code = """
import menura.cli, menura.search.scan as scan
print(scan.COMPILED, menura.__file__)
menura.cli.main()
"""
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "installed"), "XDG_DATA_HOME": str(tmp_path / "data")}
    command = [
        sys.executable,
        "-c",
        code,
        "search",
        tmp_path / "sounds" / "low.wav",
        "--library",
        tmp_path / "sounds",
        "--json",
    ]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    told, _, found = done.stdout.partition("\n")
    assert told == f"True {tmp_path / 'installed' / 'menura' / '__init__.py'}"
    assert [result["path"] for result in json.loads(found)["results"]] == ["low.wav", "high.wav"]


def test_searching_with_the_page_is_light_whatever_the_releases():
    """`docs/results/installs.json` says what came of empty environments."""
    figures = read_result("installs")["figures"]
    assert figures["requires"] == ranges(), "it has changed: python -m benchmarks.packages.installs"
    assert figures["newest"].keys() == {"3.11", "3.12", "3.13"} and figures["lowest"].keys() == {"3.11"}
    for tried in (*figures["newest"].values(), *figures["lowest"].values()):
        assert tried["web"]["bytes"] < 300_000_000


@pytest.mark.parametrize(("without_lock", "tag"), [(0, "cp311"), (1, False)])
def test_a_wheel_can_be_made_by_a_python_without_the_interpreter_lock(without_lock, tag, monkeypatch):
    known = sysconfig.get_config_var
    answers = {"Py_GIL_DISABLED": without_lock}
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: answers.get(name, known(name)))
    projects = []
    monkeypatch.setattr(setuptools, "setup", lambda **said: projects.append(setuptools.Distribution(said)))
    runpy.run_path(str(ROOT / "setup.py"))
    (project,) = projects
    made = project.get_command_obj("bdist_wheel")
    made.ensure_finalized()
    assert made.py_limited_api == tag and project.ext_modules[0].py_limited_api == bool(tag)


def test_every_release_that_the_tests_run_with_is_written_down():
    pinned = dict(line.split("==") for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if "==" in line)
    pinned = {canonicalize_name(name): version for name, version in pinned.items()}
    found, wanted = {}, {("menura", "dev"), ("menura", "train")}
    while wanted:
        name, extra = wanted.pop()
        if (name, extra) not in found:
            found[name, extra] = metadata.version(name).partition("+")[0]
            for needed in map(Requirement, metadata.requires(name) or ()):
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    wanted |= {(canonicalize_name(needed.name), one) for one in needed.extras or {""}}
    del found["menura", "dev"], found["menura", "train"]
    assert {name: version for (name, _), version in found.items() if name != "menura"}.items() <= pinned.items()


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
