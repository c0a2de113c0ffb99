"""Every block of code in README, CONTRIBUTING and docs is run, or as much of it as can be.

A command of Menura is parsed with all its options, and runs on a small library where it needs neither data that the
reader has to bring (in capitals: DATA, MODEL) nor hours, nor ends only by Ctrl-C: `NOT_RUN` says which those are, why,
and which test runs them on something small.
"""

import json
import re
import shutil
import subprocess
import tomllib
from dataclasses import asdict
from itertools import pairwise

import pytest
import soundfile
from typer.core import TyperCommand

from benchmarks.web.driving import ServedMenura
from cli_calls import RUNNER, output_of
from code_blocks import ROOT, Block, blocks, commands, language_of
from menura.cli import app
from menura.cli.demo import run_demo
from menura.corpora.synthetic import synthesise_library
from menura.simulate import simulate_imitation
from menura.study.report import text_for_r
from menura.training.settings import load_settings

NOT_RUN = {
    "menura --install-completion": ("writes into the files of the user's shell", "tests/cli/test_cli.py"),
    "menura adapt": ("trains for minutes", "tests/training/test_adapt_heads.py"),
    "menura cluster": ("needs Ray", "tests/cluster/test_ray.py"),
    "menura data get": ("downloads", "tests/corpora/test_fetch.py"),
    "menura evaluate default --data my-study": ("needs a study with people", "tests/study/test_study_store.py"),
    "menura hub put": ("writes to a hub", "tests/model/test_hub.py"),
    "menura reproduce": ("trains for hours", "tests/cli/test_cli_reproduce.py"),
    "menura serve": ("ends by Ctrl-C", "tests/web/test_serve.py"),
    "menura study": ("needs people", "tests/cli/test_cli_study.py"),
    "menura teach ~/Samples --learn": ("needs takes", "tests/cli/test_teach.py"),
    "menura train pairs --data my-study": ("needs a study with people", "tests/cli/test_cli_study.py"),
    "menura visualise": ("takes minutes", "tests/cli/test_cli_visualise.py"),
    "menura watch": ("ends by Ctrl-C", "tests/index/test_watch.py"),
}
OTHERS = ("python", "toml", "r", "caddy", "console", "sh")
EQUATIONS = {"FC1(a, b) = (Wa a + c) + Wb b = q + p": "tests/network/test_network.py"}

OF_MENURA = [command for command in commands() if command.words[0] == "menura"]


def why_not_run(command):
    """The longest beginning of a command that `NOT_RUN` has; None if it runs."""
    said = " ".join(command.words)
    return max((begun for begun in NOT_RUN if said.startswith(begun)), key=len, default=None)


