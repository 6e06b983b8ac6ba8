"""Studies read back: one tree over all systems, verdicts, similarity of systems, and tables in long form."""
