"""What `menura` exports is there, is enough to use it by, and cannot be mistaken for a module."""

import importlib
import importlib.util
import inspect
import re
import types
import typing
from pathlib import Path

import pytest

import menura
from menura import errors
from menura.explanation.explain import explain

ROOT = Path(__file__).parents[1]


def classes_in(annotation):
    """The classes of Menura's own in an annotation."""
    if isinstance(annotation, type) and annotation.__module__.startswith("menura."):
        yield annotation
    for part in typing.get_args(annotation):
        yield from [found for one in (part if isinstance(part, list) else [part]) for found in classes_in(one)]


def named_by(callable_):
    """The classes that a caller hands over or gets, by the types that they are written with."""
    module = vars(importlib.import_module(callable_.__module__))
    for_types_only = {name: getattr(menura, name) for name in menura.__all__}
    hints = typing.get_type_hints(callable_, module, {**for_types_only, "TracebackType": types.TracebackType})
    return {found for annotation in hints.values() for found in classes_in(annotation)}


def test_every_name_is_found_in_its_home():
    homes = menura._HOMES
    assert sorted(menura.__all__) == sorted([*homes, "__version__"])
    assert menura.__all__ == sorted(menura.__all__)
    for name, home in homes.items():
        found = getattr(importlib.import_module(home), name)
        assert (found.__name__, found.__module__) == (name, home)
    assert set(menura.__all__) <= set(dir(menura))
    assert re.match(r"\d+\.\d+", menura.__version__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = menura.nothing


@pytest.mark.parametrize("name", menura.__all__)
def test_no_name_is_a_modules(name):
    """Once such a module is imported, it takes the place of what was exported."""
    assert importlib.util.find_spec(f"menura.{name}") is None


def test_all_errors_are_exported():
    raised = {name for name, found in vars(errors).items() if isinstance(found, type)}
    assert "MenuraError" in raised
    assert raised <= set(menura.__all__)


def test_all_that_a_library_takes_and_gives_is_exported():
    methods = [method for name, method in inspect.getmembers(menura.Library) if not name.startswith("_")]
    functions = [method.fget if isinstance(method, property) else method for method in methods]
    found = {each.__name__ for function in (*functions, explain) for each in named_by(function)}
    assert {"CheckReport", "Hit", "IndexReport", "LibraryInfo"} <= found
    assert found <= set(menura.__all__)


def test_what_the_documents_import_is_exported():
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    texts = "\n".join([menura.__doc__, *(document.read_text(encoding="utf-8") for document in documents)])
    imported = re.findall(r"^ *from (menura[.\w]*) import ([\w, ]+)$", texts, flags=re.MULTILINE)
    assert ("menura", "Library") in imported
    for module, names in imported:
        for name in names.split(", "):
            assert name in importlib.import_module(module).__all__, f"from {module} import {name}"
