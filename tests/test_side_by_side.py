"""What has to stay in one process is known to whoever deals tests out to processes."""

import os

import pytest


def test_the_group_of_a_test_is_in_its_name(request):
    """Of the name alone is it known there; where it is missing, tests on one port or one browser run at once."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("one process has all tests: run make test")
    assert request.node.nodeid.endswith("@tests/test_side_by_side.py")
