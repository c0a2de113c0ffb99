"""How good a model is: metrics, rankings, tables, and the systems to beat."""
