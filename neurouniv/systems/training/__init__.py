"""Training: many networks at once, their activity recorded as they learn."""
