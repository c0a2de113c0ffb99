"""How good a model is: metrics, rankings, tables, and the baselines to beat."""
