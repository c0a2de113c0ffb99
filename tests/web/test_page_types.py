"""The page's types are made from the API's document, and the document is that of the server."""

import subprocess
import sys

from page_tools import PAGE


def test_the_document_is_that_of_the_server(tmp_path):
    made = tmp_path / "openapi.json"
    subprocess.run([sys.executable, PAGE / "document.py", made], check=True)
    stale = "run python page/document.py, then npm run types in page/"
    assert made.read_text(encoding="utf-8") == (PAGE / "openapi.json").read_text(encoding="utf-8"), stale


def test_the_types_are_made_from_the_document(npm_tools):
    subprocess.run(["npm", "run", "types"], cwd=npm_tools, check=True, capture_output=True)
    made, kept = ((folder / "src" / "schema.d.ts").read_text(encoding="utf-8") for folder in (npm_tools, PAGE))
    assert made == kept, "run npm run types in page/"
