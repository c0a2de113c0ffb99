"""The pages of the Python API: what `menura` exports, and the modules that the docs name."""

from __future__ import annotations

import ast
import re
from importlib import util
from pathlib import Path

import menura

_NAME = re.compile(r"\bmenura(?:\.[a-z]\w*)+")


def python_page() -> str:
    """The page of what `menura` exports, in Markdown that mkdocstrings fills in."""
    names = [name for name in menura.__all__ if not name.startswith("_")]
    first = [name for name in ("Library", "Hit", "explain") if name in names]
    lines = [
        "# The Python API",
        "",
        "All that `from menura import ...` gives. Importing the package loads nothing heavy.",
        "",
    ]
    for name in [*first, *(name for name in names if name not in first)]:
        lines += [f"::: menura.{name}", ""]
    return "\n".join(lines)


def modules_page(docs: Path) -> str:
    """The page of the modules that the pages in `docs` name."""
    lines = ["# Modules", "", "Those that the pages of this site name.", ""]
    for name in modules_named(docs):
        lines += [f"::: {name}", "    options:", "      show_root_full_path: true", ""]
    return "\n".join(lines)


def modules_named(docs: Path) -> list[str]:
    """The modules of Menura that the pages in `docs` name, or name something of, sorted."""
    named = {
        module
        for page in sorted(docs.glob("*.md"))
        for name in _NAME.findall(page.read_text(encoding="utf-8"))
        if (module := _module_of(name)) is not None
    }
    return sorted(named)


def is_documented(name: str) -> bool:
    """Whether a dotted name is one of the modules of these pages, or of something in them."""
    module = _module_of(name)
    if module is None:
        return name.removeprefix("menura.") in menura.__all__
    rest = name.removeprefix(module).strip(".")
    return not rest or rest in _names_in(module)


def _module_of(name: str) -> str | None:
    """The module that a dotted name is, or is in; None for what is in `menura` itself, which has a page of its own."""
    while name != "menura":
        if _is_module(name):
            return name
        name = name.rpartition(".")[0]
    return None


def _is_module(name: str) -> bool:
    try:
        return util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _names_in(module: str) -> set[str]:
    """The functions and classes of a module, without importing what it may need."""
    spec = util.find_spec(module)
    assert spec is not None and spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
