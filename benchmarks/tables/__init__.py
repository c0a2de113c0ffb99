"""The tables of the docs, made from `docs/results/`."""
