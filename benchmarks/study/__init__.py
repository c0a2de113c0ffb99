"""What the analysis of a study says of people whose answers are simulated, so that the truth is known."""
