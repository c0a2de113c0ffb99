"""What a stranger meets first: how to cite, what forms ask for, where things are told."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest

from cli_calls import RUNNER
from menura.cli import app

yaml = pytest.importorskip("yaml", reason='no docs extra here: pip install -e ".[docs]"')

ROOT = Path(__file__).parents[1]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_citation_is_of_this_version_and_names_the_paper():
    told = read(ROOT / "CITATION.cff")
    assert (told["version"], told["license"]) == (PROJECT["version"], PROJECT["license"])
    assert {"cff-version", "message", "title", "authors"} <= told.keys()
    assert all(author.keys() & {"name", "family-names"} for author in told["authors"])
    (paper,) = told["references"]
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert paper["title"] in readme
    assert " and ".join(author["family-names"] for author in paper["authors"]) in readme


def test_the_version_is_told_once_and_whatever_else_bears_one_agrees():
    (newest, *_) = re.findall(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest == PROJECT["version"]
    page, lock = (json.loads((ROOT / "page" / name).read_text()) for name in ("package.json", "package-lock.json"))
    assert not any("version" in told for told in (page, lock, lock["packages"][""]))  # it is no package of its own


@pytest.mark.parametrize("form", [form for form in FORMS if form.name != "config.yml"], ids=lambda form: form.stem)
def test_a_form_can_be_filled_in(form):
    told = read(form)
    assert told["name"] and told["description"]
    asked = [field for field in told["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in asked}) == len(asked) > 1
    assert all(field["attributes"]["label"] for field in asked)
    assert any(field.get("validations", {}).get("required") for field in asked)


def test_forms_about_what_does_not_work_ask_for_the_report_and_name_what_there_is():
    text = {form.stem: form.read_text(encoding="utf-8") for form in FORMS}
    commands = {name: re.findall(r"`(menura [^`]+)`", said) for name, said in text.items()}
    assert all("menura doctor --report" in commands[name] for name in ("bug", "not-found"))
    for command in {command for found in commands.values() for command in found}:
        _, name, *options = shlex.split(command)
        printed = RUNNER.invoke(app, [name, "--help"])
        assert printed.exit_code == 0
        assert all(option in printed.stdout for option in options if option.startswith("--"))
    for page in re.findall(r"docs/[\w-]+\.md", "".join(text.values())):
        assert (ROOT / page).is_file()
