"""Which rule a system learns by: what each rule's law predicts differently, and what follows when the rule changes."""
