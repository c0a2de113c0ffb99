"""Scripts that measure Menura, and that make what they measure on, grouped by subject.

Each is run from the repository's root, as in `python -m benchmarks.search.scan --data DATA`, and writes what it finds
to `docs/results/`; `python -m benchmarks.tables` carries that into the docs. The tests may import from here, never the
other way around.
"""
