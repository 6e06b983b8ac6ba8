"""The parts of `which_rule.py`: networks that learn by known rules, how they are seen, and what laws make of them."""
