"""The benchmarks: every script starts, and the docs name scripts and hold tables that are there."""

import importlib
import json
import re
import sys
from pathlib import Path

import pytest

from benchmarks.results import anywhere
from benchmarks.tables import __main__ as tables

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "benchmarks").rglob("*.py"))
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
SCRIPTS = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in FILES
    if "\ndef main() -> None:" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_says_how_to_call_it(name, monkeypatch, capsys):
    script = importlib.import_module(name)
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit) as ended:
        script.main()
    assert ended.value.code == 0
    assert f"python -m {name.removesuffix('.__main__')}" in capsys.readouterr().out


def test_there_are_scripts_and_each_is_short():
    assert len(SCRIPTS) > 25
    assert {path.name for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > 300} == set()


def test_the_docs_name_scripts_that_are_there():
    texts = [
        *DOCUMENTS,
        *ROOT.glob("docs/results/*.json"),
        *ROOT.glob("src/**/*.py"),
    ]
    said = "\n".join(path.read_text(encoding="utf-8") for path in texts)
    commands = set(re.findall(r"python -m (benchmarks[\w.]*)", said))
    assert commands
    assert commands <= {name.removesuffix(".__main__") for name in SCRIPTS}
    assert {name for name in re.findall(r"benchmarks/[\w/]+\.py", said) if not (ROOT / name).is_file()} == set()


def test_no_command_of_a_result_has_a_path_of_one_machine():
    commands = [json.loads(file.read_text(encoding="utf-8"))["command"] for file in ROOT.glob("docs/results/*.json")]
    assert commands
    assert [command for command in commands if re.search(r"(?<![\w.])/\w", command)] == []
    assert anywhere(["--work", "/tmp/x/w", "/data/esc10", "--each", "8"]) == ["--work", "WORK", "ESC10", "--each", "8"]


def test_every_table_is_checked_and_none_is_made_in_vain():
    marked = {file: re.findall(r"<!-- table: (\w+) -->", file.read_text(encoding="utf-8")) for file in DOCUMENTS}
    assert {file for file, names in marked.items() if names} == set(tables.DOCUMENTS)
    assert {name for names in marked.values() for name in names} == set(tables.TABLES)


def test_a_figure_that_is_changed_by_hand_is_seen(tmp_path, monkeypatch):
    document = tmp_path / "changed.md"
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    monkeypatch.setattr(tables, "DOCUMENTS", (document,))
    monkeypatch.setattr(sys, "argv", ["tables", "--check"])
    for table in tables.TABLES:
        true = tables.fill(f"<!-- table: {table} -->\n<!-- end -->")
        document.write_text(true, encoding="utf-8")
        tables.main()
        document.write_text(re.sub(r"\d(?=\D*<!-- end)", lambda digit: str(9 - int(digit[0])), true), encoding="utf-8")
        with pytest.raises(SystemExit, match=r"out of date: changed\.md"):
            tables.main()


def test_the_tables_in_the_docs_are_those_of_the_results():
    for document in tables.DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        assert tables.fill(text) == text, f"{document}: run python -m benchmarks.tables"
