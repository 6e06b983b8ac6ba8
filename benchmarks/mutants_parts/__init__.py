"""The parts of `mutants.py`: what a mutant changes, which tests reach it, and whether one of them fails."""
