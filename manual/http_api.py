"""The page of the HTTP API, made of its OpenAPI document, which a test holds to the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from manual.markdown import cell

DOCUMENT = Path(__file__).parents[1] / "page" / "openapi.json"


def http_page(document: dict[str, Any] | None = None) -> str:
    """The page in Markdown.

    Args:
        document: An OpenAPI document; that of Menura's server by default.
    """
    api = json.loads(DOCUMENT.read_text(encoding="utf-8")) if document is None else document
    routes = list(_routes(api))
    lines = ["# The HTTP API", "", api["info"]["description"], ""]
    lines += ["How to call it from a shell: [the page with the microphone](serve.md#from-programs).", ""]
    lines += ["| route | |", "| --- | --- |"]
    lines += [
        f"| [`{method.upper()} {path}`](#{_anchor(method, path)}) | {cell(_first_line(route))} |"
        for method, path, route in routes
    ]
    for method, path, route in routes:
        lines += ["", f"## {method.upper()} `{path}` {{ #{_anchor(method, path)} }}", "", route.get("description", "")]
        lines += _parameters(route, api) + _body(route) + _answers(route)
    lines += ["", "# What is sent and answered", ""]
    for name, schema in sorted(api["components"]["schemas"].items()):
        lines += _schema(name, schema)
    return "\n".join(lines) + "\n"


def _routes(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in api["paths"].items():
        for method, route in methods.items():
            yield method, path, route


def _first_line(route: dict[str, Any]) -> str:
    return str(route.get("description", "")).partition("\n\n")[0]


def _anchor(method: str, path: str) -> str:
    return "-".join([method, *(part.strip("{}").lower() for part in path.split("/") if part)])


def _parameters(route: dict[str, Any], api: dict[str, Any]) -> list[str]:
    told = [_resolved(parameter, api) for parameter in route.get("parameters", [])]
    if not told:
        return []
    rows = [
        f"| `{each['name']}` | {each['in']}{', required' if each.get('required') else ''} | {_type(each['schema'])} "
        f"| {cell(each.get('description', ''))} |"
        for each in told
    ]
    return ["", "| parameter | in | type | |", "| --- | --- | --- | --- |", *rows]


def _resolved(value: dict[str, Any], api: dict[str, Any]) -> dict[str, Any]:
    found: Any = value
    while "$ref" in found:
        keys = found["$ref"].removeprefix("#/").split("/")
        found = api
        for key in keys:
            found = found[key]
    return dict(found)


def _body(route: dict[str, Any]) -> list[str]:
    contents = route.get("requestBody", {}).get("content", {})
    return [line for kind, told in contents.items() for line in ("", f"Sent is `{kind}`: {_type(told.get('schema'))}.")]


def _answers(route: dict[str, Any]) -> list[str]:
    """Of what goes well, what comes; of what does not, the statuses."""
    well = {status: answer for status, answer in route["responses"].items() if status.startswith("2")}
    lines: list[str] = []
    for status, answer in well.items():
        contents = [f"`{kind}`: {_type(told.get('schema'))}" for kind, told in answer.get("content", {}).items()]
        lines += ["", f"Answers {status}" + (f" with {'; '.join(contents)}." if contents else ".")]
    refused = ", ".join(status for status in route["responses"] if status not in well)
    return [*lines, "", f"Refuses with {refused}." if refused else ""]


def _schema(name: str, schema: dict[str, Any]) -> list[str]:
    lines = [f"## {name} {{ #{name.lower()} }}", "", str(schema.get("description", "")).strip(), ""]
    if "enum" in schema:
        return [*lines, ", ".join(f"`{value}`" for value in schema["enum"]), ""]
    required = schema.get("required", [])
    rows = [
        f"| `{field}`{'' if field in required else ', may be left out'} | {_type(told)} "
        f"| {cell(told.get('description', ''))} |"
        for field, told in schema.get("properties", {}).items()
    ]
    return [*lines, "| field | type | |", "| --- | --- | --- |", *rows, ""]


def _type(schema: dict[str, Any] | None) -> str:
    """What a schema is, in words, named ones as links."""
    if not schema:
        return "anything"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(_type(one) for one in choices)
    if values := schema.get("enum") or ([schema["const"]] if "const" in schema else []):
        return " or ".join(f"`{value}`" for value in values)
    return _plain_type(schema)


def _plain_type(schema: dict[str, Any]) -> str:
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_type(schema.get('items'))}" + _limits(schema, "Items")
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    shown = f"{kind} ({schema['format']})" if "format" in schema else kind
    default = f", {json.dumps(schema['default'])} by default" if schema.get("default") is not None else ""
    return f"{shown}{_limits(schema, 'imum')}{_limits(schema, 'Length')}{default}"


def _limits(schema: dict[str, Any], what: str) -> str:
    unit = {"Items": " of them", "imum": "", "Length": " characters"}[what]
    least, most = (schema.get(f"{end}{what}") for end in ("min", "max"))
    said = [f"{least} or more" if most is None else f"{least} to {most}"] if least is not None else []
    said += [f"at most {most}"] if least is None and most is not None else []
    return f", {said[0]}{unit}" if said else ""
