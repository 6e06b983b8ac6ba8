"""What a recording must be, and what of it looks wrong though it is possible."""
