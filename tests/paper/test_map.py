"""The map from the paper to the code names only what is there."""

import importlib.util
import re

import menura.paper
from cli_calls import output_of


def test_every_module_and_command_of_the_map_is_there():
    assert menura.paper.__doc__
    rows = [line.split("|")[1:-1] for line in menura.paper.__doc__.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 12
    modules = {name for row in rows for name in re.findall(r"`([\w.]+)`", row[1])}
    for name in modules:
        assert importlib.util.find_spec(name if name.startswith("menura.") else f"menura.paper.{name}"), name
    of_paper = {name for name in modules if not name.startswith("menura.")}
    assert of_paper == {"networks", "systems", "table1", "figures", "findings", "findings_picture"}
    for row in rows:
        first, *others = re.findall(r"`([\w ]+)`", row[2]) or [""]
        *group, _ = first.removeprefix("menura ").split(" ") if first else [""]
        for command in filter(None, (first, *others)):
            called = command.removeprefix("menura ").split(" ") if command == first else [*group, command]
            assert "Usage" in output_of(*called, "--help"), called