RUN = {" ".join(one.words): one for one in OF_MENURA if not one.needs_data and why_not_run(one) is None}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with sounds in ~/Samples and recordings in the folder that commands are typed in."""
    folder = tmp_path_factory.mktemp("home")
    drawn = sorted(synthesise_library(folder / "made"))
    for number, sound in enumerate(drawn[::3]):
        (folder / "Samples" / sound.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(sound, folder / "Samples" / sound.parent.name / sound.name)
        if number == 0:
            shutil.copy(sound, folder / "Samples" / "door.wav")
            shutil.copy(sound, folder / "door.wav")
    (folder / "Samples" / "notes.wav").write_text("no sound")
    samples, rate_hz = soundfile.read(folder / "door.wav", dtype="float32")
    for seed, name in enumerate(("hum.wav", "again.wav")):
        soundfile.write(folder / name, simulate_imitation(samples, rate_hz, seed), 16_000)
    with pytest.MonkeyPatch.context() as patched:  # most commands are typed by whoever has an index
        live_in(folder, patched)
        output_of("index", "~/Samples")
    return folder


def live_in(home, monkeypatch):
    """That home, and nothing but it."""
    monkeypatch.chdir(home)
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name))
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture
def typed_there(home, monkeypatch):
    """Whoever runs has that home."""
    live_in(home, monkeypatch)
    return home


def of(language):
    return [pytest.param(block, id=str(block)) for block in blocks() if block.language == language]


def test_it_is_known_of_every_block_what_it_is():
    languages = {str(block): block.language for block in blocks()}
    left = [block for block in blocks() if block.language not in OTHERS]
    assert all(any(line in block.text for line in EQUATIONS) for block in left), languages
    assert len(blocks()) > 40 and set(OTHERS) == set(languages.values()) - {"unknown"}
    assert all((ROOT / test).is_file() for test in [*EQUATIONS.values(), *(test for _, test in NOT_RUN.values())])
    assert language_of("menura info\nrm -r folder\n") == "unknown"


def test_what_is_not_run_is_there_and_most_is_run():
    used = {why_not_run(command) for command in OF_MENURA} - {None}
    assert used == set(NOT_RUN)
    assert len(RUN) > 20


@pytest.mark.parametrize("command", OF_MENURA, ids=str)
def test_a_command_is_there_with_every_option_and_takes_its_values(command, monkeypatch, typed_there):
    done = []
    monkeypatch.setattr(TyperCommand, "invoke", lambda self, context: done.append(context.command_path))
    words = [*command.words[1:]]
    if words == ["--install-completion"]:
        assert words[0] in output_of("--help")
    elif "..." in words:  # the rest is as elsewhere
        words.remove("...")
        printed = output_of(*(word for word in words[:2]), "--help")
        assert all(word in printed for word in words if word.startswith("-"))
    else:
        result = RUNNER.invoke(app, words)
        assert result.exit_code == 0, result.stderr
        assert len(done) == 1


@pytest.mark.slow
@pytest.mark.parametrize("said", RUN, ids=str)
def test_a_command_does_its_work(said, typed_there):
    words = RUN[said].words[1:]
    out = typed_there / dict(pairwise(words)).get("--out", "nothing")
    if out.is_file():
        out.unlink()  # another page's: nothing is written over
    printed = output_of(*words)
    assert printed.strip()
    if "--json" in words:
        assert json.loads(printed)
    assert out.exists() == ("--out" in words)


@pytest.mark.slow
@pytest.mark.parametrize("block", of("python"))
def test_python_runs(block, typed_there, capsys):
    samples, sample_rate_hz = soundfile.read("door.wav", dtype="float32")
    exec(compile(block.text, str(block), "exec"), {"samples": samples, "sample_rate_hz": sample_rate_hz})
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("block", of("toml"))
def test_settings_are_settings_and_all_of_them_are_the_defaults(block, tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text(block.text)
    settings = load_settings(file)
    stated = tomllib.loads(block.text)
    if "defaults" in preceding_line(block):
        assert stated == asdict(load_settings(None))
    else:
        assert settings != load_settings(None)


def preceding_line(block: Block) -> str:
    """The line before a fenced block that is not empty."""
    lines = (ROOT / block.page).read_text(encoding="utf-8").splitlines()[: block.line - 2]
    return next(line for line in reversed(lines) if line.strip())


@pytest.mark.parametrize("block", of("r"))
def test_r_asks_for_columns_that_a_report_has(block):
    columns = text_for_r([], [], {}).splitlines()[0].split(",")
    names = set(re.findall(r"(?<=lmer\()\w+|(?<=~ )\w+|(?<=\| )\w+|(?<=trials, )\w+", block.text))
    assert names == {"rr", "rating", "system", "person", "sound", "assigned"}
    assert names <= set(columns)


@pytest.mark.parametrize("block", of("caddy"))
def test_the_proxy_shows_what_the_command_before_it_says(block):
    (serve,) = [one for one in commands() if one.block.page == block.page and "--public-url" in one.words]
    told = dict(pairwise(serve.words))
    host, _, path = told["--public-url"].removeprefix("https://").partition("/")
    assert block.text.startswith(f"{host} {{")
    assert f"handle_path /{path}/* {{" in block.text
    assert f"reverse_proxy 127.0.0.1:{told['--port']}" in block.text


def test_what_is_installed_and_made_is_there():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in commands():
        program, *words = command.words
        if program == "pip":
            assert words[0] == "install" and set(re.findall(r"[\w]+", words[1].partition("[")[2])) <= set(extras)
        if program == "make":
            targets = [word for word in words if "=" not in word]
            assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets), command
            assert all(word.partition("=")[0] in makefile for word in words if "=" in word)


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_shell_can_ask_the_server(typed_there):
    (block,) = [block for block in blocks() if "curl" in block.text]
    server = ServedMenura([typed_there / "Samples"], typed_there / "served").start()
    try:
        known = {"localhost:8573": f"localhost:{server.port}", "TOKEN": server.address.partition("#token=")[2]}
        exported = ""
        for written in block.text.splitlines():
            line = re.sub("|".join(known), lambda stands: known[stands[0]], written)
            if line.startswith("export "):
                exported = line
                continue
            answer = shell(f"{exported}\n{line}", typed_there)
            if line.endswith("/api/libraries"):
                known["LIBRARY"] = json.loads(answer)[0]["id"]
            elif line.endswith("/api/takes"):
                known["TAKE"] = json.loads(answer)["id"]
            elif "/search?" in line:
                hits = json.loads(answer)["items"]
                assert [hit["path"] for hit in hits] == ["door.wav"]
                known["sounds/17/"] = f"sounds/{hits[0]['id']}/"
        assert answer == ""  # curl -O keeps it, under the name that the server says
        assert (typed_there / "door.wav").read_bytes() == (typed_there / "Samples" / "door.wav").read_bytes()
    finally:
        server.kill()


def shell(script, folder):
    """What a shell prints there."""
    done = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_demo_prints_what_the_readme_shows(typed_there, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    (block,) = [block for block in blocks() if block.language == "console"]
    run_demo(base_url="http://127.0.0.1:9/")  # where nobody listens
    printed = [row_of(line) for line in capsys.readouterr().out.splitlines()]
    shown = [row_of(line) for line in block.text.splitlines() if line.strip() not in {"...", "$ make demo"}]
    assert [row for row in shown if not any(is_part_of(row, line) for line in printed)] == []


def is_part_of(row, line):
    """Whether a line has the words of a row, in their order: a row may leave a column out."""
    words = iter(line)
    return all(word in words for word in row)


def row_of(line):
    """A line without its bar, its score to two places, since processors round differently."""
    words = [word for word in line.split() if not re.fullmatch(r"[▏▎▍▌▋▊▉█─]+", word)]
    return [f"{float(word):.2f}" if re.fullmatch(r"0\.\d{3}", word) else word for word in words]
