"""The paper's table 1, figures and findings, reproduced."""
