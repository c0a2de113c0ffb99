"""Writes the OpenAPI document of the server, from which `npm run types` makes the page's types.

To page/openapi.json, or to the file named:

    python page/document.py [FILE]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from menura.web.app import create_app
from menura.web.settings import Settings
from menura.web.study.app import document_of_studies

with tempfile.TemporaryDirectory() as data_dir:
    document = create_app(Settings((), data_dir=Path(data_dir))).openapi()
studies = document_of_studies()
document["paths"] |= studies["paths"]
document["components"]["schemas"] |= studies["components"]["schemas"]
document["info"]["version"] = "any"  # or every release would change the file
file = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("openapi.json")
file.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
