"""A fixture for tests that make few and small inputs."""

import pytest


@pytest.fixture
def in_one_process(monkeypatch):
    """Makes inputs in this process: others take seconds to start, and toys are made in milliseconds."""

    def one_by_one(work, paths, what, *, done=0):
        return map(work, paths[done:])

    for module in ("inputs.arrays", "inputs.readable", "evaluation.system_scores"):
        monkeypatch.setattr(f"menura.{module}.in_parallel", one_by_one)
