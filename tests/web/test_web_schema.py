"""Whatever the API's document allows, and much that it does not, is answered as the document says."""

import pytest

from benchmarks.web.contracts import MODES, served
from web_clients import write_library

pytestmark = [pytest.mark.server, pytest.mark.slow]

N_EXAMPLES = 12  # of each operation and mode


@pytest.fixture(scope="module")
def asked(random_bundle_folder, tmp_path_factory):
    folder = write_library(tmp_path_factory.mktemp("library") / "sounds")
    with served(folder, tmp_path_factory.mktemp("data"), random_bundle_folder) as asked:
        yield asked


@pytest.mark.parametrize("mode", MODES)
def test_schemathesis_finds_nothing(asked, mode):
    operations = asked.operations()
    assert len(operations) >= 14
    for operation in operations:
        asked.check(operation, mode, N_EXAMPLES)
