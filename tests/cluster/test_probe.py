"""A machine whose projections are others than the library's is named, and no other."""

import json

import numpy as np
import pytest

from menura import LibraryError
from menura.cluster.probe import odd_machines, probe
from menura.cluster.store import Store


def test_the_first_machine_is_the_measure_and_one_bit_is_told(random_bundle, tmp_path):
    store, projection = Store(str(tmp_path)), probe(random_bundle)
    assert np.ptp(projection) > 0
    assert odd_machines(store, "model", {"one": projection, "two": projection.copy()}) == {}
    other = projection.copy()
    other[3] = np.nextafter(other[3], np.float32(np.inf))
    ((name, apart),) = odd_machines(store, "model", {"two": other, "one": projection}).items()
    assert name == "two"
    assert 0 < apart < 1e-5
    assert odd_machines(store, "model", {}) == {}


@pytest.mark.parametrize("content", ["none", "{}", json.dumps(["a"]), json.dumps([1.0, 2.0])])
def test_a_garbled_one_is_told(random_bundle, tmp_path, content):
    (tmp_path / "probes").mkdir()
    (tmp_path / "probes" / "model.json").write_text(content)
    with pytest.raises(LibraryError, match=r"its probes/model\.json is garbled; delete it, and it is made anew"):
        odd_machines(Store(str(tmp_path)), "model", {"one": probe(random_bundle)})
