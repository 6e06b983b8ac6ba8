"""Which rule a system learns by: held-out evidence and probabilities, what rules predict differently, and switches."""
