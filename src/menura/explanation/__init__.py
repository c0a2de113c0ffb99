"""Why a query and a sound match: which parts of both raised the score."""
