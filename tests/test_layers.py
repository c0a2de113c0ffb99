"""The layout that CONTRIBUTING shows is the one that is checked."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def test_the_table_of_rooms_is_the_contract():
    (contract,) = (found for found in CONTRACTS if found["type"] == "layers")
    layers = [[room.strip() for room in layer.split("|")] for layer in contract["layers"]]
    table = (ROOT / "CONTRIBUTING.md").read_text().partition("| room, in")[2].partition("\n\n")[0]
    rows = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in table.splitlines()[2:]]
    assert rows == layers


def test_the_rooms_that_need_no_torch_are_those_that_it_names():
    (contract,) = (found for found in CONTRACTS if found["type"] == "forbidden")
    (sentence,) = re.findall(r"(.*) never import torch", (ROOT / "CONTRIBUTING.md").read_text())
    assert {f"menura.{room}" for room in re.findall(r"`(\w+)`", sentence)} == set(contract["source_modules"])


def test_every_room_says_what_it_holds():
    rooms = [folder for folder in (ROOT / "src" / "menura").iterdir() if (folder / "__init__.py").exists()]
    assert len(rooms) > 10
    for room in rooms:
        assert (room / "__init__.py").read_text().startswith('"""'), room.name
