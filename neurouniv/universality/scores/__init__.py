"""How well predictions do: RDM by RDM, time course by time course, beside the ceiling and the simple baselines."""
