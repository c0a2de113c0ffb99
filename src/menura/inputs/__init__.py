"""What trainings and evaluations read: log-mel inputs of many files, made once and kept."""
