"""What all tables are made of."""

from __future__ import annotations


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) + ("---:",) * (len(head) - 1), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def provenance(result: dict[str, str]) -> str:
    """Where the figures come from, in one line under the table."""
    return f"\n<sub>{result['date']}, {result['machine']}: `{result['command']}`</sub>\n"
