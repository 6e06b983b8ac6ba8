"""Activity becomes distances between conditions at every time."""
