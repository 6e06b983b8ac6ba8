"""Where activity comes from: networks that learn, simulated brains, recordings."""
